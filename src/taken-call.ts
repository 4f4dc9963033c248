// Owns the start of a call: what upscale() is given is checked and taken at once, before the code that runs calls need be there.

import { EsrganError } from "./errors.js";
import { capabilitiesOf } from "./gpu/capabilities.js";
import { requestedOutput } from "./job/output-options.js";
import { type TakenSource, takeSource } from "./job/taken-source.js";
import { LOAD_OPTIONS } from "./models/model.js";
import { requireOptions } from "./options.js";
import type { OutputKind } from "./picture/output-kind.js";
import type { ImageSource } from "./picture/source.js";
import type { UpscaleOptions, UpscalerOptions } from "./upscaler-options.js";

const MOST_BUDGET = 2 ** 30;

/** How much of the budget a copy of the source may take on the GPU. */
export const SNAPSHOT_SHARE = 1 / 4;

/** @internal Of an Upscaler, what runs a call whose source was taken. */
export const UPSCALE_TAKEN: unique symbol = Symbol("upscale");
/** @internal The same of preparing for one. */
export const PREPARE_TAKEN: unique symbol = Symbol("prepare");

/** A source as it was when the call was made, and what it becomes. */
export interface TakenForCall {
  readonly source: TakenSource;
  readonly kind: OutputKind;
}

/**
 * @internal Checks and takes what upscale() is given, at once.
 * @throws signal.reason if aborted; EsrganError "bad-input"
 */
export function takeForCall(
  device: GPUDevice,
  source: ImageSource,
  options: UpscaleOptions,
  memoryBudget: number,
): TakenForCall {
  const { signal } = options;
  signal?.throwIfAborted();
  const kind = requestedOutput(source, options);
  return { source: takeSource(device, source, { signal, gpuBytes: memoryBudget * SNAPSHOT_SHARE }), kind };
}

/** @internal Bytes that everything on the GPU may take together. */
export function budgetOf(device: GPUDevice, { memoryBudget }: Pick<UpscalerOptions, "memoryBudget">): number {
  requireBudget(memoryBudget);
  return memoryBudget ?? Math.min(capabilitiesOf(device).maxBufferSize, MOST_BUDGET);
}

/** @internal @throws EsrganError "bad-input" */
export function requireBudget(memoryBudget: number | undefined): void {
  if (memoryBudget === undefined || (typeof memoryBudget === "number" && memoryBudget > 0)) return;
  throw new EsrganError("bad-input", `memoryBudget must be a positive number of bytes, got ${String(memoryBudget)}`);
}

/**
 * @internal Refuses, before anything is loaded, options that no Upscaler could be made with. What they are for a device is seen later.
 * @throws EsrganError "bad-input"
 */
export function requireUpscalerOptions({ precision = "auto", memoryBudget, load = {} }: UpscalerOptions): void {
  if (precision !== "auto" && precision !== "f32" && precision !== "f16") {
    throw new EsrganError("bad-input", `precision must be "auto", "f32" or "f16", got "${String(precision)}"`);
  }
  requireBudget(memoryBudget);
  requireOptions(load, LOAD_OPTIONS, "load");
}
