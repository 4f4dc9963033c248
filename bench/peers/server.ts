// Serves the page, the libraries and the weights to a browser on this machine, and takes what the page tells. Owns addresses, file types
// and the headers without which a page gets no threads.
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";
import type { Job, Row } from "./job.js";

export interface ServerOptions {
  readonly job: Job;
  /** By path: a file, or for a path with a slash at its end a folder. */
  readonly mounts: Readonly<Record<string, string>>;
  onProgress(line: string): void;
}

export interface Server {
  /** Of the page. */
  readonly url: string;
  /** What the page has measured, once it is done. */
  readonly rows: Promise<Row[]>;
  close(): Promise<void>;
}

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "no-store",
};

const MAX_BODY_BYTES = 2 ** 20;

export async function startServer({ job, mounts, onProgress }: ServerOptions): Promise<Server> {
  let done: (rows: Row[]) => void;
  const rows = new Promise<Row[]>((resolve) => {
    done = resolve;
  });
  const server = createServer(async (request, response) => {
    if (request.url === "/favicon.ico") return response.writeHead(204).end();
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (request.method === "POST") {
      const body = await bodyOf(request);
      if (path === "/progress") onProgress(body);
      if (path === "/rows") done(JSON.parse(body) as Row[]);
      return response.writeHead(204).end();
    }
    if (path === "/job.json") return response.setHeader("content-type", "application/json").end(JSON.stringify(job));
    const file = fileOf(path, mounts);
    const body = file === undefined ? undefined : await readFile(file).catch(() => undefined);
    if (body === undefined) return response.writeHead(404).end();
    response.setHeader("content-type", TYPES[extname(file!)] ?? "application/octet-stream").end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`,
    rows,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The file that a path means; undefined for none, and for one that would leave its folder. */
export function fileOf(path: string, mounts: Readonly<Record<string, string>>): string | undefined {
  for (const [prefix, target] of Object.entries(mounts)) {
    if (path === prefix && !prefix.endsWith("/")) return target;
    if (!prefix.endsWith("/") || !path.startsWith(prefix)) continue;
    const inside = normalize(path.slice(prefix.length));
    return inside.startsWith("..") || inside.startsWith(sep) ? undefined : join(target, inside);
  }
  return undefined;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let byteLength = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteLength += chunk.length;
    if (byteLength > MAX_BODY_BYTES) throw new Error("The page told too much");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
