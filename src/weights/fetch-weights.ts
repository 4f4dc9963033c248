// Owns requests and the bodies of their answers: why a request failed, how far a body has come, whether it came whole. What is kept is
// model-cache.ts.

import { EsrganError } from "../errors.js";
import { BodyBuffer } from "./body-buffer.js";
import type { ReadOptions } from "./byte-source.js";

/**
 * Asks for `url`. `mode` is that of the browser's own cache: "no-cache" has it ask the server whether what it has still holds.
 * @throws EsrganError "network" saying whether it is CORS; signal.reason
 */
export async function request(
  url: URL,
  { signal }: Pick<ReadOptions, "signal">,
  mode: RequestCache = "default",
): Promise<Response> {
  try {
    return await fetch(url, { ...(mode === "default" ? {} : { cache: mode }), ...(signal ? { signal } : {}) });
  } catch (cause) {
    signal?.throwIfAborted();
    const why = (await isRefusedByCors(url, signal))
      ? `its server does not let pages of ${pageOrigin()} read it (CORS): have it send the header ` +
        "access-control-allow-origin, or host the file beside the page"
      : `it is out of reach (${cause instanceof Error ? cause.message : String(cause)})`;
    signal?.throwIfAborted();
    throw new EsrganError("network", `The model at ${url.href} cannot be fetched: ${why}`, { cause });
  }
}

function pageOrigin(): string | undefined {
  return (globalThis as { origin?: string }).origin;
}

/** Browsers do not say why: a server that answers a request whose answer nobody may read is there, and refuses. */
async function isRefusedByCors(url: URL, signal: AbortSignal | undefined): Promise<boolean> {
  const origin = pageOrigin();
  if (origin === undefined || url.origin === origin || !/^https?:$/.test(url.protocol)) return false;
  try {
    await fetch(url, { method: "HEAD", mode: "no-cors", cache: "no-store", ...(signal ? { signal } : {}) });
    return true;
  } catch {
    return false;
  }
}

/** @throws EsrganError "network" for a status other than success, "bad-input" for what cannot be read any more */
export function requireReadable(response: Response, title: string): void {
  if (response.type === "opaque") {
    throw new EsrganError(
      "network",
      `${title} is opaque: a page may not read what it fetched with mode "no-cors", fetch it with CORS`,
    );
  }
  if (!response.ok) {
    void response.body?.cancel().catch(() => {});
    throw new EsrganError("network", `${title} cannot be fetched: the server answers with status ${response.status}`);
  }
  if (response.bodyUsed || response.body?.locked) {
    throw new EsrganError("bad-input", `${title} was read before, give a Response that was not, or its clone()`);
  }
}

/** How a body is read. */
export interface BodyOptions extends Pick<ReadOptions, "onProgress" | "signal"> {
  readonly mostBytes: number;
  /** Looks at what has come, after each chunk; what it throws ends the reading. */
  readonly look: (body: BodyBuffer) => Promise<void>;
}

/**
 * All of a body, which is let go where it is left early.
 * @throws EsrganError "network" if it breaks off or ends early, "bad-input" beyond `mostBytes`; signal.reason; what `look` throws
 */
export async function readBody(
  response: Response,
  title: string,
  { mostBytes, onProgress, signal, look }: BodyOptions,
): Promise<Uint8Array> {
  const length = bodyLength(response);
  const body = new BodyBuffer(length.total);
  const reader = response.body?.getReader();
  const stop = () => void reader?.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", stop);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await reader?.read().catch((cause) => {
        signal?.throwIfAborted();
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new EsrganError("network", `${title} broke off after ${body.length} bytes: ${why}`, { cause });
      });
      signal?.throwIfAborted();
      if (!next || next.done) break;
      const loaded = body.length + next.value.byteLength;
      if (loaded > mostBytes) throw new EsrganError("bad-input", `${title} has more than ${mostBytes} bytes`);
      body.append(next.value);
      await look(body);
      signal?.throwIfAborted();
      // Where only the compressed length is known, it is passed.
      onProgress?.({ loaded, total: length.total !== undefined && loaded <= length.total ? length.total : undefined });
    }
  } catch (error) {
    stop();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  if (length.isExact && body.length !== length.total) {
    throw new EsrganError("network", `${title} ended after ${body.length} of ${length.total} bytes`);
  }
  return body.take();
}

// What servers and storage call the length before compression; there is no standard for it.
const CONTENT_LENGTHS = ["x-uncompressed-content-length", "x-decompressed-content-length", "x-file-size"];

/** How long the content is, and whether that is certain. */
function bodyLength({ headers, type }: Response): { total: number | undefined; isExact: boolean } {
  const number = (name: string) => {
    const text = headers.get(name);
    return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const said = CONTENT_LENGTHS.map(number).find((length) => length !== undefined);
  if (said !== undefined) return { total: said, isExact: false };
  // A compressed transfer's length is not that of its content.
  if (headers.has("content-encoding")) return { total: undefined, isExact: false };
  const total = number("content-length");
  // Other origins rarely let a page see whether it is compressed.
  return { total, isExact: total !== undefined && type !== "cors" };
}
