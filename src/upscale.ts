// Owns the one-call API: keeps an Upscaler for each device and model, and lets it go after a while idle.

import { EsrganError } from "./errors.js";
import { requireDevice } from "./gpu/capabilities.js";
import type { TextureSlice } from "./gpu/texture-checks.js";
import { DEFAULT_MODEL, loadArriving, type ModelSource } from "./models/bundled.js";
import type { LoadModelOptions, Model } from "./models/model.js";
import type { Network } from "./models/network.js";
import { SharedLoad } from "./models/shared-load.js";
import { requireOptions } from "./options.js";
import type { OutputKind, OutputTypes } from "./picture/output-kind.js";
import type { ImageSource } from "./picture/source.js";
import { budgetOf, PREPARE_TAKEN, requireUpscalerOptions, takeForCall, UPSCALE_TAKEN } from "./taken-call.js";
import { loadUpscalerClass, type Upscaler, upscalerFor } from "./upscaler.js";
import {
  type DefaultOutput,
  UPSCALE_OPTIONS,
  UPSCALER_OPTIONS,
  type UpscaleOptions,
  type UpscalerOptions,
} from "./upscaler-options.js";
import { requireHexadecimal } from "./weights/byte-source.js";
import { Stop } from "./weights/stop.js";

/** How long an Upscaler that upscale() made stays after its last call. */
const IDLE_MS = 30_000;

const keptByDevice = new WeakMap<GPUDevice, Map<unknown, KeptModel>>();

/** Loads of bytes, Blobs, Responses and functions, for as long as the caller has those: a Response can be read but once. */
const loadsByObject = new WeakMap<object, SharedLoad<Model>>();

/** Options of upscale(): those of the Upscaler behind it and those of the call. */
export type OneCallOptions<K extends OutputKind = OutputKind> = UpscaleOptions<K> & UpscalerOptions;

/**
 * Upscales a picture: 4x with the bundled default model, unless `options` say otherwise. The Upscaler behind it is kept for
 * the device, model and its options, and freed after half a minute without a call.
 * @example
 * const bitmap = await upscale(device, file); // a file of 640x480 pixels becomes an ImageBitmap of 2560x1920
 * await upscale(device, video, { canvas, model: "anime-6b" });
 * @throws as createUpscaler and Upscaler.upscale
 */
export function upscale<K extends OutputKind>(
  device: GPUDevice,
  source: ImageSource,
  options: OneCallOptions<K> & { readonly output: K },
): Promise<OutputTypes[K]>;
export function upscale<C extends OutputTypes["canvas"]>(
  device: GPUDevice,
  source: ImageSource,
  options: OneCallOptions<"canvas"> & { readonly canvas: C },
): Promise<C>;
export function upscale(
  device: GPUDevice,
  source: ImageSource,
  options: OneCallOptions<"texture"> & { readonly texture: TextureSlice },
): Promise<GPUTexture>;
export function upscale<S extends ImageSource>(
  device: GPUDevice,
  source: S,
  options?: OneCallOptions<never>,
): Promise<DefaultOutput<S>>;
export async function upscale(
  device: GPUDevice,
  source: ImageSource,
  options: OneCallOptions = {},
): Promise<OutputTypes[OutputKind]> {
  requireDevice(device, "upscale");
  requireOptions(options, [...UPSCALE_OPTIONS, ...UPSCALER_OPTIONS], "upscale");
  requireUpscalerOptions(options);
  // Taken now, as the model and the code may still have to come.
  const taken = takeForCall(device, source, options, budgetOf(device, options));
  // What does not load is told when the call needs it.
  loadUpscalerClass().catch(() => {});
  try {
    return await keptModel(device, options).use(options, {
      prepare: (upscaler) => upscaler[PREPARE_TAKEN](taken, options),
      run: (upscaler) => upscaler[UPSCALE_TAKEN](taken, options),
    });
  } finally {
    taken.source.release();
  }
}

/**
 * Frees at once what upscale() keeps for `device`, models included: calls that run or wait fail. The device is left alone, and the
 * next call starts anew.
 * @throws EsrganError "bad-input"
 */
export function releaseAll(device: GPUDevice): void {
  requireDevice(device, "releaseAll");
  const models = keptByDevice.get(device);
  keptByDevice.delete(device);
  for (const [key, model] of models ?? []) {
    if (isObject(key)) loadsByObject.delete(key);
    model.release();
  }
}

function keptModel(device: GPUDevice, { model = DEFAULT_MODEL, load }: OneCallOptions): KeptModel {
  const key = modelKey(model, load);
  const models = keptByDevice.get(device) ?? new Map<unknown, KeptModel>();
  keptByDevice.set(device, models);
  const found = models.get(key);
  if (found) return found;
  const kept = new KeptModel(device, sharedLoad(key, model, load), () => {
    if (models.get(key) === kept) models.delete(key);
  });
  models.set(key, kept);
  return kept;
}

/** What tells one model from another: its weights, and what is stated of them. */
function modelKey(model: ModelSource, load: LoadModelOptions | undefined): unknown {
  const weights = weightsKey(model, load);
  if (!load?.stated) return weights;
  const stated = JSON.stringify(Object.entries(load.stated).sort());
  if (!isObject(weights)) return `${String(weights)} ${stated}`;
  const keys = keysByObject.get(weights) ?? new Map<string, object>();
  keysByObject.set(weights, keys);
  const key = keys.get(stated) ?? {};
  keys.set(stated, key);
  return key;
}

/** For weights that are an object, a key for each thing that was stated of them. */
const keysByObject = new WeakMap<object, Map<string, object>>();

/** The SHA-256 if that is given, else the text of an address or the very object. */
function weightsKey(model: ModelSource, load: LoadModelOptions | undefined): unknown {
  if (load?.sha256 !== undefined) return `sha256:${requireHexadecimal(load.sha256)}`;
  return model instanceof URL ? model.href : model;
}

function sharedLoad(key: unknown, model: ModelSource, load: LoadModelOptions | undefined): SharedLoad<Model> {
  const found = isObject(key) ? loadsByObject.get(key) : undefined;
  if (found) return found;
  const started: SharedLoad<Model> = new SharedLoad(
    (shared) => loadArriving(model, { ...load, ...shared }),
    () => {
      if (isObject(key) && loadsByObject.get(key) === started) loadsByObject.delete(key);
    },
  );
  if (isObject(key)) loadsByObject.set(key, started);
  return started;
}

function isObject(key: unknown): key is object {
  return (typeof key === "object" && key !== null) || typeof key === "function";
}

/** What is done with an Upscaler: `prepare` while its weights still come, `run` once they were found right. */
interface Use<T> {
  readonly prepare: (upscaler: Upscaler) => Promise<void>;
  readonly run: (upscaler: Upscaler) => Promise<T>;
}

interface KeptUpscaler {
  readonly upscaler: Promise<Upscaler>;
  readonly network: Network;
  running: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** A model on one device, with an Upscaler for each form of options. `forget` is called when nothing of it is left. */
class KeptModel {
  readonly #byForm = new Map<string, KeptUpscaler>();
  #waiting = 0;
  #isReleased = false;

  constructor(
    private readonly device: GPUDevice,
    private readonly load: SharedLoad<Model>,
    private readonly forget: () => void,
  ) {}

  /** @throws why the model does not load or its Upscaler cannot be made; the signal's reason; what `run` throws */
  async use<T>(options: OneCallOptions, { prepare, run }: Use<T>): Promise<T> {
    const kept = await this.#find(options, prepare);
    try {
      return await run(await new Stop(options.signal).until(kept.upscaler));
    } finally {
      if (--kept.running === 0 && !this.#isReleased) this.#destroyWhenIdle(kept);
    }
  }

  release(): void {
    this.#isReleased = true;
    for (const kept of this.#byForm.values()) destroy(kept);
    this.#byForm.clear();
  }

  /** The Upscaler once the model was loaded; the first caller prepares it as soon as the network is known. */
  async #find(options: OneCallOptions, prepare: Use<unknown>["prepare"]): Promise<KeptUpscaler> {
    this.#waiting++;
    let early: KeptUpscaler | undefined;
    const onArriving = (model: Model) => {
      if (this.#isReleased) return;
      if (early) this.#leaveEarly(early);
      early = this.#upscalerOf(model, options, prepare);
    };
    try {
      const signal = eitherSignal(options.signal, options.load?.signal);
      const model = await this.load.join({ signal, onProgress: options.load?.onProgress, onArriving });
      if (this.#isReleased) throw new EsrganError("bad-input", "The device was released with releaseAll()");
      return this.#upscalerOf(model, options);
    } finally {
      if (early) this.#leaveEarly(early);
      this.#waiting--;
      this.#forgetIfUnused();
    }
  }

  /** Without a call that goes on with it, its weights may never come. */
  #leaveEarly(kept: KeptUpscaler): void {
    if (--kept.running > 0 || this.#isReleased) return;
    this.#drop(kept);
    destroy(kept);
  }

  #upscalerOf(model: Model, options: OneCallOptions, prepare?: Use<unknown>["prepare"]): KeptUpscaler {
    const { precision = "auto", memoryBudget, tuning } = options;
    const form = JSON.stringify([precision, memoryBudget, tuning]);
    const { network } = model;
    const known = this.#byForm.get(form);
    // One of bytes that turned out wrong is left by its callers.
    const found = known?.network === network ? known : undefined;
    const kept = found ?? {
      upscaler: upscalerFor(this.device, { precision, memoryBudget, tuning, model }),
      network,
      running: 0,
      timer: undefined,
    };
    if (!found) {
      this.#byForm.set(form, kept);
      kept.upscaler.catch(() => this.#drop(kept));
      // What fails now fails once more, and is told, when the call runs.
      if (prepare) kept.upscaler.then(prepare).catch(() => {});
    }
    clearTimeout(kept.timer);
    kept.running++;
    return kept;
  }

  #destroyWhenIdle(kept: KeptUpscaler): void {
    kept.timer = setTimeout(() => {
      this.#drop(kept);
      destroy(kept);
    }, IDLE_MS);
    // Node would wait for the timer before it exits.
    (kept.timer as { unref?: () => void }).unref?.();
  }

  #drop(kept: KeptUpscaler): void {
    for (const [form, each] of this.#byForm) if (each === kept) this.#byForm.delete(form);
    this.#forgetIfUnused();
  }

  #forgetIfUnused(): void {
    if (this.#byForm.size === 0 && this.#waiting === 0) this.forget();
  }
}

function destroy({ upscaler, timer }: KeptUpscaler): void {
  clearTimeout(timer);
  upscaler.then(
    (made) => made.destroy(),
    () => {},
  );
}

/** The first of two that aborts; browsers older than AbortSignal.any hear the call's own alone. */
function eitherSignal(own: AbortSignal | undefined, load: AbortSignal | undefined): AbortSignal | undefined {
  return own && load && AbortSignal.any ? AbortSignal.any([own, load]) : (own ?? load);
}
