/// <reference lib="esnext.disposable" preserve="true" />
// The public API of esrgan-webgpu.

export { upscaleOnCpu } from "./cpu.js";
export { type ErrorText, EsrganError, type EsrganErrorCode, type EsrganErrorData } from "./errors.js";
export { deviceRequirements } from "./gpu/capabilities.js";
export { isSupported, type Support } from "./gpu/find-adapter.js";
export type { TextureSlice } from "./gpu/texture-checks.js";
export type { TuneOptions } from "./gpu/tuner.js";
export { keepTuningIn, type TuningStore } from "./gpu/tuning-store.js";
export type { TuningOption } from "./job/auto-tuning.js";
export type { OutputOptions } from "./job/output-options.js";
export type { PassOptions, PassRange } from "./job/pass-options.js";
export type { PassInput, PassJob, UpscalePass } from "./job/upscale-pass.js";
export {
  BUNDLED_MODELS,
  type BundledModel,
  DEFAULT_MODEL,
  isModelName,
  loadModel,
  type ModelSource,
} from "./models/bundled.js";
export type { Architecture } from "./models/detect.js";
export { interpolateModels, type ModelPart } from "./models/interpolate.js";
export type { LoadModelOptions, Model } from "./models/model.js";
export type { WeightsLoader } from "./models/named-weights.js";
export type { Pixels } from "./ops/pixels.js";
export type { BlobOptions, OutputKind, OutputTypes } from "./picture/output-kind.js";
export type {
  ColorSpace,
  ElementSource,
  ImageSource,
  PixelFormat,
  RawPixels,
  SharpPixels,
  TextureLevel,
} from "./picture/source.js";
export type { Precision } from "./plan/choose-kernel.js";
export type { TextureAlpha, Transfer } from "./plan/texture-forms.js";
export type { TunedChoice, TunedMeasurement, TuningTable } from "./plan/tuning.js";
export { type OneCallOptions, releaseAll, upscale } from "./upscale.js";
export {
  type AlphaMode,
  createUpscaler,
  type DefaultOutput,
  type ModelInfo,
  type PlanOptions,
  type PrepareOptions,
  type Progress,
  type ResultOptions,
  type RunOptions,
  type Strip,
  type StripOptions,
  type StripOutput,
  type TileOption,
  type UpscaleOptions,
  type UpscalePlan,
  type Upscaler,
  type UpscalerOptions,
} from "./upscaler.js";
export type { ByteSource, LoadProgress, ReadOptions } from "./weights/byte-source.js";
