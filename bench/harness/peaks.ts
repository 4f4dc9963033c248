// Owns the roofline: what the device reaches at best in multiply-adds and in copying, measured, and what share of that a
// kernel reaches.

import type { Clock } from "./clock.js";
import { type Effort, measure } from "./measure.js";
import { copier, type Spinner, spinner } from "./spin.js";
import { summarize } from "./statistics.js";

export interface Peaks {
  /** Billions of floating-point operations a second, a multiply-add counted as two. */
  readonly f32Gflops: number;
  readonly f16Gflops: number | undefined;
  /** Billions of bytes a second, read and written. */
  readonly bandwidthGBs: number;
  /** How they were measured. */
  readonly how: string;
}

// Which number of chains is fastest depends on latency and registers; the best of them is the peak.
const ACCUMULATORS = [1, 2, 4, 8];

// Two buffers of it outgrow the caches of most GPUs and fit the bindings that every device allows.
const COPY_BYTES = 128 * 2 ** 20;
const COPY_BYTES_SOFTWARE = 32 * 2 ** 20;

export async function measurePeaks(
  device: GPUDevice,
  clock: Clock,
  software: boolean,
  effort: Effort,
  signal?: AbortSignal,
): Promise<Peaks> {
  const invocations = software ? 4096 : 2 ** 20;
  const best = async (type: "f32" | "f16") => {
    let gflops = 0;
    for (const accumulators of ACCUMULATORS) {
      const spin = await spinner(device, { type, accumulators, invocations });
      gflops = Math.max(gflops, spin.flops / (await fastest(clock, spin, effort, signal)) / 1e6);
    }
    return gflops;
  };
  const f32Gflops = await best("f32");
  const f16Gflops = device.features.has("shader-f16") ? await best("f16") : undefined;
  const copyBytes = software ? COPY_BYTES_SOFTWARE : COPY_BYTES;
  const copy = await copier(device, copyBytes);
  const bandwidthGBs = copy.bytes / (await fastest(clock, copy, effort, signal)) / 1e6;
  const how =
    `measured: the fastest of ${ACCUMULATORS.join(", ")} independent chains of vec4 multiply-adds in registers, ` +
    `and a copy of ${copyBytes / 2 ** 20} MiB from buffer to buffer`;
  return { f32Gflops, f16Gflops, bandwidthGBs, how };
}

/** Milliseconds of the fastest sample: a peak is what the device can do undisturbed. */
async function fastest(clock: Clock, spin: Spinner, effort: Effort, signal?: AbortSignal): Promise<number> {
  try {
    const { samples } = await measure(clock, (pass) => spin.record(pass, 1), effort, signal);
    return summarize(samples).min;
  } finally {
    spin.destroy();
  }
}

/** What work of this kind can reach at best. */
export function roof(peaks: Peaks, math: "f32" | "f16", flops: number, bytes: number): Roof {
  const peak = (math === "f16" ? peaks.f16Gflops : undefined) ?? peaks.f32Gflops;
  const byMemory = (flops / bytes) * peaks.bandwidthGBs;
  return byMemory < peak ? { gflops: byMemory, bound: "memory" } : { gflops: peak, bound: "compute" };
}

export interface Roof {
  readonly gflops: number;
  readonly bound: "compute" | "memory";
}
