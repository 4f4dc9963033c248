// Owns how much a tile's cut edges show, by the distance from them: one tile says it of all overlaps up to half of its size.

import type { Pixels } from "../../src/ops/pixels.js";
import type { Random } from "../../test/cases/random.js";

export interface Extent {
  readonly width: number;
  readonly height: number;
}

export interface Rectangle extends Extent {
  readonly left: number;
  readonly top: number;
}

/** Where the tile lies in the picture, and how many pixels of the result each of its pixels becomes along an axis. */
export interface TilePlace {
  readonly picture: Extent;
  readonly area: Rectangle;
  readonly scale: number;
}

/**
 * By overlap in pixels of the source, the largest difference in levels of 255 between `tile`, the result of a part of the picture, and
 * the same part of `whole`: over all pixels that a tile with that overlap keeps. Both have 16 bits and three channels.
 */
export function seamCurve(whole: Pixels, tile: Pixels, { picture, area, scale }: TilePlace): number[] {
  const at: number[] = [];
  for (let y = 0; y < tile.height; y++) {
    const down = distance(Math.floor(y / scale), area.top, area.height, picture.height);
    for (let x = 0; x < tile.width; x++) {
      const near = Math.min(down, distance(Math.floor(x / scale), area.left, area.width, picture.width));
      // A tile without a cut edge is the picture.
      if (near === Number.POSITIVE_INFINITY) continue;
      const from = ((area.top * scale + y) * whole.width + area.left * scale + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const by = Math.abs(whole.data[from + channel]! - tile.data[(y * tile.width + x) * 3 + channel]!) / 257;
        if (!(by <= (at[near] ?? 0))) at[near] = by;
      }
    }
  }
  // More overlap keeps less, so what it shows is the most of what lies as far from the edges or farther.
  const curve = Array.from(at, (by) => by ?? 0);
  for (let overlap = curve.length - 2; overlap >= 0; overlap--) {
    curve[overlap] = Math.max(curve[overlap]!, curve[overlap + 1]!);
  }
  return curve;
}

/** How many pixels lie between a pixel and the nearer cut edge of its tile along an axis. */
function distance(pixel: number, start: number, length: number, all: number): number {
  const before = start > 0 ? pixel : Number.POSITIVE_INFINITY;
  const behind = start + length < all ? length - 1 - pixel : Number.POSITIVE_INFINITY;
  return Math.min(before, behind);
}

/** The larger of both for each overlap. */
export function worstOf(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, overlap) =>
    Math.max(a[overlap] ?? 0, b[overlap] ?? 0),
  );
}

/** A part of the picture of this size, or as large as fits: in one of its corners, or anywhere. */
export function rectangleOf(random: Random, picture: Extent, size: Extent, isCorner = false): Rectangle {
  const width = Math.min(size.width, picture.width);
  const height = Math.min(size.height, picture.height);
  const somewhere = (room: number) => (isCorner ? (random() % 2) * room : random() % (room + 1));
  return { left: somewhere(picture.width - width), top: somewhere(picture.height - height), width, height };
}
