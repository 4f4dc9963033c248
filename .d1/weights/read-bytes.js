// Owns getting the bytes of a weight file from wherever it is: memory, a Blob, a Response, a URL; checked and kept if asked.
import { EsrganError } from "../errors.js";
const CACHE_NAME = "esrgan-webgpu";
/**
 * Reads all of `source`; a string is a URL.
 * @throws EsrganError "network" naming the URL and what went wrong, "bad-weights" where the SHA-256 differs; signal.reason
 */
export async function readBytes(source, options = {}) {
    options.signal?.throwIfAborted();
    const bytes = await read(source, options);
    if (options.sha256 !== undefined)
        await requireSha256(bytes, options.sha256);
    return bytes;
}
async function read(source, options) {
    if (source instanceof Uint8Array)
        return source;
    if (source instanceof ArrayBuffer)
        return new Uint8Array(source);
    if (typeof Blob !== "undefined" && source instanceof Blob)
        return new Uint8Array(await source.arrayBuffer());
    if (typeof Response !== "undefined" && source instanceof Response)
        return readResponse(source, options);
    if (typeof source === "string" || source instanceof URL)
        return fetchBytes(String(source), options);
    throw new EsrganError("bad-input", "Weights must be an ArrayBuffer, Uint8Array, Blob, Response, URL or string");
}
async function fetchBytes(url, options) {
    const cache = options.cache && typeof caches !== "undefined" ? await caches.open(CACHE_NAME) : undefined;
    const kept = await cache?.match(url);
    if (kept)
        return readResponse(kept, options);
    let response;
    try {
        response = await fetch(url, options.signal ? { signal: options.signal } : {});
    }
    catch (cause) {
        options.signal?.throwIfAborted();
        throw new EsrganError("network", `Could not fetch ${url}: ${cause.message}`, { cause });
    }
    const bytes = await readResponse(response, { ...options, onProgress: options.onProgress });
    // Kept only when whole, and never instead of giving it: a full disk is no reason to fail.
    if (cache)
        await cache.put(url, new Response(bytes.slice())).catch(() => { });
    return bytes;
}
async function readResponse(response, { onProgress, signal }) {
    const from = response.url || "the response";
    if (!response.ok)
        throw new EsrganError("network", `Could not fetch ${from}: HTTP status ${response.status}`);
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    // A compressed transfer's length is not that of its content.
    const total = response.headers.has("content-encoding") || Number.isNaN(length) ? undefined : length;
    const chunks = [];
    let loaded = 0;
    try {
        const reader = response.body?.getReader();
        for (;;) {
            signal?.throwIfAborted();
            const next = await reader?.read();
            if (!next || next.done)
                break;
            chunks.push(next.value);
            loaded += next.value.byteLength;
            onProgress?.({ loaded, total });
        }
    }
    catch (cause) {
        signal?.throwIfAborted();
        throw new EsrganError("network", `Reading ${from} broke off after ${loaded} bytes: ${cause.message}`, {
            cause,
        });
    }
    if (total !== undefined && loaded !== total) {
        throw new EsrganError("network", `Reading ${from} ended after ${loaded} of ${total} bytes`);
    }
    const bytes = new Uint8Array(loaded);
    let at = 0;
    for (const chunk of chunks) {
        bytes.set(chunk, at);
        at += chunk.byteLength;
    }
    return bytes;
}
async function requireSha256(bytes, wanted) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (found !== wanted.toLowerCase()) {
        throw new EsrganError("bad-weights", `The weights have SHA-256 ${found}, expected ${wanted.toLowerCase()}`);
    }
}
