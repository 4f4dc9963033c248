// Owns what filling colours in under faint texels goes by: thresholds, tiles, and the bytes of its state. Apart from the kernels, which
// few pages need.

/** A pixel is faint whose alpha, times this, is less than the largest of the picture: its colour is filled in. */
export const FAINT = 16;

/** The least weight of a visible pixel among those that a faint one is filled from, in levels of 8 bits. */
export const LEAST_WEIGHT = 2 * FAINT;

/** Texels of a tile's side: a workgroup takes one tile after another. */
export const FILL_TILE = 8;

/** Rings that one dispatch adds: a tile is computed with a border as wide, an invocation a texel, so both must make a workgroup. */
export const FILL_RINGS = 4;

/** Words of the state before those of the tiles: how many texels are unknown, how many were at first, and the largest alpha. */
export const FILL_HEADER_WORDS = 3;

interface Extent {
  readonly width: number;
  readonly height: number;
}

export function fillTiles({ width, height }: Extent): number {
  return Math.ceil(width / FILL_TILE) * Math.ceil(height / FILL_TILE);
}

/** Bytes of the state. */
export function fillStateBytes(size: Extent): number {
  return (FILL_HEADER_WORDS + fillTiles(size)) * 4;
}
