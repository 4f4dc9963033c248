// Owns the way back from the form in which pictures leave the GPU: RGBA, 8 or 16 bits a channel. The way in is window.ts.

import { LARGEST_VALUE, type Pixels } from "../ops/pixels.js";
import type { Rgba } from "./window.js";

/** RGBA words back to pixels of `channels`, with `alpha` or opaque. */
export function unpackRgba(
  rgba: Rgba,
  shape: Omit<Pixels, "data">,
  alpha: Uint8Array | Uint16Array | undefined,
): Pixels {
  const { width, height, channels, bits } = shape;
  if (channels === 4 && !alpha) return { ...shape, data: rgba };
  const length = width * height * channels;
  const data = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  const colors = channels < 3 ? 1 : 3;
  const max = LARGEST_VALUE[bits];
  for (let i = 0, to = 0, from = 0; to < length; i++, to += channels, from += 4) {
    for (let c = 0; c < colors; c++) data[to + c] = rgba[from + c]!;
    if (colors < channels) data[to + colors] = alpha ? alpha[i]! : max;
  }
  return { ...shape, data };
}
