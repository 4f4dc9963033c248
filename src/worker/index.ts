/// <reference lib="esnext.disposable" preserve="true" />
// The public API of esrgan-webgpu/worker. Owns what is exported.

export { EsrganError, type EsrganErrorCode } from "../errors.js";
export {
  createWorkerUpscaler,
  type WorkerOutput,
  type WorkerUpscaleOptions,
  WorkerUpscaler,
  type WorkerUpscalerOptions,
} from "./client.js";
export { type MessageScope, serve } from "./serve.js";
