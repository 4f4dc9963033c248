// Owns getting the bytes of a weight file from wherever it is, looked at while they come, checked, parsed and only then kept. Requests are
// fetch-weights.ts, what is kept model-cache.ts, files by path read-system-file.ts.

import { loadPart } from "../load-part.js";
import type { BodyBuffer } from "./body-buffer.js";
import {
  type ByteSource,
  type Origin,
  originOf,
  type ReadOptions,
  requireHexadecimal,
  titleOf,
} from "./byte-source.js";
import { type BodyOptions, readBody, request, requireReadable } from "./fetch-weights.js";
import { isSameVersion, ModelCache } from "./model-cache.js";

/** The largest networks of this family have a twentieth of it; an answer without end must have one somewhere. */
const MOST_BYTES = 2 ** 31;

/** Makes something of one body. What it throws ends the reading, and nothing is kept. */
export interface BodyParser<T> {
  /** Called with what has come of a body that comes in parts. */
  look(body: BodyBuffer): Promise<void>;
  /** Called once all of it has come, and has the SHA-256 that it must have. */
  parse(bytes: Uint8Array): Promise<T>;
  /** Nothing more comes, as the reading or the parser failed. */
  fail(error: unknown): void;
}

/**
 * Reads all of `source` and gives what a parser makes of it; each body that is read gets one of its own. What a URL gave is kept once it was
 * parsed, which nobody waits for; what was kept and can no longer be parsed is evicted and fetched again. It is kept by `sha256` where that is
 * given and then needs no request, else by its URL, where the server is asked whether it still holds; it does where the server is out of reach.
 * @throws EsrganError "network" naming the URL and what went wrong, "bad-input" for a file that cannot be read, "bad-weights" where the
 *   SHA-256 differs; what the parser throws; signal.reason
 */
export async function readWeights<T>(
  source: ByteSource,
  options: ReadOptions,
  parserFor: (origin: Origin) => BodyParser<T>,
): Promise<T> {
  options.signal?.throwIfAborted();
  const origin = originOf(source);
  const sha256 = options.sha256 === undefined ? undefined : requireHexadecimal(options.sha256);
  const parsed = async (read: Read) => {
    const parser = parserFor(origin);
    try {
      const bytes = await read((body) => parser.look(body));
      options.signal?.throwIfAborted();
      if (sha256 !== undefined) {
        const { requireSha256 } = await loadPart(() => import("./sha256.js"));
        await requireSha256(bytes, sha256, titleOf(origin).title);
      }
      options.signal?.throwIfAborted();
      return { bytes, value: await parser.parse(bytes) };
    } catch (error) {
      parser.fail(error);
      throw error;
    }
  };
  if (origin.kind === "url") return readUrl(origin, { ...options, sha256 }, parsed);
  return (await parsed((look) => readLocal(origin, { ...options, mostBytes: MOST_BYTES, look }))).value;
}

/** Reads a body, of which `look` sees what has come. */
type Read = (look: BodyOptions["look"]) => Promise<Uint8Array>;

async function readLocal(origin: Exclude<Origin, { kind: "url" }>, options: BodyOptions): Promise<Uint8Array> {
  const { onProgress, signal, mostBytes } = options;
  const { title } = titleOf(origin);
  switch (origin.kind) {
    case "bytes": {
      const { bytes } = origin;
      onProgress?.({ loaded: bytes.byteLength, total: bytes.byteLength });
      return bytes;
    }
    case "blob": {
      // As the body of an answer, a Blob is read in parts.
      const response = new Response(origin.blob, { headers: { "content-length": String(origin.blob.size) } });
      return readBody(response, title, options);
    }
    case "response":
      requireReadable(origin.response, title);
      return readBody(origin.response, title, options);
    case "file": {
      const { readSystemFile } = await loadPart(() => import("./read-system-file.js"));
      const onBytes = (loaded: number, total: number) => onProgress?.({ loaded, total });
      return readSystemFile(origin.path, mostBytes, { onBytes, signal });
    }
  }
}

async function readUrl<T>(
  origin: Origin & { kind: "url" },
  options: ReadOptions,
  parsed: (read: Read) => Promise<{ readonly bytes: Uint8Array; readonly value: T }>,
): Promise<T> {
  const { url } = origin;
  const bodyOf = (response: Response) =>
    parsed((look) => readBody(response, titleOf(origin).title, { ...options, mostBytes: MOST_BYTES, look }));
  const cache = options.cache === false ? undefined : await ModelCache.open(url, options.sha256);
  const kept = await cache?.find();
  let fresh: Response | undefined;
  if (cache && kept) {
    fresh = cache.isByContent ? undefined : await newerVersion(url, kept, options);
    if (!fresh) {
      try {
        return (await bodyOf(kept)).value;
      } catch {
        options.signal?.throwIfAborted();
        cache.evict();
      }
    }
  }
  const response = fresh ?? (await request(url, options));
  requireReadable(response, titleOf(origin).title);
  const { bytes, value } = await bodyOf(response);
  cache?.keep(bytes, response);
  return value;
}

/** The server's answer, unless it has the version that is kept or cannot tell. */
async function newerVersion(url: URL, kept: Response, options: ReadOptions): Promise<Response | undefined> {
  let response: Response;
  try {
    // The browser adds the validators: from a page they would need the server's consent (CORS).
    response = await request(url, options, "no-cache");
  } catch {
    options.signal?.throwIfAborted();
    return undefined;
  }
  if (response.status < 500 && !isSameVersion(kept, response)) return response;
  await response.body?.cancel().catch(() => {});
  return undefined;
}
