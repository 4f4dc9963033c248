// Serves the built package to a browser in a test, as files: what a page loads without a bundler. Owns the address and the file types.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SERVED = ["dist", "models"];
// The library where a test's functions find it: vitest rewrites what they would import themselves.
const PAGE = `<!doctype html><title>test</title>
<script type="module">import * as library from "/dist/index.js"; globalThis.library = library;</script>`;
const TYPES: Record<string, string> = { ".js": "text/javascript", ".json": "application/json", ".html": "text/html" };

export interface Server {
  /** With the slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startServer(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname)).slice(1);
    if (path === "") return response.setHeader("content-type", "text/html").end(PAGE);
    if (path === "favicon.ico") return response.writeHead(204).end();
    const body = SERVED.includes(path.split(sep)[0]!)
      ? await readFile(join(root, path)).catch(() => undefined)
      : undefined;
    if (body === undefined) return response.writeHead(404).end();
    response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream").end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
