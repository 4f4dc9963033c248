// Serves the built package to a browser in a test, as files: what a page loads without a bundler, and files that a test has of its own.
// Owns the address and the file types.
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

/** A file that a test makes itself. */
export interface ServedFile {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** `files` by their path, without a slash before it. Other origins may not read anything. */
export async function startServer(files: Readonly<Record<string, ServedFile>> = {}): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname)).slice(1);
    if (path === "") return response.setHeader("content-type", "text/html").end(PAGE);
    if (path === "favicon.ico") return response.writeHead(204).end();
    const own = files[path];
    if (own) return response.setHeader("content-type", own.type).end(own.body);
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
