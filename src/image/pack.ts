// Owns the form in which pictures cross to the GPU and back: RGBA words, 4 or 8 bytes a pixel.

import type { Pixels } from "../ops/pixels.js";

/** `pixels` as RGBA; gray is repeated, alpha (which the GPU ignores) is left zero where there is none. */
export function packRgba({ data, width, height, channels, bits }: Pixels): ArrayBufferView<ArrayBuffer> {
  if (channels === 4) return data as ArrayBufferView<ArrayBuffer>;
  const packed = bits === 16 ? new Uint16Array(width * height * 4) : new Uint8Array(width * height * 4);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let to = 0, from = 0; to < packed.length; to += 4, from += channels) {
    packed[to] = data[from]!;
    packed[to + 1] = data[from + green]!;
    packed[to + 2] = data[from + blue]!;
  }
  return packed;
}

/** RGBA words back to pixels of `channels`, with `alpha` or opaque. */
export function unpackRgba(
  bytes: ArrayBuffer,
  shape: Omit<Pixels, "data">,
  alpha: Uint8Array | Uint16Array | undefined,
): Pixels {
  const { width, height, channels, bits } = shape;
  const rgba = bits === 16 ? new Uint16Array(bytes) : new Uint8Array(bytes);
  if (channels === 4 && !alpha) return { ...shape, data: rgba };
  const length = width * height * channels;
  const data = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  const colors = channels < 3 ? 1 : 3;
  const max = 2 ** bits - 1;
  for (let i = 0, to = 0, from = 0; to < length; i++, to += channels, from += 4) {
    for (let c = 0; c < colors; c++) data[to + c] = rgba[from + c]!;
    if (colors < channels) data[to + colors] = alpha ? alpha[i]! : max;
  }
  return { ...shape, data };
}
