// Owns measuring, at once and when it is asked for, which convolution variant is fastest on a device. Each is held against the plain kernel
// before it is trusted.

import type { FusedGraph } from "../graph/fuse.js";
import type { ConvVariant } from "../ops/conv2d.kernels.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import { formOf } from "../plan/plan-convs.js";
import {
  bestOf,
  candidates,
  costliest,
  deviceName,
  type TunedChoice,
  type TunedMeasurement,
  type TuningTable,
} from "../plan/tuning.js";
import type { Storage } from "../shaders/kernel.js";
import { differenceFrom, KernelProbe, type ProbeSubject } from "./kernel-probe.js";
import { knownKernels } from "./known-kernels.js";
import { KernelRefused } from "./pipeline-cache.js";

/** How long to measure, and on what. */
export interface TuneOptions {
  /** Milliseconds of GPU time for all measurements together; compiling is not counted. Half a second by default. */
  readonly budgetMs?: number | undefined;
  /** Stops the measuring. */
  readonly signal?: AbortSignal | undefined;
  /** Measures software adapters too, which otherwise take the table of devices as it is. */
  readonly software?: boolean | undefined;
  /** Width and height of the measured picture. */
  readonly size?: number | undefined;
}

const BUDGET_MS = 500;

const ROUNDS = 2;

// A GPU that was idle takes this long to come to its speed: an H200 measured without it was out by a factor of two.
const WARM_UP_MS = 150;

// Large enough to fill a GPU, small enough for a budget of half a second.
const SIZE = 256;

/**
 * Measures the variants for each form of convolution in `fused`, at the shape of it that costs most.
 * @throws EsrganError "out-of-memory" or "device-lost"; signal.reason if aborted
 */
export async function tune(
  device: GPUDevice,
  fused: FusedGraph,
  capabilities: DeviceCapabilities,
  storage: Storage,
  options: TuneOptions = {},
): Promise<TuningTable> {
  const choices: TunedChoice[] = [];
  const shapes = capabilities.kind === "software" && !options.software ? [] : costliest(fused);
  const budget = (options.budgetMs ?? BUDGET_MS) / Math.max(shapes.length, 1);
  const { size = SIZE, signal } = options;
  for (const [index, conv] of shapes.entries()) {
    const warmUpMs = index === 0 ? WARM_UP_MS : 0;
    choices.push(await tuneForm(device, { conv, size, storage, capabilities }, { budget, warmUpMs, signal }));
  }
  return { version: 1, device: deviceName(capabilities), storage, choices };
}

/** The candidates for a convolution but for those that the device refused. */
export function willingCandidates(device: GPUDevice, { conv, storage, capabilities }: ProbeSubject): ConvVariant[] {
  const { refused } = knownKernels(device);
  const form = formOf(conv);
  return candidates(capabilities, form, storage).filter((variant) => !refused.has({ variant, form, storage }));
}

interface FormBudget {
  readonly budget: number;
  readonly warmUpMs: number;
  readonly signal: AbortSignal | undefined;
}

async function tuneForm(
  device: GPUDevice,
  subject: ProbeSubject,
  { budget, warmUpMs, signal }: FormBudget,
): Promise<TunedChoice> {
  const form = formOf(subject.conv);
  const variants = willingCandidates(device, subject);
  const oracle = await withProbe(device, subject, { kind: "plain" }, async (probe) => {
    const output = await probe.output();
    if (warmUpMs > 0) await medianTime(probe, signal, warmUpMs);
    return output;
  });
  const share = budget / variants.length / ROUNDS;
  const found = new Map<ConvVariant, TunedMeasurement>();
  // In rounds, and the best of each, so that what slows the device down for a while does not decide.
  for (let round = 0; round < ROUNDS; round++) {
    for (const variant of variants) {
      signal?.throwIfAborted();
      const before = found.get(variant);
      if (before?.refused !== undefined) continue;
      const measured = await withProbe(device, subject, variant, async (probe): Promise<TunedMeasurement> => {
        const refused = differenceFrom(oracle, await probe.output(), subject.storage);
        if (refused !== undefined) return { variant, ms: undefined, refused };
        const ms = await medianTime(probe, signal, share);
        return { variant, ms: Math.min(ms, before?.ms ?? ms) };
      }).catch((error: unknown): TunedMeasurement => {
        if (error instanceof KernelRefused) return { variant, ms: undefined, refused: error.message };
        throw error;
      });
      found.set(variant, measured);
    }
  }
  return bestOf(form, [...found.values()]);
}

async function withProbe<T>(
  device: GPUDevice,
  subject: ProbeSubject,
  variant: ConvVariant,
  work: (probe: KernelProbe) => Promise<T>,
): Promise<T> {
  const probe = await KernelProbe.create(device, subject, variant);
  try {
    return await work(probe);
  } finally {
    probe.destroy();
  }
}

/** The median over passes of many dispatches, so that neither submitting nor a coarse clock counts. */
async function medianTime(probe: KernelProbe, signal: AbortSignal | undefined, budgetMs: number): Promise<number> {
  const samples: number[] = [];
  let repeats = 1;
  for (let spent = 0; spent < budgetMs || samples.length < 3; ) {
    signal?.throwIfAborted();
    const elapsed = await probe.time(repeats);
    spent += elapsed;
    if (elapsed < MIN_PASS_MS && repeats < MAX_REPEATS) {
      repeats *= 2;
      samples.length = 0;
    } else {
      samples.push(elapsed / repeats);
    }
  }
  return samples.sort((a, b) => a - b)[samples.length >> 1]!;
}

// A pass as long as this drowns the tenths of a millisecond that submitting and waiting take.
const MIN_PASS_MS = 7;
const MAX_REPEATS = 256;
