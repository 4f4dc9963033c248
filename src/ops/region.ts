// Owns the region as kernels see it: what one run of a network reads of its source, and where its result goes. One type serves
// tiles, windows of a resize and orientations. Which regions a picture is cut into is plan/regions.ts.

/** What lies beyond a picture's edge: its last pixel, the picture again, or the picture mirrored at its last pixel. */
export type Border = "repeat" | "wrap" | "reflect";

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

/** A rectangle of pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Packed rows that a kernel reads: the pixels they hold of a picture, and the words from one row to the next. */
export interface PackedRows extends Rectangle {
  readonly pitch: number;
  /** Words before the first row. */
  readonly offset: number;
}

export interface Region {
  /** The pixels of the source that the network sees; they may lie outside of it. */
  readonly from: { readonly x: number; readonly y: number };
  readonly border: { readonly x: Border; readonly y: Border };
  readonly orientation: Orientation;
  /** The extent of the result, upright. */
  readonly result: { readonly width: number; readonly height: number };
  /** What is kept of the result, in its pixels, upright. */
  readonly kept: Rectangle;
  /** The pixel of the destination that the first kept one becomes. */
  readonly to: { readonly x: number; readonly y: number };
  /** Whether it is the first of those that are added up. */
  readonly isFirst: boolean;
}

/** Where a region's pixels lie at the moment: what a kernel needs beside the region itself. */
export interface RegionPlaces {
  /** The part of the source that is at hand; all of it where that is a texture, whose pitch and offset are not used. */
  readonly source: PackedRows;
  /** In a packed destination: words before the first kept pixel, and from row to row. */
  readonly target: { readonly offset: number; readonly pitch: number };
  /** The pixels of the destination that the tables of taps at hand are for. */
  readonly tables: Rectangle;
  /** The part of the alpha that is at hand, and what lies beyond its edges. */
  readonly alpha: PackedRows;
  readonly alphaBorder: Border;
}

/** Bytes of the uniform `Region` in shaders/picture.wgsl.ts. */
export const REGION_BYTES = 128;

const BORDERS: { readonly [B in Border]: number } = { repeat: 0, wrap: 1, reflect: 2 };

/** The words of the uniform. Positions may be negative: the words hold their two's complement. */
export function regionWords(region: Region, places: RegionPlaces): Uint32Array<ArrayBuffer> {
  const { from, border, orientation, result, kept, to } = region;
  const { source, target, tables, alpha, alphaBorder } = places;
  const words = [
    [from.x - source.x, from.y - source.y],
    [source.width, source.height],
    [source.offset, source.pitch],
    [BORDERS[border.x], BORDERS[border.y]],
    [Number(orientation.mirrorX), Number(orientation.mirrorY)],
    [Number(orientation.transpose), Number(region.isFirst)],
    [kept.x, kept.y, kept.x + kept.width, kept.y + kept.height],
    [to.x, to.y],
    [target.offset, target.pitch],
    [tables.x, tables.y],
    [tables.width, tables.height],
    [alpha.x, alpha.y],
    [alpha.width, alpha.height],
    [alpha.pitch, BORDERS[alphaBorder]],
    [result.width, result.height],
  ].flat();
  const out = new Uint32Array(REGION_BYTES / 4);
  words.forEach((word, at) => {
    out[at] = word | 0;
  });
  return out;
}
