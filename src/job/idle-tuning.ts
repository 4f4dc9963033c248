// Owns measuring, while nobody calls, which kernels are fastest on the device for one network: in slices of a few milliseconds, stopped and
// taken up again whenever there is something else to do.

import { differenceFrom, KernelProbe, type ProbeSubject } from "../gpu/kernel-probe.js";
import { compilePipelines, KernelRefused } from "../gpu/pipeline-cache.js";
import { largestProbe, PROBE_SIZES, TRIAL_SIZE, willingCandidates } from "../gpu/tuner.js";
import type { FusedConv, FusedGraph } from "../graph/fuse.js";
import type { ConvVariant } from "../ops/conv2d.kernels.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import { chooseConv } from "../plan/choose-kernel.js";
import { formOf } from "../plan/plan-convs.js";
import type { PlannedPipeline } from "../plan/runnable-plan.js";
import {
  bestOf,
  costliest,
  deviceName,
  type TunedChoice,
  type TunedMeasurement,
  type TuningTable,
  tunedChooser,
} from "../plan/tuning.js";
import type { Storage } from "../shaders/kernel.js";
import { doneInTurns } from "../weights/event-loop-yield.js";
import { Stop } from "../weights/stop.js";
import type { IdleWork } from "./device-idle.js";
import type { NetworkPlanner } from "./network-planner.js";
import type { NetworkSession } from "./session.js";

export interface IdleTuningOptions {
  readonly device: GPUDevice;
  readonly fused: FusedGraph;
  readonly capabilities: DeviceCapabilities;
  readonly storage: Storage;
  /** Bytes that there is room for now. */
  readonly room: () => number;
  /** GPU time that a submit may take; 5 by default. */
  readonly mostSliceMs?: number | undefined;
  /** Hears the table, and may be stopped while it makes use of it: then it is called again. */
  readonly use: (table: TuningTable, signal: AbortSignal) => Promise<void>;
}

const MOST_SLICE_MS = 5;
/** Submits are planned for so much of that. */
const SLICE_SHARE = 0.8;
const SLICES = 6;
const ROUNDS = 3;
const MOST_REPEATS = 64;

const PLAIN = { kind: "plain" } as const;

// Another kernel is worth it only where it is as much faster: clocks of GPUs are not steady.
const GAIN = 0.95;

/** A quarter of the room at most, as a picture may be copied before the measuring has stopped. */
const ROOM_SHARE = 1 / 4;

/** What was measured of one form so far. */
interface Progress {
  readonly conv: FusedConv;
  readonly variants: readonly ConvVariant[];
  readonly found: Map<ConvVariant, TunedMeasurement>;
  size: number | undefined;
  /** Of all variants, in rounds. */
  turns: number;
}

export class IdleTuning implements IdleWork {
  readonly #forms: Progress[] = [];
  readonly #sliceMs: number;
  #table: TuningTable | undefined;

  constructor(private readonly options: IdleTuningOptions) {
    const { device, fused, mostSliceMs = MOST_SLICE_MS } = options;
    this.#sliceMs = mostSliceMs * SLICE_SHARE;
    for (const conv of costliest(fused)) {
      const variants = willingCandidates(device, this.#subject(conv, TRIAL_SIZE));
      // Where there is one there is nothing to choose.
      if (variants.length > 1) this.#forms.push({ conv, variants, found: new Map(), size: undefined, turns: 0 });
    }
  }

  /** @throws EsrganError "out-of-memory", "device-lost" */
  async run(signal: AbortSignal): Promise<boolean> {
    try {
      for (const form of this.#forms) await this.#measure(form, signal);
      this.#table ??= this.#tableOf(this.#forms.flatMap((form) => this.#choiceOf(form) ?? []));
      await this.options.use(this.#table, signal);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  async #measure(form: Progress, signal: AbortSignal): Promise<void> {
    const { variants } = form;
    form.size ??= await this.#sizeFor(form, signal);
    if (form.size === 0) return;
    while (form.turns < ROUNDS * variants.length) {
      const variant = variants[form.turns % variants.length]!;
      const before = form.found.get(variant);
      if (before?.refused === undefined) form.found.set(variant, await this.#turn(form, variant, before, signal));
      form.turns++;
    }
  }

  /** A turn of one variant: checked in its first one, and timed. */
  async #turn(
    { conv, size }: Progress,
    variant: ConvVariant,
    before: TunedMeasurement | undefined,
    signal: AbortSignal,
  ): Promise<TunedMeasurement> {
    const { storage } = this.options;
    try {
      if (!before) {
        const small = this.#subject(conv, TRIAL_SIZE);
        const wanted = await this.#with(small, PLAIN, signal, (probe) => probe.output());
        const refused = await this.#with(small, variant, signal, async (probe) =>
          differenceFrom(wanted, await probe.output(), storage),
        );
        if (refused !== undefined) return { variant, ms: undefined, refused };
      }
      const ms = await this.#with(this.#subject(conv, size!), variant, signal, (probe) =>
        fastest(probe, this.#sliceMs, signal),
      );
      return { variant, ms: Math.min(ms, before?.ms ?? ms) };
    } catch (error) {
      if (error instanceof KernelRefused) return { variant, ms: undefined, refused: error.message };
      throw error;
    }
  }

  /** The largest side that a dispatch of the device's own kernel takes at most a slice for; 0 where there is none. */
  async #sizeFor({ conv, variants }: Progress, signal: AbortSignal): Promise<number> {
    const least = PROBE_SIZES.at(-1)!;
    const room = this.options.room() * ROOM_SHARE;
    const most = largestProbe((size) => this.#subject(conv, size), [PLAIN, ...variants], { sizes: PROBE_SIZES, room });
    if (most === undefined) return 0;
    const ms = await this.#with(this.#subject(conv, least), variants[0]!, signal, async (probe) => {
      await probe.time(1); // the first one waits for more than its work
      return Math.min(await probe.time(1), await probe.time(1));
    });
    if (ms > this.#sliceMs) return 0;
    // Half of a slice, as other kernels may take longer.
    return PROBE_SIZES.find((size) => size <= most && ms * (size / least) ** 2 <= this.#sliceMs / 2) ?? least;
  }

  /** Undefined leaves the form to the table of devices. */
  #choiceOf({ conv, found }: Progress): TunedChoice | undefined {
    if (found.size === 0) return undefined;
    const { capabilities, storage } = this.options;
    const form = formOf(conv);
    const best = bestOf(form, [...found.values()]);
    const own = chooseConv(capabilities, form, storage, Number.POSITIVE_INFINITY);
    const ofOwn = best.measured.find(({ variant }) => JSON.stringify(variant) === JSON.stringify(own));
    const [first] = best.measured;
    const isWorthIt = ofOwn?.ms === undefined || (first?.ms !== undefined && first.ms < ofOwn.ms * GAIN);
    return isWorthIt ? best : { ...best, variant: own };
  }

  #tableOf(choices: readonly TunedChoice[]): TuningTable {
    const { capabilities, storage } = this.options;
    return { version: 1, device: deviceName(capabilities), storage, choices };
  }

  #subject(conv: FusedConv, size: number): ProbeSubject {
    const { storage, capabilities } = this.options;
    return { conv, size, storage, capabilities };
  }

  /** Works with a probe, which is freed afterwards. */
  async #with<T>(
    subject: ProbeSubject,
    variant: ConvVariant,
    signal: AbortSignal,
    work: (probe: KernelProbe) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const probe = await KernelProbe.create(this.options.device, subject, variant, new Stop(signal));
    try {
      signal.throwIfAborted();
      return await work(probe);
    } finally {
      probe.destroy();
    }
  }
}

/** Milliseconds of a run, the fewest over some slices. Between slices others have their turn. */
async function fastest(probe: KernelProbe, sliceMs: number, signal: AbortSignal): Promise<number> {
  let repeats = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let slice = 0; slice < SLICES; slice++) {
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
    const ms = await probe.time(repeats);
    least = Math.min(least, ms / repeats);
    repeats = Math.max(1, Math.min(Math.floor(sliceMs / least), MOST_REPEATS, repeats * 4));
  }
  return least;
}

/**
 * Compiles what a table's kernels need for the picture that came last, and has `session` use them from the next one on. Where they are those
 * in use nothing changes. Throws where `signal` is aborted meanwhile, and has changed nothing.
 */
export async function adoptTuning(session: NetworkSession, table: TuningTable, signal: AbortSignal): Promise<void> {
  const { capabilities, choice, device, planner, state } = session;
  const tuned = session.plannerFor(choice.storage, tunedChooser(table, capabilities, choice.storage));
  const form = state.prepared?.form;
  if (form) {
    const stop = new Stop(signal);
    const pipelinesOf = async (each: NetworkPlanner) => (await doneInTurns(each.planTile(form), stop)).pipelines;
    const [next, now] = [await pipelinesOf(tuned), await pipelinesOf(planner)];
    const codes = (pipelines: readonly PlannedPipeline[]) => pipelines.map(({ code }) => code).join();
    if (codes(next) === codes(now)) return;
    await compilePipelines(device, next, { stop });
  }
  signal.throwIfAborted();
  session.useTuning(table);
}
