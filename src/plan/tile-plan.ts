// Owns how a length is cut into tiles that overlap: pure arithmetic, one axis at a time. How large a tile may be is
// tile-choice.ts; what is computed in one is execution-plan.ts.

import { EsrganError } from "../errors.js";
import { roundUp } from "../ops/plane.js";

/** A tile along one axis: its input, and the part of it (its core) whose result is used. */
export interface TileSpan {
  /** The first pixel of the input; below zero where the picture wraps. */
  readonly start: number;
  readonly coreStart: number;
  readonly coreEnd: number;
}

/** Tiles of one size along an axis, whose cores follow one another without a gap. */
export interface AxisTiles {
  readonly size: number;
  readonly spans: readonly TileSpan[];
}

export interface AxisRequest {
  /** Pixels to cover, at least 1. */
  readonly length: number;
  /** Pixels between a core and an edge of its tile that is not the picture's border. */
  readonly overlap: number;
  /** Sizes are multiples of it, and starts too where the picture does not wrap. */
  readonly multiple: number;
  /** The picture goes on at its other side, so that every edge of a tile needs its overlap. */
  readonly wraps: boolean;
}

/** The fewest pixels of a tile that has a core beside its overlaps. */
export function smallestTile(request: AxisRequest): number {
  return roundUp(2 * keptOverlap(request) + 1, request.multiple);
}

/** Starts are multiples, and so overlaps, where the picture does not wrap. */
function keptOverlap({ overlap, multiple, wraps }: AxisRequest): number {
  return wraps ? overlap : roundUp(overlap, multiple);
}

/**
 * Cuts an axis into `count` tiles of one size, as small as covers it; tiles and overlaps come out evenly, so that there is
 * no tiny last one. Fewer tiles result where so many would leave some without a core.
 */
export function cutAxis(request: AxisRequest, count: number): AxisTiles {
  return request.wraps ? cutWrapping(request, count) : cutBordered(request, count);
}

/**
 * How many tiles of at most `size` pixels cover an axis.
 * @throws EsrganError "bad-input" if the overlap leaves nothing of such a tile
 */
export function countBySize(request: AxisRequest, size: number): number {
  const { length, multiple, wraps } = request;
  const overlap = keptOverlap(request);
  const covered = roundUp(length, multiple);
  if (!wraps && covered <= size) return 1;
  const core = Math.floor(size / multiple) * multiple - 2 * overlap;
  if (core < 1) {
    throw new EsrganError(
      "bad-input",
      `A tile of ${size} pixels leaves nothing beside an overlap of ${overlap} on both sides, it must be at least ${smallestTile(request)}`,
    );
  }
  return Math.ceil(wraps ? length / core : (covered - 2 * overlap) / core);
}

/** Cuts an axis into tiles of at most `size` pixels. @throws EsrganError as countBySize */
export function cutAxisBySize(request: AxisRequest, size: number): AxisTiles {
  return cutAxis(request, countBySize(request, size));
}

/** How many tiles `cutAxis` makes of an axis, and how large. */
export function measureCut(request: AxisRequest, asked: number): { readonly count: number; readonly size: number } {
  const { length, multiple, wraps } = request;
  if (wraps) {
    const count = Math.max(1, Math.min(asked, length));
    return { count, size: roundUp(Math.ceil(length / count) + 2 * request.overlap, multiple) };
  }
  const overlap = roundUp(request.overlap, multiple);
  const covered = roundUp(length, multiple);
  // Each tile but the outer ones adds its size less two overlaps, which must be something.
  const count = Math.max(1, Math.min(asked, Math.floor((covered - 2 * overlap) / multiple)));
  return { count, size: roundUp(Math.ceil((covered + 2 * overlap * (count - 1)) / count), multiple) };
}

function cutBordered(request: AxisRequest, asked: number): AxisTiles {
  const { length, multiple } = request;
  const { count, size } = measureCut(request, asked);
  const covered = roundUp(length, multiple);
  const starts = Array.from({ length: count }, (_, index) =>
    count === 1 ? 0 : Math.floor((index * (covered - size)) / (count - 1) / multiple) * multiple,
  );
  // Cores meet in the middle of what two tiles have in common.
  const boundary = (index: number) => Math.floor((starts[index]! + size + starts[index + 1]!) / 2);
  const spans = starts.map((start, index) => ({
    start,
    coreStart: index === 0 ? 0 : boundary(index - 1),
    coreEnd: index === count - 1 ? length : boundary(index),
  }));
  return { size, spans };
}

function cutWrapping(request: AxisRequest, asked: number): AxisTiles {
  const { length, overlap } = request;
  const { count, size } = measureCut(request, asked);
  const boundary = (index: number) => Math.floor((index * length) / count);
  const spans = Array.from({ length: count }, (_, index) => ({
    start: boundary(index) - overlap,
    coreStart: boundary(index),
    coreEnd: boundary(index + 1),
  }));
  return { size, spans };
}
