// Owns cutting windows out of pictures: which pixels lie in one, also beyond the border, and turned and mirrored.

import type { Pixels } from "../ops/pixels.js";

/** What lies beyond the border: the picture mirrored at its last pixel, the picture again, or its last pixel. */
export type Border = "reflect" | "wrap" | "repeat";

/** RGBA, 8 or 16 bits a channel: the form in which pictures cross to the GPU and back. */
export type Rgba = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** One of the eight ways to lay a picture down: mirrored, then turned over its diagonal. */
export interface Orientation {
  readonly mirrorX: boolean;
  readonly mirrorY: boolean;
  readonly transpose: boolean;
}

export const UPRIGHT: Orientation = { mirrorX: false, mirrorY: false, transpose: false };

/** All eight, those that keep width and height first. */
export const ORIENTATIONS: readonly Orientation[] = [false, true].flatMap((transpose) =>
  [false, true].flatMap((mirrorY) => [false, true].map((mirrorX) => ({ mirrorX, mirrorY, transpose }))),
);

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

/** The window of `pixels` with those columns and rows, as RGBA; gray is repeated, alpha (which the GPU ignores) may be zero. */
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

/** A part of a larger picture of RGBA rows: `width` x `height` pixels from `left`, `top` on. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Visits the pixels of `part` of a result that was computed in some orientation, as the indices of its pixels in `from` (whose
 * upright extent is given) and in rows of `pitch` pixels whose first is `part`'s.
 */
export function visitUpright(
  extent: { readonly width: number; readonly height: number },
  { transpose, mirrorX, mirrorY }: Orientation,
  part: Rectangle,
  pitch: number,
  visit: (from: number, to: number) => void,
): void {
  const [stepX, stepY] = transpose ? [extent.height, 1] : [1, extent.width];
  for (let y = 0; y < part.height; y++) {
    const at = part.top + y;
    const line = (mirrorY ? extent.height - 1 - at : at) * stepY;
    for (let x = 0; x < part.width; x++) {
      const column = part.left + x;
      visit(line + (mirrorX ? extent.width - 1 - column : column) * stepX, y * pitch + x);
    }
  }
}
