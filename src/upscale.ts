// Owns the one-call API: keeps an Upscaler for each device and model, and lets it go after a while idle.

import { DEFAULT_MODEL, type ModelSource } from "./models/bundled.js";
import type { Pixels } from "./ops/pixels.js";
import type { OutputKind, OutputTypes } from "./picture/sink.js";
import type { ImageSource } from "./picture/source.js";
import { createUpscaler, type UpscaleOptions, type Upscaler, type UpscalerOptions } from "./upscaler.js";

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
export function upscale(device: GPUDevice, source: Pixels, options?: OneCallOptions<"pixels">): Promise<Pixels>;
export function upscale<K extends OutputKind>(
  device: GPUDevice,
  source: ImageSource,
  options: OneCallOptions<K> & { readonly output: K },
): Promise<OutputTypes[K]>;
export function upscale<S extends ImageSource>(
  device: GPUDevice,
  source: S,
  options?: OneCallOptions,
): Promise<S extends Pixels ? Pixels : ImageData>;
export async function upscale(
  device: GPUDevice,
  source: ImageSource,
  options: OneCallOptions = {},
): Promise<Pixels | ImageData> {
  const release = { now: () => {} };
  const kept = keep(device, options, release);
  try {
    const upscaler = await kept.upscaler;
    return await upscaler.upscale(source, options);
  } finally {
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
    upscaler: createUpscaler(device, options),
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
