// Owns what may be given as a picture, brought to raw pixels.

import { EsrganError } from "../errors.js";
import { requirePixels } from "../ops/image-to-tensor.js";
import type { Pixels } from "../ops/pixels.js";

/** A picture: raw pixels, or ImageData. */
export type ImageSource = Pixels | ImageData;

/** The raw pixels of `source`, not copied. @throws EsrganError "bad-input" */
export function pixelsOf(source: ImageSource): Pixels {
  if (typeof source !== "object" || source === null || !("data" in source)) {
    const got = source === null ? "null" : typeof source === "object" ? "an object without data" : typeof source;
    throw new EsrganError(
      "bad-input",
      `A picture must be ImageData or { data, width, height, channels, bits }, got ${got}`,
    );
  }
  const pixels: Pixels = isImageData(source)
    ? { data: source.data as Uint8ClampedArray, width: source.width, height: source.height, channels: 4, bits: 8 }
    : source;
  requirePixels(pixels);
  return pixels;
}

/** ImageData by its shape, since not every environment has the class. */
export function isImageData(source: ImageSource): source is ImageData {
  return !("channels" in source);
}
