// Owns the plan of resizing pictures on the GPU, antialiased and bicubic, window by window: pixels in, pixels out. Pure.

import { resizePixelsKernel, type SourceForm } from "../ops/picture.kernels.js";
import type { Rectangle, Region } from "../ops/region.js";
import { UPRIGHT } from "../ops/region.js";
import { type ResizeTaps, resizeTaps } from "../ops/resize.js";
import { doneAtOnce } from "../weights/event-loop-yield.js";
import { bindCalls } from "./bind.js";
import { type Extent, pictureBuffers, storeTargetCall, type TargetChoice, targetOf } from "./picture-buffers.js";
import { bytesOfBuffers, plannedBuffer, type RunnablePlan } from "./runnable-plan.js";
import { type AxisTiles, cutAxis, type TileSpan } from "./tile-plan.js";

export interface ResizeRequest {
  readonly source: SourceForm;
  /** The source lies on the GPU as a whole. */
  readonly isGiven: boolean;
  readonly from: Extent;
  readonly to: Extent & { readonly bits: 8 | 16 };
  readonly target: TargetChoice;
  readonly wraps: boolean;
  /** For all buffers; more are taken only where a single pixel needs more. */
  readonly budget: number;
}

/** Along one axis: the result's windows, and the source's pixels for each. */
export interface ResizeAxis {
  readonly taps: ResizeTaps;
  readonly windows: AxisTiles;
  /** Pixels of the source that a window takes, the same for all. */
  readonly sourceSize: number;
}

export interface ResizePlan {
  readonly run: RunnablePlan;
  readonly peakBytes: number;
  readonly across: ResizeAxis;
  readonly down: ResizeAxis;
}

const LARGEST_WINDOW = 512;

/** Plans resizing, antialiased bicubic. */
export function planResize(request: ResizeRequest): ResizePlan {
  const { from, to, wraps, budget } = request;
  const taps = {
    x: resizeTaps("bicubic", true, from.width, to.width, wraps),
    y: resizeTaps("bicubic", true, from.height, to.height, wraps),
  };
  for (let side = LARGEST_WINDOW; ; side = Math.ceil(side / 2)) {
    const across = axisOf(taps.x, to.width, side);
    const down = axisOf(taps.y, to.height, side);
    const run = runnable(request, across, down);
    const peakBytes = bytesOfBuffers(run.buffers);
    if (side === 1 || peakBytes <= budget) return { run, peakBytes, across, down };
  }
}

/** The window of `column` and `row` as a region: what it reads is found by the tables of taps. */
export function windowRegion(
  { across, down }: Pick<ResizePlan, "across" | "down">,
  column: TileSpan,
  row: TileSpan,
  wraps: boolean,
): Region {
  const border = wraps ? "wrap" : "repeat";
  return {
    from: { x: 0, y: 0 },
    border: { x: border, y: border },
    orientation: UPRIGHT,
    result: { width: across.windows.size, height: down.windows.size },
    kept: {
      x: column.coreStart - column.start,
      y: row.coreStart - row.start,
      width: column.coreEnd - column.coreStart,
      height: row.coreEnd - row.coreStart,
    },
    to: { x: column.coreStart, y: row.coreStart },
    isFirst: true,
  };
}

/** The source's pixels for `window` of the result; where the picture wraps they may lie outside of it. */
export function tapsRectangle(x: ResizeTaps, y: ResizeTaps, window: Rectangle): Rectangle {
  const span = ({ start, count }: ResizeTaps, first: number, length: number) =>
    [start[first]!, start[first + length - 1]! + count] as const;
  const [left, right] = span(x, window.x, window.width);
  const [top, bottom] = span(y, window.y, window.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The tables of taps for `window` of the result. */
export function tapTables(x: ResizeTaps, y: ResizeTaps, window: Rectangle): Float32Array<ArrayBuffer> {
  const axes = [
    { taps: x, first: window.x, length: window.width },
    { taps: y, first: window.y, length: window.height },
  ];
  const table = new Float32Array(axes.reduce((sum, { taps, length }) => sum + length * (taps.count + 1), 0));
  let at = 0;
  for (const { taps, first, length } of axes) {
    for (let i = 0; i < length; i++) table[at + i] = taps.start[first + i]!;
    table.set(taps.weights.subarray(first * taps.count, (first + length) * taps.count), at + length);
    at += length * (taps.count + 1);
  }
  return table;
}

function axisOf(taps: ResizeTaps, length: number, side: number): ResizeAxis {
  const count = Math.ceil(length / side);
  const windows = cutAxis({ length, overlap: 0, multiple: 1, wraps: false }, count);
  const spans = windows.spans.map(
    ({ start }) => taps.start[start + windows.size - 1]! - taps.start[start]! + taps.count,
  );
  return { taps, windows, sourceSize: Math.max(...spans) };
}

function runnable(
  { source, isGiven, to, target: choice }: ResizeRequest,
  across: ResizeAxis,
  down: ResizeAxis,
): RunnablePlan {
  const window = { width: across.windows.size, height: down.windows.size };
  const counts = { x: across.taps.count, y: down.taps.count };
  const result = { ...window, bits: to.bits };
  const target = targetOf(choice, window);
  const uploaded = isGiven ? undefined : { width: across.sourceSize, height: down.sourceSize };
  const tableBytes = (window.width * (counts.x + 1) + window.height * (counts.y + 1)) * 4;
  const buffers = [
    ...pictureBuffers({ source, uploaded, result, target, regions: 1 }),
    plannedBuffer("taps", "tables", tableBytes),
  ].map((buffer) => ({ ...buffer, label: `resize ${buffer.label}` }));
  const pixels = window.width * window.height;
  const resize = {
    node: "resize",
    op: "resize",
    call: resizePixelsKernel(source, result, counts),
    reads: [],
    writes: undefined,
    planes: {},
    flops: 2 * 3 * pixels * (counts.x + 1) * counts.y,
  };
  return doneAtOnce(bindCalls([resize, storeTargetCall(target, to.bits)], buffers));
}
