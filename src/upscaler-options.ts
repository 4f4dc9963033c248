// Owns the options of an Upscaler and its calls: types and names. What they mean is checked where they are used.

import type { TextureSlice } from "./gpu/texture-checks.js";
import type { TuneOptions } from "./gpu/tuner.js";
import type { TuningOption } from "./job/auto-tuning.js";
import { OUTPUT_OPTIONS, type OutputOptions } from "./job/output-options.js";
import type { Progress } from "./job/progress.js";
import { RESULT_OPTIONS, type ResultOptions } from "./job/result-options.js";
import type { CallForm } from "./job/upscale-plan.js";
import type { ModelSource } from "./models/bundled.js";
import type { Architecture } from "./models/detect.js";
import type { LoadModelOptions } from "./models/model.js";
import type { Pixels } from "./ops/pixels.js";
import { type OutputKind, requireOutputKind } from "./picture/output-kind.js";
import type { ImageSource, PixelFormat, RawPixels, SharpPixels } from "./picture/source.js";
import type { Precision } from "./plan/choose-kernel.js";

/** How to make an Upscaler: with which model, and within what. */
export interface UpscalerOptions {
  /** A bundled name, a loaded model, a companion package's export, or whatever loadModel takes. "general-x4v3" by default. */
  readonly model?: ModelSource | undefined;
  /** "f16" means f16 storage and works without shader-f16; "auto" (the default) chooses by device. */
  readonly precision?: "auto" | Precision | undefined;
  /**
   * Bytes that everything on the GPU may take together, weights included. By default as many as the device allows for one
   * buffer, and at most 1 GiB.
   */
  readonly memoryBudget?: number | undefined;
  /**
   * Which kernels are used: "auto" (the default) measures those that the device could have in idle time after the first picture, and uses
   * the fastest from then on; "off" takes the built-in table; or what tune() returned for this device and precision.
   */
  readonly tuning?: TuningOption | undefined;
  /** For the loading of the model. */
  readonly load?: LoadModelOptions | undefined;
}

/** How to run, beside what. */
export interface RunOptions {
  /**
   * Stops the call at once where it waits for kernels to compile, else within one submit (about 50 ms of GPU time); it rejects with
   * signal.reason and leaves nothing behind.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called as the work goes on, at last with done equal to total. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Hears one sentence when something was done in another way than asked: f32 where f16 overflowed, smaller tiles. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** Options of one call of upscale(). */
export interface UpscaleOptions<K extends OutputKind = OutputKind> extends ResultOptions, RunOptions, OutputOptions {
  /** What to give back: by default the kind that came in, and an ImageBitmap for elements, frames, blobs and URLs. */
  readonly output?: K | undefined;
}

/** What the pixels of strips may be given as. */
export type StripOutput = "pixels" | "imageData";

/** Options of one call of strips(). */
export interface StripOptions<K extends StripOutput = StripOutput> extends ResultOptions, RunOptions {
  /** "pixels" (the default) keeps channels and 16 bits; "imageData" is RGBA, as putImageData() takes it. */
  readonly output?: K | undefined;
  /** Of the output "imageData": as for upscale(). */
  readonly pixelFormat?: PixelFormat | undefined;
}

/** What a source becomes where no output is asked for. */
export type DefaultOutput<S extends ImageSource> = S extends RawPixels | SharpPixels
  ? Pixels
  : S extends ImageData
    ? ImageData
    : S extends GPUTexture | TextureSlice
      ? GPUTexture
      : ImageBitmap;

/** What plan() and prepare() need to know of a picture beside its size. */
export interface PlanOptions extends ResultOptions {
  /** Of a channel; 8 by default. */
  readonly bits?: 8 | 16 | undefined;
  /** Of the picture; 3 by default. */
  readonly channels?: Pixels["channels"] | undefined;
  /**
   * "texture", "imageBitmap" and "canvas" plan for a bitmap, element or texture that stays on the GPU, in RGBA: memory is counted
   * with the copy of it that is taken and what lies between the stages. By default, and for all others, pixels are read back.
   */
  readonly output?: OutputKind | undefined;
}

/** Options of one call of prepare(). */
export interface PrepareOptions extends PlanOptions, Pick<RunOptions, "signal"> {}

/** What the model is. */
export interface ModelInfo {
  /** As it was asked for, or the last part of its URL. */
  readonly name: string;
  /** Which kind of network, found out from names and shapes of its tensors. */
  readonly architecture: Architecture;
  /** Output pixels for each of the source's along an axis. */
  readonly scale: number;
  /** Residual blocks, or convolutions of a Compact network. */
  readonly blocks: number;
}

export const UPSCALER_OPTIONS = [
  "model",
  "precision",
  "memoryBudget",
  "tuning",
  "load",
] as const satisfies readonly (keyof UpscalerOptions)[];

const RUN_OPTIONS = ["signal", "onProgress", "onNote"] as const satisfies readonly (keyof RunOptions)[];
const CALL_OPTIONS = [...RESULT_OPTIONS, ...RUN_OPTIONS];
export const STRIP_OPTIONS = [...CALL_OPTIONS, "output", "pixelFormat"];
export const UPSCALE_OPTIONS: readonly string[] = [...CALL_OPTIONS, ...OUTPUT_OPTIONS];
export const PLAN_OPTIONS = [...RESULT_OPTIONS, "bits", "channels", "output"];
export const TUNE_OPTIONS: readonly (keyof TuneOptions)[] = ["budgetMs", "signal", "software", "size"];
export const PREPARE_OPTIONS = [...PLAN_OPTIONS, "signal"];

/** The picture that is planned for. @throws EsrganError "bad-input" for an output that is none */
export function formOf(width: number, height: number, { bits = 8, channels = 3, output }: PlanOptions): CallForm {
  if (output !== undefined) requireOutputKind(output);
  return { width, height, bits, channels, output };
}
