/// <reference lib="esnext.disposable" preserve="true" />
// What the package offers under "esrgan-webgpu/multi-frame": several frames of one scene merged into a larger picture.

export type { PointSpread, Shift } from "../ops/observation.js";
export { type AccumulatorOptions, createAccumulator, type FrameAccumulator } from "./accumulator.js";
export { halton } from "./halton.js";
export type { MergeMethod, MergePrior } from "./method.js";
export type { MergeOptions } from "./options.js";
export type { RegistrationMethod } from "./registration.js";
export {
  estimateShifts,
  type SuperResolveOptions,
  superResolve,
  superResolveOnCpu,
} from "./super-resolve.js";
