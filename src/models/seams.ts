// Owns how much the edges of tiles show, as measured on a photo with `npm run bench -- seams`: docs/tiles.md has the table.

/**
 * Pixels of overlap, and the levels of 255 by which a picture in two tiles differed at most from the same in one piece. Overlap
 * that did worse than less of it counts for no better.
 */
export type Seams = readonly (readonly [overlap: number, levels: number])[];

/** general-x4v3's. */
export const COMPACT_SEAMS: Seams = [
  [8, 7],
  [16, 4],
  [24, 1],
  [32, 0],
];

const ANIME_6B: Seams = [
  [8, 18],
  [16, 8],
  [24, 4],
  [32, 3],
  [48, 1],
];

const X4PLUS: Seams = [
  [8, 20],
  [16, 13],
  [32, 10],
  [48, 2],
  [64, 1],
];

/** More blocks look further. */
export function rrdbSeams(blocks: number): Seams {
  return blocks <= 6 ? ANIME_6B : X4PLUS;
}
