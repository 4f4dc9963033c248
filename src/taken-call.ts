// Owns the start of a call: what upscale() is given is checked and taken at once, before the code that runs calls need be there.

import { EsrganError } from "./errors.js";
import { capabilitiesOf } from "./gpu/capabilities.js";
import { requestedOutput } from "./job/output-options.js";
import { type TakenSource, takeSource } from "./job/taken-source.js";
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
  return memoryBudget ?? Math.min(capabilitiesOf(device).maxBufferSize, MOST_BUDGET);
}

/** @internal @throws EsrganError "bad-input" */
export function requireDevice(device: GPUDevice, what: string): void {
  if (typeof device?.createComputePipelineAsync === "function") return;
  throw new EsrganError("bad-input", `${what} takes a GPUDevice, got ${device === null ? "null" : typeof device}`);
}
