// Owns measuring, at once and when it is asked for, which convolution variant is fastest on a device. Each is held against the plain kernel
// before it is trusted.

import { EsrganError } from "../errors.js";
import type { FusedGraph } from "../graph/fuse.js";
import { isPositiveInteger } from "../ops/checks.js";
import type { ConvVariant } from "../ops/conv2d.kernels.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import { CHECK_SIZE } from "../plan/kernel-trials.js";
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
import { Stop } from "../weights/stop.js";
import { differenceFrom, KernelProbe, type ProbeSubject, probeBytes, trialBytes } from "./kernel-probe.js";
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

const PLAIN = { kind: "plain" } as const;

const BUDGET_MS = 500;

const ROUNDS = 2;

// A GPU that was idle takes this long to come to its speed: an H200 measured without it was out by a factor of two.
const WARM_UP_MS = 150;

/** Sides of what is measured, largest first: large enough to fill a GPU, small enough for a budget of half a second. */
export const PROBE_SIZES = [256, 128, 64];

/** Of the square that a kernel is held against the plain one over. */
export const TRIAL_SIZE = 2 * CHECK_SIZE;

/** What is tuned, on what. */
export interface TuneSubject {
  readonly device: GPUDevice;
  readonly fused: FusedGraph;
  readonly capabilities: DeviceCapabilities;
  readonly storage: Storage;
  /** Bytes that there is room for on the device. */
  readonly room: number;
}

/**
 * Measures the variants for each form of convolution in `fused`, at the shape of it that costs most. A form that there is no room to
 * measure is left to the table of devices.
 * @throws EsrganError "out-of-memory" or "device-lost"; what stops it
 */
export async function tune(
  { device, fused, capabilities, storage, room }: TuneSubject,
  options: TuneOptions = {},
  stop = new Stop(options.signal),
): Promise<TuningTable> {
  requireMeasure(options);
  const choices: TunedChoice[] = [];
  const shapes = capabilities.kind === "software" && !options.software ? [] : costliest(fused);
  const budget = (options.budgetMs ?? BUDGET_MS) / Math.max(shapes.length, 1);
  const [most] = PROBE_SIZES as [number];
  const { size: asked = most } = options;
  const sizes = [asked, ...PROBE_SIZES.filter((each) => each < asked)];
  for (const conv of shapes) {
    const subject = (size: number): ProbeSubject => ({ conv, size, storage, capabilities });
    const variants = willingCandidates(device, subject(TRIAL_SIZE));
    const size = largestProbe(subject, [PLAIN, ...variants], { sizes, room });
    if (size === undefined) continue;
    const warmUpMs = choices.length === 0 ? WARM_UP_MS : 0;
    choices.push(await tuneForm(device, { subject, size, variants }, { budget, warmUpMs, stop }));
  }
  return { version: 1, device: deviceName(capabilities), storage, choices };
}

function requireMeasure({ budgetMs = BUDGET_MS, size = 1 }: TuneOptions): void {
  if (!(typeof budgetMs === "number" && budgetMs > 0)) {
    throw new EsrganError("bad-input", `budgetMs must be a positive number of milliseconds, got ${String(budgetMs)}`);
  }
  if (!isPositiveInteger(size)) {
    throw new EsrganError("bad-input", `size must be a positive integer of pixels, got ${String(size)}`);
  }
}

/** The first of `sizes` at which there is room to try and to time any of the variants. */
export function largestProbe(
  subject: (size: number) => ProbeSubject,
  variants: readonly ConvVariant[],
  { sizes, room }: { readonly sizes: readonly number[]; readonly room: number },
): number | undefined {
  if (variants.some((variant) => trialBytes(subject(TRIAL_SIZE), variant) > room)) return undefined;
  return sizes.find((size) => variants.every((variant) => probeBytes(subject(size), variant) <= room));
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
  readonly stop: Stop;
}

interface FormSubject {
  readonly subject: (size: number) => ProbeSubject;
  readonly size: number;
  readonly variants: readonly ConvVariant[];
}

async function tuneForm(
  device: GPUDevice,
  { subject, size, variants }: FormSubject,
  { budget, warmUpMs, stop }: FormBudget,
): Promise<TunedChoice> {
  const small = subject(TRIAL_SIZE);
  const large = subject(size);
  const form = formOf(small.conv);
  const output = (variant: ConvVariant) => withProbe(device, small, variant, stop, (probe) => probe.output());
  const timed = (variant: ConvVariant, ms: number) =>
    withProbe(device, large, variant, stop, (probe) => medianTime(probe, stop, ms));
  const wanted = await output(PLAIN);
  if (warmUpMs > 0) await timed(PLAIN, warmUpMs);
  const share = budget / variants.length / ROUNDS;
  const found = new Map<ConvVariant, TunedMeasurement>();
  // In rounds, and the best of each, so that what slows the device down for a while does not decide.
  for (let round = 0; round < ROUNDS; round++) {
    for (const variant of variants) {
      stop.check();
      const before = found.get(variant);
      if (before?.refused !== undefined) continue;
      const measure = async (): Promise<TunedMeasurement> => {
        const refused = before ? undefined : differenceFrom(wanted, await output(variant), small.storage);
        if (refused !== undefined) return { variant, ms: undefined, refused };
        const ms = await timed(variant, share);
        return { variant, ms: Math.min(ms, before?.ms ?? ms) };
      };
      const measured = await measure().catch((error: unknown): TunedMeasurement => {
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
  stop: Stop,
  work: (probe: KernelProbe) => Promise<T>,
): Promise<T> {
  const probe = await KernelProbe.create(device, subject, variant, stop);
  try {
    return await work(probe);
  } finally {
    probe.destroy();
  }
}

/** The median over passes of many dispatches, so that neither submitting nor a coarse clock counts. */
async function medianTime(probe: KernelProbe, stop: Stop, budgetMs: number): Promise<number> {
  const samples: number[] = [];
  let repeats = 1;
  for (let spent = 0; spent < budgetMs || samples.length < 3; ) {
    stop.check();
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
