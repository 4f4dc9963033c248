// Owns the prediction of how long dispatches take: of each the longest of what its arithmetic, its memory traffic and its loads
// take at best, and what comes between dispatches. Pure.

import { loadedBytes } from "../../src/ops/traffic.js";
import type { PlannedDispatch } from "../../src/plan/runnable-plan.js";
import type { Storage } from "../../src/shaders/kernel.js";
import type { NamedGpu } from "./gpus.js";
import { slotsOf } from "./slots.js";

/** What dispatches run on. */
export interface Machine {
  /** Billions of issue slots a second, of all lanes together. */
  readonly gigaslots: number;
  /** Of memory. */
  readonly bandwidthGBs: number;
  /** Undefined where it is not known: then loads bound nothing. */
  readonly l2GBs: number | undefined;
  readonly subgroupSize: number;
  /** Slots that a kernel takes for a multiply-accumulate. */
  slotsPerMac(kernel: string, storage: Storage): number;
}

/** What decides how long a dispatch takes; "dispatches" is what comes between them. */
export type Bound = "arithmetic" | "memory" | "loads" | "dispatches";

export interface Prediction {
  readonly ms: number;
  /** How much of it is bound by what. */
  readonly parts: Readonly<Record<Bound, number>>;
  /** What bounds the most of it. */
  readonly bound: Bound;
  /** Bytes that convolutions load, weights once for a subgroup where it wants the same. */
  readonly loaded: number;
}

/**
 * What a GPU takes from one dispatch to the next that waits for it. An assumption, between the 6 and the 11 us by which passes of
 * 256x256 and 512x512 pixels on an H200 differ from being proportional to their pixels (anime-6b, general-x4v3).
 */
export const DISPATCH_MS = 0.008;

export function machineOf({ lanes, gigahertz, bandwidthGBs, l2GBs, subgroupSize, slots }: NamedGpu): Machine {
  return {
    gigaslots: lanes * gigahertz,
    bandwidthGBs,
    l2GBs,
    subgroupSize,
    slotsPerMac: (kernel, storage) => slotsOf(slots, kernel, storage),
  };
}

/** Milliseconds of `dispatches`, `runs` times one after another. */
export function predict(
  dispatches: readonly PlannedDispatch[],
  storage: Storage,
  machine: Machine,
  runs = 1,
): Prediction {
  const parts: Record<Bound, number> = { arithmetic: 0, memory: 0, loads: 0, dispatches: 0 };
  let loaded = 0;
  for (const dispatch of dispatches) {
    loaded += loadedBy(dispatch, machine) * runs;
    const limits = limitsOf(dispatch, storage, machine);
    const bound = longest(limits);
    parts[bound] += limits[bound] * runs;
    parts.dispatches += DISPATCH_MS * runs;
  }
  const ms = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { ms, parts, bound: longest(parts), loaded };
}

function loadedBy({ traffic }: PlannedDispatch, { subgroupSize }: Machine): number {
  return traffic ? loadedBytes(traffic, subgroupSize) : 0;
}

/** Milliseconds that each takes by itself. */
function limitsOf(
  dispatch: PlannedDispatch,
  storage: Storage,
  machine: Machine,
): Readonly<Record<Exclude<Bound, "dispatches">, number>> {
  const { variant, flops, bytes, traffic } = dispatch;
  const { gigaslots, bandwidthGBs, l2GBs } = machine;
  const loaded = loadedBy(dispatch, machine);
  // A window binds whole tensors and reads a part: no more than it loads.
  const moved = traffic ? Math.min(bytes, loaded + traffic.stored) : bytes;
  return {
    arithmetic: ((flops / 2) * machine.slotsPerMac(variant, storage)) / gigaslots / 1e6,
    memory: moved / bandwidthGBs / 1e6,
    loads: l2GBs === undefined ? 0 : loaded / l2GBs / 1e6,
  };
}

/** The name of the largest; of equal ones the first. */
function longest<K extends string>(values: Readonly<Record<K, number>>): K {
  const names = Object.keys(values) as K[];
  return names.reduce((best, name) => (values[name] > values[best] ? name : best));
}
