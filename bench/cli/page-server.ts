// Serves the benchmark as a page on this machine only: the page, the compiled code and the models' weights.

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, posix, sep } from "node:path";
import { checkout, compiled, manifest } from "./checkout.js";

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".safetensors": "application/octet-stream",
};

/** Folders by the first part of a path, each with the kinds of files that are served from it. */
const FOLDERS: Readonly<Record<string, { readonly folder: string; readonly types: readonly string[] }>> = {
  page: { folder: join(checkout, "bench", "page"), types: [".html", ".css"] },
  code: { folder: compiled, types: [".js"] },
  models: { folder: join(checkout, "models"), types: [".safetensors"] },
};

/** Starts the server; without a port it takes any that is free. */
export async function servePage(port = 0): Promise<PageServer> {
  const server = createServer(async (request, response) => {
    const file = await find(request.url ?? "/");
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": file.type, "cache-control": "no-cache" }).end(file.body);
  });
  await listen(server, port);
  const address = server.address() as AddressInfo;
  return {
    url: `http://localhost:${address.port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new Error(`The port ${port} is taken by another program`) : error);
    });
    server.listen(port, "localhost", resolve);
  });
}

async function find(url: string): Promise<{ type: string; body: Buffer | string } | undefined> {
  let path: string;
  try {
    path = posix.normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
  } catch {
    return undefined;
  }
  if (path === "/about.json") return { type: "application/json", body: JSON.stringify(manifest()) };
  const [, first = "", ...rest] = path === "/" ? ["", "page", "index.html"] : path.split("/");
  const served = Object.hasOwn(FOLDERS, first) ? FOLDERS[first] : undefined;
  const type = extname(path === "/" ? "index.html" : path);
  if (!served?.types.includes(type) || rest.some((part) => part === ".." || part.includes(sep))) return undefined;
  const body = await readFile(join(served.folder, ...rest)).catch(() => undefined);
  return body && { type: TYPES[type]!, body };
}
