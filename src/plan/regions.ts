// Owns the regions that a picture is cut into, and which part of it each needs at hand. Pure; how a length is cut is tile-plan.ts.

import { type Border, type Orientation, type Rectangle, type Region, UPRIGHT } from "../ops/region.js";
import type { Extent } from "./picture-buffers.js";
import type { TileChoice } from "./tile-choice.js";
import type { AxisTiles, TileSpan } from "./tile-plan.js";

/** How a picture is cut for a network of some scale. */
export interface Cutting {
  readonly picture: Extent;
  readonly tiles: Pick<TileChoice, "columns" | "rows">;
  /** Output pixels for each of the picture's along an axis. */
  readonly scale: number;
  readonly wraps: boolean;
}

/** The region of one tile. */
export function regionOf(
  { picture, tiles, scale, wraps }: Cutting,
  column: TileSpan,
  row: TileSpan,
  orientation: Orientation = UPRIGHT,
  isFirst = true,
): Region {
  const border = (axis: AxisTiles, length: number): Border => (wraps ? "wrap" : paddingOf(axis, length));
  return {
    from: { x: column.start, y: row.start },
    border: { x: border(tiles.columns, picture.width), y: border(tiles.rows, picture.height) },
    orientation,
    result: { width: tiles.columns.size * scale, height: tiles.rows.size * scale },
    kept: {
      x: (column.coreStart - column.start) * scale,
      y: (row.coreStart - row.start) * scale,
      width: (column.coreEnd - column.coreStart) * scale,
      height: (row.coreEnd - row.coreStart) * scale,
    },
    to: { x: column.coreStart * scale, y: row.coreStart * scale },
    isFirst,
  };
}

/** The largest part that any tile keeps of its result. */
export function largestKept({ tiles, scale }: Pick<Cutting, "tiles" | "scale">): Extent {
  const most = ({ spans }: AxisTiles) =>
    spans.reduce((largest, { coreStart, coreEnd }) => Math.max(largest, coreEnd - coreStart), 0) * scale;
  return { width: most(tiles.columns), height: most(tiles.rows) };
}

/**
 * The pixels that a reader of `size` pixels from `from` on needs: those of the picture, as many before its last as a reflection at
 * that repeats, or, where it wraps, all, of which those outside are the picture's other side.
 */
export function pixelsAtHand(
  from: { readonly x: number; readonly y: number },
  size: Extent,
  picture: Extent,
  wraps: boolean,
): Rectangle {
  if (wraps) return { ...from, ...size };
  const across = spanAtHand(from.x, size.width, picture.width);
  const down = spanAtHand(from.y, size.height, picture.height);
  return { x: across.start, y: down.start, width: across.length, height: down.length };
}

function spanAtHand(from: number, size: number, length: number): { readonly start: number; readonly length: number } {
  const end = Math.min(from + size, length);
  const reflected = from + size - end;
  const start = Math.max(Math.min(from, length - 1 - reflected), 0);
  return { start, length: end - start };
}

/** How a picture is padded to a size that the network takes: a reflection, unless it would need more pixels than there are. */
function paddingOf({ size, spans }: AxisTiles, length: number): Border {
  const padding = spans.at(-1)!.start + size - length;
  return padding >= length ? "repeat" : "reflect";
}
