// Owns alpha beside the network: it is resized on its own and never multiplied into colour.

import { LARGEST_VALUE, type Pixels } from "../ops/pixels.js";
import { type ResizeTaps, resizeTaps } from "../ops/resize.js";

/** Whether the picture's last channel is alpha. */
export function hasAlpha({ channels }: Pick<Pixels, "channels">): boolean {
  return channels === 2 || channels === 4;
}

/** The alpha of `pixels` as a gray picture, or undefined where there is none or it is opaque throughout. */
export function alphaOf(pixels: Pixels): Pixels | undefined {
  if (!hasAlpha(pixels)) return undefined;
  const { data, channels, bits, width, height } = pixels;
  const length = width * height;
  const alpha = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  let isOpaque = true;
  for (let i = 0; i < length; i++) {
    const level = data[i * channels + channels - 1]!;
    if (level !== LARGEST_VALUE[bits]) isOpaque = false;
    alpha[i] = level;
  }
  return isOpaque ? undefined : { data: alpha, width, height, channels: 1, bits };
}

/** A gray picture resized bicubically, antialiased, some rows at a time. Rows must be asked for from the top down. */
export class ResizedGray {
  readonly #across: ResizeTaps;
  readonly #down: ResizeTaps;
  /** Rows of the source at the new width, by their index. */
  readonly #wide = new Map<number, Float32Array>();

  constructor(
    private readonly gray: Pixels,
    readonly width: number,
    readonly height: number,
    private readonly wraps = false,
  ) {
    this.#across = resizeTaps("bicubic", true, gray.width, width, wraps);
    this.#down = resizeTaps("bicubic", true, gray.height, height, wraps);
  }

  /** Rows `from` to `to` in levels of the source's bits. */
  rows(from: number, to: number): Uint8Array | Uint16Array {
    const { width } = this;
    const { bits, height } = this.gray;
    const max = LARGEST_VALUE[bits];
    const out = bits === 16 ? new Uint16Array((to - from) * width) : new Uint8Array((to - from) * width);
    const { start, count, weights } = this.#down;
    for (let y = from; y < to; y++) {
      const first = start[y]!;
      if (!this.wraps) for (const row of this.#wide.keys()) if (row < first) this.#wide.delete(row);
      const lines = Array.from({ length: count }, (_, k) => this.#wideRow((((first + k) % height) + height) % height));
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let k = 0; k < count; k++) sum += weights[y * count + k]! * lines[k]![x]!;
        out[(y - from) * width + x] = Math.floor(Math.min(Math.max(sum, 0), max) + 0.5);
      }
    }
    return out;
  }

  #wideRow(row: number): Float32Array {
    const found = this.#wide.get(row);
    if (found) return found;
    const { data, width } = this.gray;
    const { start, count, weights } = this.#across;
    const line = new Float32Array(this.width);
    for (let x = 0; x < line.length; x++) {
      let sum = 0;
      for (let k = 0; k < count; k++) {
        const column = (((start[x]! + k) % width) + width) % width;
        sum += weights[x * count + k]! * data[row * width + column]!;
      }
      line[x] = sum;
    }
    this.#wide.set(row, line);
    return line;
  }
}
