// Owns the making of an Upscaler. The class, and with it all that plans and runs a network, is a part that loads beside the model.

import { EsrganError } from "./errors.js";
import { requireKnown } from "./job/options.js";
import { loadPart } from "./load-part.js";
import { loadModel } from "./models/bundled.js";
import { requireDevice } from "./taken-call.js";
import type { Upscaler } from "./upscaler-class.js";
import { UPSCALER_OPTIONS, type UpscalerOptions } from "./upscaler-options.js";
import { Stop } from "./weights/stop.js";

export type { Progress } from "./job/progress.js";
export type { AlphaMode, ResultOptions, TileOption } from "./job/result-options.js";
export type { Strip } from "./job/upscale-job.js";
export type { UpscalePlan } from "./job/upscale-plan.js";
export type { Upscaler } from "./upscaler-class.js";
export type {
  DefaultOutput,
  ModelInfo,
  PlanOptions,
  PrepareOptions,
  RunOptions,
  StripOptions,
  StripOutput,
  UpscaleOptions,
  UpscalerOptions,
} from "./upscaler-options.js";

/**
 * Loads the model and makes an Upscaler for `device`, which stays the caller's. Weights are uploaded with the first picture.
 * @example
 * const upscaler = await createUpscaler(device, { model: "general-x4v3", memoryBudget: 256 * 2 ** 20 });
 * @throws EsrganError "bad-input", or what loadModel throws
 */
export async function createUpscaler(device: GPUDevice, options: UpscalerOptions = {}): Promise<Upscaler> {
  requireDevice(device, "createUpscaler");
  requireKnown(options, UPSCALER_OPTIONS, "createUpscaler");
  return upscalerFor(device, options);
}

/** @internal createUpscaler without a look at the names of options. */
export async function upscalerFor(device: GPUDevice, options: UpscalerOptions): Promise<Upscaler> {
  const { precision = "auto", memoryBudget } = options;
  if (precision !== "auto" && precision !== "f32" && precision !== "f16") {
    throw new EsrganError("bad-input", `precision must be "auto", "f32" or "f16", got "${precision}"`);
  }
  if (memoryBudget !== undefined && !(typeof memoryBudget === "number" && memoryBudget > 0)) {
    throw new EsrganError("bad-input", `memoryBudget must be a positive number of bytes, got ${memoryBudget}`);
  }
  const both = Promise.all([loadUpscalerClass(), loadModel(options.model, options.load)]);
  const [{ openUpscaler }, model] = await new Stop(options.load?.signal).until(both);
  return openUpscaler(device, model, options);
}

/** @internal Asks for the part with the class, which comes while the model does. */
export function loadUpscalerClass(): Promise<typeof import("./upscaler-class.js")> {
  return loadPart(() => import("./upscaler-class.js"));
}
