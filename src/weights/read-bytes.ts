// Owns getting the bytes of a weight file from wherever it is, checked, parsed and only then kept. Requests are fetch-weights.ts, what is kept
// model-cache.ts, files by path system-file.ts.

import { type ByteSource, type Origin, originOf, type ReadOptions, titleOf } from "./byte-source.js";
import { readBody, request, requireReadable } from "./fetch-weights.js";
import { isSameVersion, ModelCache } from "./model-cache.js";
import { requireHexadecimal, requireSha256 } from "./sha256.js";
import { readSystemFile } from "./system-file.js";

/** The largest networks of this family have a twentieth of it; an answer without end must have one somewhere. */
const MOST_BYTES = 2 ** 31;

/** Makes something of the bytes, or throws: then they are not kept. */
export type Parse<T> = (bytes: Uint8Array, origin: Origin) => T | Promise<T>;

/**
 * Reads all of `source` and gives what `parse` makes of it. What a URL gave is kept once it was parsed; what was kept and can no longer be parsed
 * is evicted and fetched again. It is kept by `sha256` where that is given and then needs no request, else by its URL, where the server is
 * asked whether it still holds; it does where the server is out of reach.
 * @throws EsrganError "network" naming the URL and what went wrong, "bad-input" for a file that cannot be read, "bad-weights" where the
 *   SHA-256 differs; what `parse` throws; signal.reason
 */
export async function readWeights<T>(source: ByteSource, options: ReadOptions, parse: Parse<T>): Promise<T> {
  options.signal?.throwIfAborted();
  const origin = originOf(source);
  const sha256 = options.sha256 === undefined ? undefined : requireHexadecimal(options.sha256);
  const accept = async (bytes: Uint8Array) => {
    options.signal?.throwIfAborted();
    if (sha256 !== undefined) await requireSha256(bytes, sha256, titleOf(origin).title);
    options.signal?.throwIfAborted();
    return parse(bytes, origin);
  };
  if (origin.kind === "url") return readUrl(origin, { ...options, sha256 }, accept);
  return accept(await readLocal(origin, options));
}

async function readLocal(origin: Exclude<Origin, { kind: "url" }>, options: ReadOptions): Promise<Uint8Array> {
  const { onProgress, signal } = options;
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
      return readBody(response, title, MOST_BYTES, options);
    }
    case "response":
      requireReadable(origin.response, title);
      return readBody(origin.response, title, MOST_BYTES, options);
    case "file": {
      const onBytes = (loaded: number, total: number) => onProgress?.({ loaded, total });
      return readSystemFile(origin.path, MOST_BYTES, { onBytes, signal });
    }
  }
}

async function readUrl<T>(
  origin: Origin & { kind: "url" },
  options: ReadOptions,
  accept: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const { url } = origin;
  const { title } = titleOf(origin);
  const cache = options.cache === false ? undefined : await ModelCache.open(url, options.sha256);
  const kept = await cache?.find();
  let fresh: Response | undefined;
  if (cache && kept) {
    fresh = cache.isByContent ? undefined : await newerVersion(url, kept, options);
    if (!fresh) {
      try {
        return await accept(await readBody(kept, title, MOST_BYTES, options));
      } catch {
        options.signal?.throwIfAborted();
        await cache.evict();
      }
    }
  }
  const response = fresh ?? (await request(url, options));
  requireReadable(response, title);
  const bytes = await readBody(response, title, MOST_BYTES, options);
  const value = await accept(bytes);
  await cache?.keep(bytes, response);
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
