// What a plan says of memory, which is more on a GPU: kernels are tried there before the first picture.

import { expect } from "vitest";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import type { UpscalePlan } from "../../src/job/upscale-plan.js";

/** Bytes that stay from one call to the next. */
export function keptBytes({ weightBytes, buffers }: UpscalePlan): number {
  return weightBytes + buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The peak is what stays, or on a GPU what trying the kernels takes. */
export function requirePeak(device: GPUDevice, plan: UpscalePlan): void {
  if (capabilitiesOf(device).kind === "software") expect(plan.peakBytes).toBe(keptBytes(plan));
  expect(plan.peakBytes).toBeGreaterThanOrEqual(keptBytes(plan));
}
