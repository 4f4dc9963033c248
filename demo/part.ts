// Owns the part of a picture that every method enlarges, and the detail of it that is shown small. Pure, but for openPart().

import { context2d, make } from "./dom.js";
import type { Point, Size } from "./view-box.js";

/** Pixels of either side of the part: all results are kept at once, and old networks compare as well on a part. */
export const MOST_SIDE = 256;

export interface Part {
  readonly name: string;
  /** What is enlarged. */
  readonly bitmap: ImageBitmap;
  /** The picture that it is the middle of. */
  readonly whole: Size;
  /** The upper left corner of the detail, in pixels of the part. */
  readonly detail: Point;
}

/** Pixels of the part that a detail shows, at most. */
export const DETAIL_SIDE = 16;

/** @throws DOMException where the browser cannot decode the file */
export async function openPart(file: Blob, name: string): Promise<Part> {
  const picture = await createImageBitmap(file);
  try {
    const whole = { width: picture.width, height: picture.height };
    const { x, y, width, height } = middleOf(whole);
    const bitmap = await createImageBitmap(picture, x, y, width, height);
    const context = context2d(make("canvas", { width, height }));
    context.drawImage(bitmap, 0, 0);
    return { name, bitmap, whole, detail: busiest(context.getImageData(0, 0, width, height), DETAIL_SIDE) };
  } finally {
    picture.close();
  }
}

/** The middle, as much of it as is enlarged. */
export function middleOf({ width, height }: Size): Point & Size {
  const part = { width: Math.min(width, MOST_SIDE), height: Math.min(height, MOST_SIDE) };
  return { x: Math.floor((width - part.width) / 2), y: Math.floor((height - part.height) / 2), ...part };
}

/** Where a square of `side` sees the most of what changes from pixel to pixel: there methods differ. */
export function busiest({ data, width, height }: Pick<ImageData, "data" | "width" | "height">, side: number): Point {
  // [height + 1][width + 1]: of all above and to the left.
  const sums = new Float64Array((width + 1) * (height + 1));
  const green = (x: number, y: number) => data[4 * (y * width + x) + 1]!;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const right = green(Math.min(x + 1, width - 1), y) - green(x, y);
      const below = green(x, Math.min(y + 1, height - 1)) - green(x, y);
      const at = (y + 1) * (width + 1) + x + 1;
      sums[at] = Math.abs(right) + Math.abs(below) + sums[at - 1]! + sums[at - width - 1]! - sums[at - width - 2]!;
    }
  }
  const [wide, high] = [Math.min(side, width), Math.min(side, height)];
  const sum = (x: number, y: number) => sums[y * (width + 1) + x]!;
  let best = { x: 0, y: 0, change: -1 };
  for (let y = 0; y + high <= height; y++) {
    for (let x = 0; x + wide <= width; x++) {
      const change = sum(x + wide, y + high) - sum(x, y + high) - sum(x + wide, y) + sum(x, y);
      if (change > best.change) best = { x, y, change };
    }
  }
  return { x: best.x, y: best.y };
}
