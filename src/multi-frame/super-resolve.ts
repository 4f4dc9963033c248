// Owns the API of merging frames: sources in, one larger picture out, on the GPU or, with pixels, on the calling thread.

import { requireDevice } from "../gpu/capabilities.js";
import { CanvasTarget } from "../gpu/present.js";
import type { TextureSlice } from "../gpu/texture-checks.js";
import { DeviceIdle } from "../job/device-idle.js";
import { OUTPUT_OPTIONS, type OutputOptions, requestedOutput } from "../job/output-options.js";
import type { Progress } from "../job/progress.js";
import { imageDataLike, pixelsOfTaken, type TakenPicture } from "../job/taken-picture.js";
import type { Shift } from "../ops/observation.js";
import type { Pixels } from "../ops/pixels.js";
import { requireOptions } from "../options.js";
import { hasAlpha } from "../picture/alpha.js";
import { filledAtOnce, filledUnderTransparency } from "../picture/alpha-fill.js";
import type { OutputKind, OutputTypes } from "../picture/output-kind.js";
import { bitmapOf, blobOf } from "../picture/sink.js";
import { type ImageSource, pixelsOf, type RawPixels, type SharpPixels } from "../picture/source.js";
import { budgetOf } from "../taken-call.js";
import type { DefaultOutput, UpscalerOptions } from "../upscaler.js";
import { doneAtOnce, doneInTurns } from "../weights/event-loop-yield.js";
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
import { drawPixels, MergedTexture } from "./merged-texture.js";
import { checkedMerge, MERGE_OPTIONS, type MergeOptions } from "./options.js";
import { estimateShiftsOf } from "./registration.js";
import { takeFrames } from "./taken-frames.js";

export interface SuperResolveOptions<K extends OutputKind = OutputKind>
  extends MergeOptions,
    OutputOptions,
    Pick<UpscalerOptions, "memoryBudget"> {
  /** What to give back: by default the kind that came in, and an ImageBitmap for elements, frames, blobs and URLs. */
  readonly output?: K | undefined;
  /** Stops within one submit. */
  readonly signal?: AbortSignal | undefined;
  /** Hears after each submit how much is done. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

const CALL_OPTIONS = [...MERGE_OPTIONS, ...OUTPUT_OPTIONS, "memoryBudget", "signal", "onProgress"];
const CPU_OPTIONS = [...MERGE_OPTIONS, "onProgress"];

/**
 * Merges several frames of one still scene into one picture `scale` times as large, which shows detail that no frame has: frames that are
 * shifted by fractions of a pixel sample it at different places. Frames are of one size and kind, and are read when the call is made. They
 * may be shifted only: where they are turned, or something moved, the result is blurred or doubled, and nothing says so.
 * The result is in the place of the first frame. Gray stays gray, 16 bits stay 16; alpha is merged as a colour is.
 *
 * @example
 * const larger = await superResolve(device, frames, { scale: 2 });
 *
 * @throws signal.reason if aborted; EsrganError "bad-input" for options out of range, frames that differ or a budget too small for any
 *   tile, "out-of-memory", "device-lost", "network"
 */
export function superResolve<K extends OutputKind>(
  device: GPUDevice,
  frames: readonly ImageSource[],
  options: SuperResolveOptions<K> & { readonly output: K },
): Promise<OutputTypes[K]>;
export function superResolve<C extends OutputTypes["canvas"]>(
  device: GPUDevice,
  frames: readonly ImageSource[],
  options: SuperResolveOptions<"canvas"> & { readonly canvas: C },
): Promise<C>;
export function superResolve(
  device: GPUDevice,
  frames: readonly ImageSource[],
  options: SuperResolveOptions<"texture"> & { readonly texture: TextureSlice },
): Promise<GPUTexture>;
export function superResolve<S extends ImageSource>(
  device: GPUDevice,
  frames: readonly S[],
  options?: SuperResolveOptions<never>,
): Promise<DefaultOutput<S>>;
export async function superResolve(
  device: GPUDevice,
  frames: readonly ImageSource[],
  options: SuperResolveOptions = {},
): Promise<OutputTypes[OutputKind]> {
  requireDevice(device, "superResolve");
  requireOptions(options, CALL_OPTIONS, "superResolve");
  const { request, registration, shifts: given } = checkedMerge(frames, options);
  const { signal } = options;
  const stop = new Stop(signal);
  stop.check();
  const kind = requestedOutput(frames[0]!, options);
  const memoryBudget = budgetOf(device, options);
  const taken = takeFrames(device, frames, { signal, memoryBudget });
  let first: TakenPicture | undefined;
  const pixels: Pixels[] = [];
  try {
    for (const source of taken) {
      const picture = await stop.until(source.picture);
      first ??= picture;
      pixels.push(await filledUnderTransparency(await pixelsOfTaken(device, picture)));
    }
  } finally {
    for (const source of taken) source.release();
  }
  const set = await doneInTurns(frameSet(pixels), stop);
  const shifts = given ?? (await estimated(set.frames, registration, signal));
  requireOverlap(shifts, set.frames[0]!);
  const { width, height, bits } = set.frames[0]!;
  const size = { width: width * request.scale, height: height * request.scale };
  const format = first!.at === "gpu" ? first!.format : "rgba8unorm";
  // What cannot be written to is refused before the work.
  const place =
    kind === "texture"
      ? await MergedTexture.planned(device, { ...options, memoryBudget }, { size, bits, format })
      : kind;
  const { onProgress, canvas } = options;
  const { colorSpace } = first!;
  const alpha = !set.isOpaque && hasAlpha(set.frames[0]!);
  const shown = canvas && new CanvasTarget(device, canvas, size, { alpha, colorSpace });
  const job = { frames: set.frames, shifts, request, memoryBudget, signal, onProgress };
  const merged = await DeviceIdle.of(device).during(() => mergeOnGpu(device, job));
  const result = set.isOpaque ? withOpaqueAlpha(merged) : merged;
  if (shown) await drawPixels(device, shown, result, colorSpace);
  return typeof place === "string" ? shownAs(place, result, options, first!) : place.store(result);
}

/**
 * The same on the calling thread, in float64. Blocks until done: use a worker.
 * @throws EsrganError "bad-input"
 */
export function superResolveOnCpu(
  frames: readonly (RawPixels | SharpPixels | ImageData)[],
  options: MergeOptions & { readonly onProgress?: (progress: { done: number; total: number }) => void } = {},
): Pixels {
  requireOptions(options, CPU_OPTIONS, "superResolveOnCpu");
  const { request, registration, shifts: given } = checkedMerge(frames, options);
  const set = doneAtOnce(frameSet(Array.from(frames, (frame) => filledAtOnce(pixelsOf(frame)))));
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
 * How frames are shifted against the first, in their own pixels, as superResolve estimates it. Hands the thread back every 20 ms.
 * @throws signal.reason if aborted; EsrganError "bad-input"
 */
export async function estimateShifts(
  frames: readonly (RawPixels | SharpPixels | ImageData)[],
  options: Pick<SuperResolveOptions, "registration" | "signal"> = {},
): Promise<readonly Shift[]> {
  requireOptions(options, ["registration", "signal"], "estimateShifts");
  const { registration } = checkedMerge(frames, options);
  const set = await doneInTurns(frameSet(Array.from(frames, pixelsOf)), new Stop(options.signal));
  return estimated(set.frames, registration, options.signal);
}

function estimated(
  frames: readonly Pixels[],
  registration: "gradient" | "frequency",
  signal: AbortSignal | undefined,
): Promise<readonly Shift[]> {
  return doneInTurns(estimateShiftsOf(frames.map(registrationPlane), registration), new Stop(signal));
}

async function shownAs(
  kind: Exclude<OutputKind, "texture">,
  pixels: Pixels,
  options: OutputOptions,
  first: TakenPicture,
): Promise<OutputTypes[OutputKind]> {
  const { colorSpace } = first;
  switch (kind) {
    case "pixels":
      return pixels;
    case "imageData":
      return imageDataLike(first, pixels, options.pixelFormat);
    case "imageBitmap":
      return bitmapOf(pixels, colorSpace);
    case "blob":
      return blobOf(pixels, options, colorSpace);
    case "canvas":
      return options.canvas!;
  }
}
