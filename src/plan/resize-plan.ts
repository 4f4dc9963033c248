// Owns the plan of resizing pictures on the GPU, antialiased and bicubic, window by window: pixels in, pixels out. Pure.

import { type ResizeTaps, resizeTaps } from "../ops/resize.js";
import { PICTURE_HEADER_BYTES, type PictureSpec, pictureByteLength, resizePixelsKernel } from "../ops/small.kernels.js";
import { type PlannedBuffer, type RunnablePlan, UNIFORM_ALIGN } from "./execution-plan.js";
import { type AxisTiles, cutAxis } from "./tile-plan.js";

export interface ResizeRequest {
  readonly from: PictureSpec;
  readonly to: PictureSpec;
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

/** Plans resizing `from` to `to`, antialiased bicubic. */
export function planResize({ from, to, wraps, budget }: ResizeRequest): ResizePlan {
  const taps = {
    x: resizeTaps("bicubic", true, from.width, to.width, wraps),
    y: resizeTaps("bicubic", true, from.height, to.height, wraps),
  };
  for (let side = LARGEST_WINDOW; ; side = Math.ceil(side / 2)) {
    const across = axisOf(taps.x, to.width, side);
    const down = axisOf(taps.y, to.height, side);
    const buffers = buffersOf(from, to, across, down);
    const peakBytes = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (side === 1 || peakBytes <= budget)
      return { run: runnable(from, to, across, down, buffers), peakBytes, across, down };
  }
}

/** The table of taps of the window whose result starts at `x`, `y`. */
export function tapTable({ across, down }: ResizePlan, x: number, y: number): Float32Array<ArrayBuffer> {
  const parts = [windowTaps(across, x), windowTaps(down, y)];
  const table = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    table.set(part, at);
    at += part.length;
  }
  return table;
}

function windowTaps({ taps: { start, count, weights }, windows: { size } }: ResizeAxis, first: number): Float32Array {
  const table = new Float32Array(size * (count + 1));
  for (let i = 0; i < size; i++) table[i] = start[first + i]! - start[first]!;
  table.set(weights.subarray(first * count, (first + size) * count), size);
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

function buffersOf(from: PictureSpec, to: PictureSpec, across: ResizeAxis, down: ResizeAxis): PlannedBuffer[] {
  const source = pictureByteLength({ ...from, width: across.sourceSize, height: down.sourceSize });
  const result = pictureByteLength({ ...to, width: across.windows.size, height: down.windows.size });
  const out = PICTURE_HEADER_BYTES + result;
  const table = ({ taps, windows }: ResizeAxis) => windows.size * (taps.count + 1) * 4;
  const make = (label: string, role: PlannedBuffer["role"], byteLength: number): PlannedBuffer => ({
    label: `resize ${label}`,
    role,
    byteLength,
  });
  return [
    make("picture in", "picture-in", source),
    make("picture out", "picture-out", out),
    make("staging", "staging", out),
    make("taps", "tables", table(across) + table(down)),
    make("uniforms", "uniforms", UNIFORM_ALIGN),
  ];
}

function runnable(
  from: PictureSpec,
  to: PictureSpec,
  across: ResizeAxis,
  down: ResizeAxis,
  buffers: readonly PlannedBuffer[],
): RunnablePlan {
  const counts = { x: across.taps.count, y: down.taps.count };
  const call = resizePixelsKernel(
    { width: across.sourceSize, height: down.sourceSize, bits: from.bits },
    { width: across.windows.size, height: down.windows.size, bits: to.bits },
    counts,
  );
  const uniforms = new Uint32Array(UNIFORM_ALIGN / 4);
  uniforms.set(call.planes);
  const resources = call.arguments.map(({ kind }) => {
    const role = kind === "planes" ? "uniforms" : kind;
    const buffer = buffers.findIndex((each) => each.role === role);
    const byteLength = kind === "planes" ? call.planes.length * 4 : buffers[buffer]!.byteLength;
    return { kind: "buffer", buffer, offset: 0, byteLength } as const;
  });
  const pixels = across.windows.size * down.windows.size;
  return {
    buffers,
    pipelines: [{ label: "resize-pixels", code: call.code, bindings: call.bindings }],
    dispatches: [
      {
        node: "resize",
        op: "resize",
        variant: call.variant,
        pipeline: 0,
        workgroups: call.workgroups,
        resources,
        flops: 2 * 3 * pixels * (counts.x + 1) * counts.y,
        bytes: buffers.reduce((sum, { byteLength }) => sum + byteLength, 0),
      },
    ],
    constants: [],
    uniforms,
  };
}
