// Owns the kernel suite: every subject by every variant the device can run and every storage, each held against the CPU
// reference and the plain kernel before it is timed.

import { EsrganError } from "../../src/errors.js";
import { type ConvVariant, supports } from "../../src/ops/conv2d.kernels.js";
import { roundUp } from "../../src/ops/plane.js";
import { candidates } from "../../src/plan/tuning.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { measure } from "./measure.js";
import { expectedOf, mathOf, type Parity, parityOf, toleranceOf, worseOf } from "./parity.js";
import { roof } from "./peaks.js";
import type { KernelRow } from "./row.js";
import type { Session } from "./session.js";
import { summarize } from "./statistics.js";
import { SUBJECTS, type Subject } from "./subjects.js";
import { type PlannedTarget, planTarget, Target, type TargetRequest } from "./target.js";

const PLAIN: ConvVariant = { kind: "plain" };

// Odd, a few tiles wide, so that workgroups overhang; small enough for the CPU reference.
const PARITY_SIZE = [37, 21] as const;

/** One variant of one subject. */
interface Case {
  readonly subject: Subject;
  readonly storage: Storage;
  readonly variant: ConvVariant | undefined;
  readonly isDefault: boolean;
}

export async function benchKernels(session: Session): Promise<void> {
  // A compiler that took too long once is not asked again for the same kind of kernel.
  const slow = new Map<string, number>();
  for (const subject of SUBJECTS) {
    for (const storage of storagesOf(session)) {
      const size = sizeOf(session, subject, storage);
      const oracle = new Oracle(session, subject, storage, size);
      for (const each of casesOf(session, subject, storage)) {
        session.signal?.throwIfAborted();
        const head = headOf(session, each, size);
        if (session.wants(head.id, head.isDefault)) session.add(await benchCase(session, each, head, oracle, slow));
      }
    }
  }
}

type Head = ReturnType<typeof headOf>;

function headOf(session: Session, { subject, storage, variant, isDefault }: Case, size: number) {
  const request = { width: size, height: size, storage, variant };
  const planned = planTarget(subject, session.capabilities, request);
  const shape = `${subject.op} ${subject.shape}`;
  return {
    suite: "kernels" as const,
    id: `kernels ${shape} ${planned.variant} ${storage}`,
    shape,
    where: subject.where,
    width: size,
    height: size,
    storage,
    variant: planned.variant,
    isDefault,
    math: mathOf(variant),
    flops: planned.flops,
    bytes: planned.bytes,
  };
}

/** Distinct kernels only: some variants become the same code for a form. */
function casesOf(session: Session, subject: Subject, storage: Storage): Case[] {
  const { capabilities } = session;
  const { form } = subject;
  if (!form) return [{ subject, storage, variant: undefined, isDefault: true }];
  const chosen = session.chosen(form, storage);
  const others = session.quick ? [] : candidates(capabilities, form, storage);
  const variants = [PLAIN, chosen, ...others, ...session.variants].filter((variant) =>
    supports(variant, form, storage),
  );
  const byCode = new Map<string, Case>();
  for (const variant of variants) {
    const { code } = planTarget(subject, capabilities, { ...smallest(subject), storage, variant });
    if (!byCode.has(code)) byCode.set(code, { subject, storage, variant, isDefault: variant === chosen });
  }
  return [...byCode.values()];
}

async function benchCase(
  session: Session,
  { subject, storage, variant }: Case,
  head: Head,
  oracle: Oracle,
  slow: Map<string, number>,
): Promise<KernelRow> {
  const { device, capabilities, clock, peaks, effort, signal } = session;
  const request = { width: head.width, height: head.height, storage, variant };
  const kind = JSON.stringify(variant ?? subject.op);
  const tooSlow = session.isFiltered ? undefined : slow.get(kind);
  if (tooSlow !== undefined) {
    const seconds = (tooSlow / 1000).toFixed(0);
    return {
      ...head,
      status: "skipped",
      note: `compiling this variant for another shape took ${seconds} s; --filter runs it`,
    };
  }
  session.onStep(head.id);
  let target: Target | undefined;
  try {
    const { parity: small, firstRunMs } = await parityWithCpu(session, subject, request);
    if (firstRunMs > session.compileLimitMs) slow.set(kind, firstRunMs);
    if (!small.passed) return { ...head, status: "failed", parity: small, note: "its result is wrong" };
    target = await Target.create(device, subject, planTarget(subject, capabilities, request));
    let parity = small;
    if (variant && variant.kind !== "plain") {
      const against = `plain kernel at ${head.width}x${head.height}`;
      parity = worseOf(small, parityOf(await target.output(), await oracle.output(), against, small.tolerance));
      if (!parity.passed) return { ...head, status: "failed", parity, note: "its result is wrong" };
    }
    const { samples, repeats } = await measure(clock, (pass) => target!.record(pass), effort, signal);
    const { flops, bytes, math } = head;
    const summary = summarize(samples);
    const gflops = flops / summary.median / 1e6;
    const gigabytesPerSecond = bytes / summary.median / 1e6;
    const limit = roof(peaks, math, flops, bytes);
    const roofShare = flops === 0 ? gigabytesPerSecond / peaks.bandwidthGBs : gflops / limit.gflops;
    return {
      ...head,
      status: "timed",
      parity,
      timing: { ...summary, samples, repeats, gflops },
      gigabytesPerSecond,
      roofShare,
      bound: limit.bound,
      firstRunMs,
    };
  } catch (error) {
    if (!(error instanceof EsrganError) || error.code === "device-lost") throw error;
    return { ...head, status: "failed", note: error.message };
  } finally {
    target?.destroy();
  }
}

/** The kernel at a small odd size against the operation's CPU reference. */
async function parityWithCpu(
  session: Session,
  subject: Subject,
  { storage, variant }: TargetRequest,
): Promise<{ parity: Parity; firstRunMs: number }> {
  const planned = planTarget(subject, session.capabilities, { ...smallest(subject), storage, variant });
  const start = performance.now();
  const target = await Target.create(session.device, subject, planned);
  try {
    const actual = await target.output();
    const firstRunMs = performance.now() - start;
    const { width, height } = smallest(subject);
    const tolerance = toleranceOf(storage, mathOf(variant));
    const parity = parityOf(actual, expectedOf(target.computation), `CPU at ${width}x${height}`, tolerance);
    return { parity, firstRunMs };
  } finally {
    target.destroy();
  }
}

/** What the plain kernel gives at the measured size, computed when first asked for. */
class Oracle {
  #output: Promise<Float32Array> | undefined;

  constructor(
    private readonly session: Session,
    private readonly subject: Subject,
    private readonly storage: Storage,
    private readonly size: number,
  ) {}

  output(): Promise<Float32Array> {
    this.#output ??= this.#run();
    return this.#output;
  }

  async #run(): Promise<Float32Array> {
    const { session, subject, storage, size } = this;
    const request = { width: size, height: size, storage, variant: PLAIN };
    const target = await Target.create(session.device, subject, planTarget(subject, session.capabilities, request));
    try {
      return await target.output();
    } finally {
      target.destroy();
    }
  }
}

/** The device's own storage first. */
function storagesOf({ capabilities, quick, storage }: Session): Storage[] {
  const all: Storage[] = capabilities.shaderF16 ? ["f32", "f16", "packed-f16"] : ["f32", "packed-f16"];
  return quick ? [storage] : all;
}

function smallest({ multiple = 1 }: Subject): { width: number; height: number } {
  const [width, height] = PARITY_SIZE.map((size) => roundUp(size, multiple)) as [number, number];
  return { width, height };
}

const SIZES = [1024, 768, 512, 384, 256, 192, 128, 96, 64, 48, 32, 16];

// Larger operands outgrow every cache already, and take long to draw and to pack.
const MAX_BYTES = 256 * 2 ** 20;

// What kernels reach of the multiply-adds a device can do at best, roughly: a guess that only the size depends on.
const GUESSED_SHARE = { gpu: 0.4, software: 0.1 } as const;

/** The largest picture that the device can hold and that its time budget for one dispatch allows, the same for all variants. */
function sizeOf({ capabilities, peaks, dispatchMs }: Session, subject: Subject, storage: Storage): number {
  const fits = (size: number): PlannedTarget | undefined => {
    try {
      return planTarget(subject, capabilities, { width: size, height: size, storage });
    } catch (error) {
      if (error instanceof EsrganError && error.code === "unsupported-device") return undefined;
      throw error;
    }
  };
  const found = SIZES.find((size) => {
    const planned = fits(size);
    if (!planned || planned.bytes > MAX_BYTES) return false;
    const arithmeticMs = planned.flops / (peaks.f32Gflops * GUESSED_SHARE[capabilities.kind] * 1e6);
    const memoryMs = planned.bytes / (peaks.bandwidthGBs * 1e6);
    return Math.max(arithmeticMs, memoryMs) <= dispatchMs;
  });
  return found ?? SIZES.at(-1)!;
}
