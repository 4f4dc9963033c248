// Owns the one-call API: keeps an Upscaler for each device and model, and lets it go after a while idle.

import type { TextureSlice } from "./gpu/texture-checks.js";
import { requireKnown } from "./job/options.js";
import { DEFAULT_MODEL, type ModelSource } from "./models/bundled.js";
import type { OutputKind, OutputTypes } from "./picture/sink.js";
import type { ImageSource } from "./picture/source.js";
import {
  budgetOf,
  type DefaultOutput,
  requireDevice,
  takeForCall,
  UPSCALE_OPTIONS,
  UPSCALE_TAKEN,
  UPSCALER_OPTIONS,
  type UpscaleOptions,
  type Upscaler,
  type UpscalerOptions,
  upscalerFor,
} from "./upscaler.js";

/** How long an Upscaler that upscale() made stays after its last call. */
const IDLE_MS = 30_000;

interface Kept {
  readonly upscaler: Promise<Upscaler>;
  running: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

type Key = ModelSource;

const keptByDevice = new WeakMap<GPUDevice, Map<Key, Map<string, Kept>>>();

export type OneCallOptions<K extends OutputKind = OutputKind> = UpscaleOptions<K> & UpscalerOptions;

/**
 * Upscales a picture: 4x with the bundled default model, unless `options` say otherwise. The Upscaler behind it is kept for
 * the device, model and its options, and freed after half a minute without a call.
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
  requireKnown(options, [...UPSCALE_OPTIONS, ...UPSCALER_OPTIONS], "upscale");
  // Taken now, as the model may still have to come.
  const taken = takeForCall(device, source, options, budgetOf(device, options));
  const release = { now: () => {} };
  try {
    const kept = keep(device, options, release);
    const upscaler = await kept.upscaler;
    return await upscaler[UPSCALE_TAKEN](taken, options);
  } finally {
    taken.source.release();
    release.now();
  }
}

function keep(device: GPUDevice, options: OneCallOptions, release: { now: () => void }): Kept {
  const model = options.model ?? DEFAULT_MODEL;
  const { precision = "auto", memoryBudget, tuning } = options;
  const form = JSON.stringify([precision, memoryBudget, tuning]);
  const byModel = keptByDevice.get(device) ?? new Map<Key, Map<string, Kept>>();
  if (typeof device === "object" && device !== null) keptByDevice.set(device, byModel);
  const byForm = byModel.get(model) ?? new Map<string, Kept>();
  byModel.set(model, byForm);
  const forget = (which: Kept) => {
    // One that failed was forgotten at once; another may have come in its place.
    if (byForm.get(form) !== which) return;
    byForm.delete(form);
    if (byForm.size === 0) byModel.delete(model);
  };
  const held = byForm.get(form) ?? {
    upscaler: upscalerFor(device, options),
    running: 0,
    timer: undefined,
  };
  if (!byForm.has(form)) held.upscaler.catch(() => forget(held));
  byForm.set(form, held);
  clearTimeout(held.timer);
  held.running++;
  release.now = () => {
    if (--held.running > 0) return;
    held.timer = setTimeout(() => {
      forget(held);
      held.upscaler.then(
        (upscaler) => upscaler.destroy(),
        () => {},
      );
    }, IDLE_MS);
    // Node would wait for the timer before it exits.
    (held.timer as { unref?: () => void }).unref?.();
  };
  return held;
}
