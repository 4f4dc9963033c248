// Owns the API of merging frames: sources in, one larger picture out, on the GPU or, with pixels, on the calling thread.

import { EsrganError } from "../errors.js";
import { DeviceIdle } from "../job/device-idle.js";
import { requireKnown } from "../job/options.js";
import { requestedOutput } from "../job/output-options.js";
import type { Progress } from "../job/progress.js";
import { pixelsOfTaken } from "../job/taken-picture.js";
import { type TakenSource, takeSource } from "../job/taken-source.js";
import type { Shift } from "../ops/observation.js";
import type { Pixels } from "../ops/pixels.js";
import { filledAtOnce, filledUnderTransparency } from "../picture/alpha-fill.js";
import { doneAtOnce, doneInTurns } from "../picture/event-loop-yield.js";
import type { BlobOptions, OutputKind, OutputTypes } from "../picture/output-kind.js";
import { bitmapOf, blobOf, imageDataOf } from "../picture/sink.js";
import { type ColorSpace, type ImageSource, pixelsOf, type RawPixels, type SharpPixels } from "../picture/source.js";
import { budgetOf, requireDevice } from "../taken-call.js";
import type { UpscalerOptions } from "../upscaler.js";
import { Stop } from "../weights/stop.js";
import {
  channelPlane,
  frameSet,
  pixelsOfPlanes,
  registrationPlane,
  requireOverlap,
  withOpaqueAlpha,
} from "./frames.js";
import { mergePlanes } from "./merge.reference.js";
import { mergeOnGpu } from "./merge-on-gpu.js";
import { checkedMerge, MERGE_OPTIONS, type MergeOptions } from "./options.js";
import { estimateShiftsOf } from "./registration.js";

/** What a merge can be given back as. */
export type MergedKind = Exclude<OutputKind, "texture" | "canvas">;

export interface SuperResolveOptions<K extends MergedKind = MergedKind>
  extends MergeOptions,
    BlobOptions,
    Pick<UpscalerOptions, "memoryBudget"> {
  /** What to give back: by default pixels for pixels, ImageData for ImageData, and an ImageBitmap for all others. */
  readonly output?: K | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What frames become where no output is asked for. */
export type DefaultMerged<S extends ImageSource> = S extends RawPixels | SharpPixels
  ? Pixels
  : S extends ImageData
    ? ImageData
    : ImageBitmap;

const CALL_OPTIONS = [...MERGE_OPTIONS, "memoryBudget", "output", "type", "quality", "signal", "onProgress"];
const CPU_OPTIONS = [...MERGE_OPTIONS, "onProgress"];

/** How much of the budget copies of the frames may take on the GPU. */
const SNAPSHOT_SHARE = 1 / 4;

/**
 * Merges several frames of one still scene into one picture `scale` times as large, which shows detail that no frame has: frames that are
 * shifted by fractions of a pixel sample it at different places. Frames are of one size and kind, and are read when the call is made.
 * The result is in the place of the first frame. Gray stays gray, 16 bits stay 16; alpha is merged as a colour is.
 *
 * @example
 * const larger = await superResolve(device, frames, { scale: 2 });
 *
 * @throws signal.reason if aborted; EsrganError "bad-input" for options out of range, frames that differ or a budget too small for any
 *   tile, "out-of-memory", "device-lost", "network"
 */
export function superResolve<K extends MergedKind>(
  device: GPUDevice,
  frames: readonly ImageSource[],
  options: SuperResolveOptions<K> & { readonly output: K },
): Promise<OutputTypes[K]>;
export function superResolve<S extends ImageSource>(
  device: GPUDevice,
  frames: readonly S[],
  options?: SuperResolveOptions<never>,
): Promise<DefaultMerged<S>>;
export async function superResolve(
  device: GPUDevice,
  frames: readonly ImageSource[],
  options: SuperResolveOptions = {},
): Promise<OutputTypes[MergedKind]> {
  requireDevice(device, "superResolve");
  requireKnown(options, CALL_OPTIONS, "superResolve");
  const { request, registration, shifts: given } = checkedMerge(frames, options);
  const { signal, memoryBudget: asked } = options;
  if (asked !== undefined && !(typeof asked === "number" && asked > 0)) {
    throw new EsrganError("bad-input", `memoryBudget must be a positive number of bytes, got ${asked}`);
  }
  const stop = new Stop(signal);
  stop.check();
  const kind = outputOf(frames, options);
  const memoryBudget = budgetOf(device, options);
  const gpuBytes = (memoryBudget * SNAPSHOT_SHARE) / frames.length;
  const taken = takeAll(device, frames, { signal, gpuBytes });
  let colorSpace: ColorSpace = "srgb";
  const pixels: Pixels[] = [];
  try {
    for (const source of taken) {
      const picture = await stop.until(source.picture);
      if (pixels.length === 0) colorSpace = picture.colorSpace;
      pixels.push(await filledUnderTransparency(await pixelsOfTaken(device, picture)));
    }
  } finally {
    for (const source of taken) source.release();
  }
  const set = await doneInTurns(frameSet(pixels), signal);
  const shifts = given ?? (await estimated(set.frames, registration, signal));
  requireOverlap(shifts, set.frames[0]!);
  const { onProgress } = options;
  const job = { frames: set.frames, shifts, request, memoryBudget, signal, onProgress };
  const merged = await DeviceIdle.of(device).during(() => mergeOnGpu(device, job));
  return shownAs(kind, set.isOpaque ? withOpaqueAlpha(merged) : merged, options, colorSpace);
}

/**
 * The same on the calling thread, in float64. Blocks until done: use a worker.
 * @throws EsrganError "bad-input"
 */
export function superResolveOnCpu(
  frames: readonly (RawPixels | SharpPixels | ImageData)[],
  options: MergeOptions & { readonly onProgress?: (progress: { done: number; total: number }) => void } = {},
): Pixels {
  requireKnown(options, CPU_OPTIONS, "superResolveOnCpu");
  const { request, registration, shifts: given } = checkedMerge(frames, options);
  const set = doneAtOnce(frameSet(frames.map((frame) => filledAtOnce(pixelsOf(frame)))));
  const [first] = set.frames as [Pixels];
  const shifts = given ?? doneAtOnce(estimateShiftsOf(set.frames.map(registrationPlane), registration));
  requireOverlap(shifts, first);
  const total = first.channels * request.iterations;
  let done = 0;
  const onRound = () => options.onProgress?.({ done: ++done, total });
  const planes = Array.from({ length: first.channels }, (_, channel) =>
    mergePlanes(
      set.frames.map((frame) => channelPlane(frame, channel)),
      shifts,
      request,
      onRound,
    ),
  );
  const merged = pixelsOfPlanes(planes, first.bits);
  return set.isOpaque ? withOpaqueAlpha(merged) : merged;
}

/**
 * How frames are shifted against the first, in their own pixels, as superResolve estimates it. Hands the thread back every 50 ms.
 * @throws signal.reason if aborted; EsrganError "bad-input"
 */
export async function estimateShifts(
  frames: readonly (RawPixels | SharpPixels | ImageData)[],
  options: Pick<SuperResolveOptions, "registration" | "signal"> = {},
): Promise<readonly Shift[]> {
  requireKnown(options, ["registration", "signal"], "estimateShifts");
  const { registration } = checkedMerge(frames, options);
  const set = await doneInTurns(frameSet(frames.map(pixelsOf)), options.signal);
  return estimated(set.frames, registration, options.signal);
}

function estimated(
  frames: readonly Pixels[],
  registration: "gradient" | "frequency",
  signal: AbortSignal | undefined,
): Promise<readonly Shift[]> {
  return doneInTurns(estimateShiftsOf(frames.map(registrationPlane), registration), signal);
}

function outputOf(frames: readonly ImageSource[], { output, type, quality }: SuperResolveOptions): MergedKind {
  const kind = requestedOutput(frames[0]!, { output, type, quality });
  if (kind !== "texture" && kind !== "canvas") return kind;
  if (output === undefined) return requestedOutput(frames[0]!, { output: "imageBitmap", type, quality }) as MergedKind;
  const wanted = `"pixels", "imageData", "imageBitmap" or "blob"`;
  throw new EsrganError("bad-input", `The output of superResolve must be ${wanted}, got "${kind}"`);
}

function takeAll(
  device: GPUDevice,
  frames: readonly ImageSource[],
  options: { readonly signal: AbortSignal | undefined; readonly gpuBytes: number },
): TakenSource[] {
  const taken: TakenSource[] = [];
  try {
    for (const frame of frames) taken.push(takeSource(device, frame, options));
    return taken;
  } catch (error) {
    for (const source of taken) source.release();
    throw error;
  }
}

async function shownAs(
  kind: MergedKind,
  pixels: Pixels,
  { type, quality }: BlobOptions,
  colorSpace: ColorSpace,
): Promise<OutputTypes[MergedKind]> {
  switch (kind) {
    case "pixels":
      return pixels;
    case "imageData":
      return imageDataOf(pixels, colorSpace);
    case "imageBitmap":
      return bitmapOf(pixels, colorSpace);
    case "blob":
      return blobOf(pixels, { type, quality }, colorSpace);
  }
}
