// Cutting windows out of pictures pixel by pixel, on the CPU: what the kernels that do it are held against.

import type { Pixels } from "../../src/ops/pixels.js";
import { type Border, type Orientation, UPRIGHT } from "../../src/ops/region.js";

/** RGBA, 8 or 16 bits a channel. */
export type Rgba = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** For `size` pixels along an axis from `start` on, those of the picture's `length`. */
export function windowIndices(start: number, size: number, length: number, border: Border): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => {
    const at = start + i;
    if (at >= 0 && at < length) return at;
    if (border === "wrap") return ((at % length) + length) % length;
    // Beyond as many pixels as there are a reflection would leave the picture again: the edge is repeated instead.
    const mirrored = at < 0 ? -at : 2 * (length - 1) - at;
    const isInside = mirrored >= 0 && mirrored < length;
    return border === "reflect" && isInside ? mirrored : at < 0 ? 0 : length - 1;
  });
}

/** The window of `pixels` with those columns and rows, as RGBA; gray is repeated, alpha is zero. */
export function packWindow(
  { data, width, channels, bits }: Pixels,
  columns: Int32Array,
  rows: Int32Array,
  orientation: Orientation = UPRIGHT,
): Rgba {
  const [across, down] = [columns.length, rows.length];
  const packed = bits === 16 ? new Uint16Array(across * down * 4) : new Uint8Array(across * down * 4);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  const { transpose, mirrorX, mirrorY } = orientation;
  const [stepX, stepY] = transpose ? [down, 1] : [1, across];
  for (let y = 0; y < down; y++) {
    const row = rows[y]! * width;
    const line = (mirrorY ? down - 1 - y : y) * stepY;
    for (let x = 0; x < across; x++) {
      const from = (row + columns[x]!) * channels;
      const to = (line + (mirrorX ? across - 1 - x : x) * stepX) * 4;
      packed[to] = data[from]!;
      packed[to + 1] = data[from + green]!;
      packed[to + 2] = data[from + blue]!;
    }
  }
  return packed;
}
