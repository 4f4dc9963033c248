// Owns the making of an Upscaler. The class, and with it all that plans and runs a network, is a part that loads beside the model.

import { requireDevice } from "./gpu/capabilities.js";
import { loadPart } from "./load-part.js";
import { DEFAULT_MODEL, loadArriving } from "./models/bundled.js";
import type { Model } from "./models/model.js";
import type { Network } from "./models/network.js";
import { requireOptions } from "./options.js";
import { requireUpscalerOptions } from "./taken-call.js";
import type { Upscaler } from "./upscaler-class.js";
import { UPSCALER_OPTIONS, type UpscalerOptions } from "./upscaler-options.js";
import { onAbort } from "./weights/abort-listener.js";
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
 * Loads the model and makes an Upscaler for `device`, which stays the caller's. Kernels are compiled, and weights packed and uploaded, while
 * the weights of a .safetensors file come: give its address here rather than what loadModel() makes of it. Other weights are uploaded with
 * the first picture.
 * @example
 * const upscaler = await createUpscaler(device, { model: "general-x4v3", memoryBudget: 256 * 2 ** 20 });
 * @throws EsrganError "bad-input", or what loadModel throws
 */
export async function createUpscaler(device: GPUDevice, options: UpscalerOptions = {}): Promise<Upscaler> {
  requireDevice(device, "createUpscaler");
  requireOptions(options, UPSCALER_OPTIONS, "createUpscaler");
  requireUpscalerOptions(options);
  return upscalerFor(device, options);
}

/** @internal createUpscaler of options that were checked, for a device that may still be opening. */
export async function upscalerFor(device: GPUDevice | Promise<GPUDevice>, options: UpscalerOptions): Promise<Upscaler> {
  const asked = options.load?.signal;
  asked?.throwIfAborted();
  const stop = new AbortController();
  const leave = asked && onAbort(asked, () => stop.abort(asked.reason));
  try {
    return await loadUpscaler(device, options, stop.signal);
  } catch (error) {
    stop.abort(error); // without a device there is no use for the weights
    throw error;
  } finally {
    leave?.();
  }
}

/** The Upscaler of a model that may have to come. It is there, and gets ready, as soon as the network is known. */
async function loadUpscaler(
  device: GPUDevice | Promise<GPUDevice>,
  options: UpscalerOptions,
  signal: AbortSignal,
): Promise<Upscaler> {
  const open = async (model: Model, isArriving: boolean) => {
    const [{ openUpscaler }, opened] = await Promise.all([loadUpscalerClass(), device]);
    return openUpscaler(opened, model, options, isArriving);
  };
  let early: { readonly network: Network; readonly upscaler: Promise<Upscaler> } | undefined;
  const dropEarly = () => {
    early?.upscaler.then(
      (upscaler) => upscaler.destroy(),
      () => {},
    );
    early = undefined;
  };
  const onArriving = (model: Model) => {
    dropEarly();
    early = { network: model.network, upscaler: open(model, true) };
    early.upscaler.catch(() => {}); // told once the weights have come
  };
  try {
    const { model: source = DEFAULT_MODEL, load } = options;
    const loading = loadArriving(source, { ...load, signal, onArriving });
    const [model] = await new Stop(signal).until(Promise.all([loading, loadUpscalerClass(), device]));
    // One of bytes that turned out wrong, where those read instead told nothing early.
    if (early?.network !== model.network) dropEarly();
    return await (early?.upscaler ?? open(model, false));
  } catch (error) {
    dropEarly();
    throw error;
  }
}

/** @internal Asks for the part with the class, which comes while the model does. */
export function loadUpscalerClass(): Promise<typeof import("./upscaler-class.js")> {
  return loadPart(() => import("./upscaler-class.js"));
}
