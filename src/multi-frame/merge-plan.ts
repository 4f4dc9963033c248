// Owns a merge on the GPU as plain data: buffers, dispatches, and the tiles that a memory budget allows. Touches no GPU.

import { EsrganError } from "../errors.js";
import {
  type Descent,
  descentCall,
  differencesCall,
  frameValues,
  type MergeShape,
  packedBytes,
  packLevelsCall,
  pictureValues,
  shiftAndAddCall,
  tableWords,
} from "../ops/multi-frame.kernels.js";
import { tapCount } from "../ops/observation.js";
import { PICTURE_HEADER_BYTES } from "../ops/picture.kernels.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import {
  bytesOfBuffers,
  type PlannedBuffer,
  plannedBuffer,
  type RunnablePlan,
  UNIFORM_ALIGN,
} from "../plan/runnable-plan.js";
import { type AxisTiles, cutAxis } from "../plan/tile-plan.js";
import { BILATERAL, HUBER, type MergeRequest, POCS_SLACK, shiftAndAddSigma } from "./method.js";
import { type PlannedStep, plannedSteps } from "./planned-steps.js";

/** The kind of the frames and how many there are. */
export type FrameForm = Omit<MergeShape, "scale" | "taps">;

export interface MergePlan extends RunnablePlan {
  readonly shape: MergeShape;
  /** Bytes of the merged tile, in interleaved rows. */
  readonly resultBytes: number;
}

export interface MergeTiles {
  readonly columns: AxisTiles;
  readonly rows: AxisTiles;
}

// Index of each buffer in the plan.
const BUFFERS = {
  frames: 0,
  tables: 1,
  picture: 2,
  nextPicture: 3,
  differences: 4,
  packed: 5,
};

/** The merge of whole frames of this form. `step` is that of the descent. */
export function planMerge(form: FrameForm, request: MergeRequest, step: number): MergePlan {
  const shape = { ...form, scale: request.scale, taps: tapCount(request.scale, request.psf) };
  const steps = stepsOf(shape, request, step);
  const resultBytes = packedBytes(pictureValues(shape), shape.bits);
  return { shape, resultBytes, ...plannedSteps(steps, buffersOf(shape, request)) };
}

/** Bytes that the merge takes on the GPU. */
export function mergeBytes(plan: MergePlan): number {
  return bytesOfBuffers(plan.buffers);
}

function stepsOf(shape: MergeShape, request: MergeRequest, step: number): PlannedStep[] {
  const { frames, scale, taps } = shape;
  const { picture, nextPicture, differences, packed } = BUFFERS;
  const values = pictureValues(shape);
  const start = shiftAndAddCall(shape, shiftAndAddSigma(scale, frames));
  const steps: PlannedStep[] = [
    { call: start, inputs: [], output: picture, flops: values * frames * 2 * (taps / scale) ** 2 },
  ];
  let current = picture;
  const isByFrame = request.method === "pocs";
  const ranges = isByFrame
    ? Array.from({ length: frames }, (_, first) => ({ first, count: 1 }))
    : [{ first: 0, count: frames }];
  // Rounds are the same dispatches again.
  const descents = ranges.map((range) => ({
    compared: differencesCall(shape, range, isByFrame ? POCS_SLACK : undefined),
    descended: descentCall(shape, range, descentOf(request, step)),
    flops: 2 * frameValues(shape, range.count) * taps ** 2,
  }));
  for (let round = 0; round < request.iterations; round++) {
    for (const { compared, descended, flops } of descents) {
      const other = current === picture ? nextPicture : picture;
      steps.push({ call: compared, inputs: [current], output: differences, flops });
      steps.push({ call: descended, inputs: [current, differences], output: other, flops });
      current = other;
    }
  }
  steps.push({ call: packLevelsCall(shape), inputs: [current], output: packed, flops: values });
  return steps;
}

function descentOf({ method, prior }: MergeRequest, step: number): Descent {
  if (method === "pocs") return { kind: "pocs" };
  if (method !== "map") return { kind: "back-projection", step };
  return prior === "btv" ? { kind: "btv", step, prior: BILATERAL } : { kind: "huber", step, prior: HUBER };
}

function buffersOf(shape: MergeShape, { method }: MergeRequest): PlannedBuffer[] {
  const { frames, bits } = shape;
  // The start, what packs, and two a round or, for POCS, a frame.
  const calls = 2 + 2 * (method === "pocs" ? frames : 1);
  const pictureBytes = pictureValues(shape) * Float32Array.BYTES_PER_ELEMENT;
  const result = packedBytes(pictureValues(shape), bits);
  const isIterative = method !== "shift-and-add";
  const compared = isIterative ? frameValues(shape, method === "pocs" ? 1 : frames) : 0;
  return [
    plannedBuffer("frames", "picture-in", packedBytes(frameValues(shape, frames), bits)),
    plannedBuffer("taps", "tables", tableWords(shape) * Float32Array.BYTES_PER_ELEMENT),
    plannedBuffer("picture", "activations", pictureBytes),
    plannedBuffer("next picture", "activations", isIterative ? pictureBytes : 0),
    plannedBuffer("differences", "activations", compared * Float32Array.BYTES_PER_ELEMENT),
    // Runs clear as many bytes of it as a header has, which the smallest pictures do not.
    plannedBuffer("merged picture", "packed-out", Math.max(result, PICTURE_HEADER_BYTES)),
    plannedBuffer("staging", "staging", result),
    plannedBuffer("uniforms", "uniforms", calls * UNIFORM_ALIGN),
  ];
}

/** Pixels of a frame that tiles have in common on each side of their cores, beside the largest shift. */
export const TILE_OVERLAP = 16;

/**
 * The fewest tiles that fit the budget and the device. `reach` is the largest shift.
 * @throws EsrganError "bad-input" where not even the smallest tile fits
 */
export function chooseMergeTiles(
  form: FrameForm,
  request: MergeRequest,
  { budget, reach, device }: { readonly budget: number; readonly reach: number; readonly device: DeviceCapabilities },
): MergeTiles {
  const overlap = TILE_OVERLAP + Math.ceil(reach);
  const axis = (length: number) => ({ length, overlap, multiple: 1, wraps: false });
  let counts = { columns: 1, rows: 1 };
  for (;;) {
    const columns = cutAxis(axis(form.width), counts.columns);
    const rows = cutAxis(axis(form.height), counts.rows);
    const tile = { ...form, width: columns.size, height: rows.size };
    if (fits(tile, request, budget, device)) return { columns, rows };
    // The longer side is cut further, and the other one once that cannot be.
    const sides = columns.size >= rows.size ? (["columns", "rows"] as const) : (["rows", "columns"] as const);
    const more = (side: "columns" | "rows") => counts[side] + Math.ceil(counts[side] / 4);
    const side = sides.find((each) => {
      const length = each === "columns" ? form.width : form.height;
      return cutAxis(axis(length), more(each)).spans.length > counts[each];
    });
    if (!side) throw tooLarge(tile, request, budget);
    counts = { ...counts, [side]: more(side) };
  }
}

function fits(tile: FrameForm, request: MergeRequest, budget: number, device: DeviceCapabilities): boolean {
  const { scale, psf } = request;
  const buffers = buffersOf({ ...tile, scale, taps: tapCount(scale, psf) }, request);
  const largest = Math.max(...buffers.map(({ byteLength }) => byteLength));
  const most = Math.min(device.maxBufferSize, device.maxStorageBufferBindingSize);
  return bytesOfBuffers(buffers) <= budget && largest <= most;
}

function tooLarge({ width, height, frames, channels, bits }: FrameForm, { scale }: MergeRequest, budget: number) {
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  const what = `${many(frames, "frame")} of ${many(channels, "channel")} with ${bits} bits`;
  return new EsrganError(
    "bad-input",
    `The memory budget of ${budget} bytes is too small for ${what} at scale ${scale}, even in tiles of ${width}x${height} pixels`,
  );
}
