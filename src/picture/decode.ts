// Owns files and addresses as pictures: a Blob or URL becomes an ImageBitmap.

import { EsrganError } from "../errors.js";
import { shortened } from "./element.js";

/**
 * Decodes `source`, a Blob (File) or URL, turned upright as its EXIF orientation says, with straight
 * alpha, in sRGB. The bitmap is the caller's to close.
 * @throws signal.reason if aborted; EsrganError "bad-input" where it is no picture, "network" where a
 * URL cannot be fetched
 */
export async function decode(source: Blob | URL, signal?: AbortSignal): Promise<ImageBitmap> {
  if (typeof createImageBitmap === "undefined") {
    throw new EsrganError(
      "bad-input",
      "This environment has no createImageBitmap to decode a picture with, give { data, width, height, channels }",
    );
  }
  signal?.throwIfAborted();
  if ("href" in source) {
    const blob = await fetched(source, signal);
    return bitmapOfBlob(blob, `The body of ${shortened(source.href)}`, signal);
  }
  const name = (source as Partial<File>).name;
  return bitmapOfBlob(source, name ? `The file ${shortened(name)}` : "The Blob", signal);
}

async function bitmapOfBlob(blob: Blob, what: string, signal: AbortSignal | undefined): Promise<ImageBitmap> {
  const options = { imageOrientation: "from-image", premultiplyAlpha: "none" } as const;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob, options);
  } catch (cause) {
    signal?.throwIfAborted();
    const form = `${blob.size} bytes of type ${blob.type ? `"${shortened(blob.type)}"` : "unknown"}`;
    const why = cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
    throw new EsrganError("bad-input", `${what} (${form}) is no picture that the browser can decode: ${why}`, {
      cause,
    });
  }
  if (signal?.aborted) {
    bitmap.close();
    signal.throwIfAborted();
  }
  return bitmap;
}

async function fetched(url: URL, signal: AbortSignal | undefined): Promise<Blob> {
  const address = shortened(url.href);
  let response: Response;
  try {
    response = await fetch(url, signal ? { signal } : {});
  } catch (cause) {
    signal?.throwIfAborted();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EsrganError(
      "network",
      `${address} cannot be fetched (${why}): it is out of reach, or its server does not allow this origin (CORS)`,
      { cause },
    );
  }
  if (!response.ok) {
    const { status, statusText } = response;
    await response.body?.cancel();
    const said = `${status} ${statusText}`.trim();
    throw new EsrganError("network", `${address} answered with HTTP status ${said}, expected a picture`);
  }
  try {
    return await response.blob();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new EsrganError("network", `The body of ${address} ended before it was whole: ${String(cause)}`, { cause });
  }
}
