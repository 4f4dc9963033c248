// Owns which convolutions of a plan stand for their kernels where those are tried on a device, and the bytes that trying them takes. Pure.

import type { FusedConv } from "../graph/fuse.js";
import type { ValueId } from "../graph/graph.js";
import type { ExecutionPlan } from "./execution-plan.js";
import { rangeOf } from "./place.js";
import { kernelKey } from "./refused-kernels.js";
import type { PlannedPipeline, PlannedRange } from "./runnable-plan.js";

/** Pixels of the network's input along each side, where that takes any number. */
export const CHECK_SIZE = 8;

export interface KernelTrial {
  readonly conv: FusedConv;
  readonly pipeline: PlannedPipeline;
  /** Its dispatches. */
  readonly from: number;
  readonly to: number;
  /** What it is given: inputs and residuals, each once. */
  readonly operands: readonly { readonly value: ValueId; readonly place: PlannedRange }[];
  /** Where its result lies. */
  readonly result: PlannedRange;
}

/**
 * For each kernel one convolution, in the order that they run in: the first that reads several channel blocks, if there is one. Only of
 * the kernels with these keys, where some are given.
 */
export function kernelTrials(plan: ExecutionPlan, wanted?: ReadonlySet<string>): KernelTrial[] {
  const found = new Map<string, KernelTrial>();
  for (const conv of plan.memory.nodes) {
    if (conv.op !== "conv2d") continue;
    const from = plan.dispatches.findIndex(({ node }) => node === conv.name);
    const to = from + plan.dispatches.filter(({ node }) => node === conv.name).length;
    const pipeline = plan.pipelines[plan.dispatches[from]!.pipeline]!;
    const key = pipeline.conv && kernelKey(pipeline.conv);
    if (key === undefined || wanted?.has(key) === false) continue;
    const before = found.get(key);
    if (before && isTelling(before.conv)) continue;
    found.set(key, { conv, pipeline, from, to, operands: operandsOf(plan, conv), result: resultOf(plan, conv) });
  }
  return [...found.values()].sort((a, b) => a.from - b.from);
}

/** Of the buffers that all operands come from and all results are read back from. */
export function trialBytes(trials: readonly KernelTrial[]): { readonly operands: number; readonly results: number } {
  const sum = (ranges: readonly PlannedRange[]) => ranges.reduce((total, { byteLength }) => total + byteLength, 0);
  return {
    operands: sum(trials.flatMap(({ operands }) => operands.map(({ place }) => place))),
    results: sum(trials.map(({ result }) => result)),
  };
}

function isTelling({ weight }: FusedConv): boolean {
  return weight.shape[1]! > 4;
}

function operandsOf(plan: ExecutionPlan, { inputs, residuals }: FusedConv): KernelTrial["operands"] {
  const values = new Set([...inputs, ...residuals.map(({ value }) => value)]);
  return [...values].map((value) => ({ value, place: placeOf(plan, value)! }));
}

function placeOf(plan: ExecutionPlan, value: ValueId): PlannedRange | undefined {
  const place = plan.memory.placements.get(value);
  return place && rangeOf({ ...plan, firstSlot: 0 }, place);
}

function resultOf(plan: ExecutionPlan, { output }: FusedConv): PlannedRange {
  const place = placeOf(plan, output);
  if (place) return place;
  const buffer = plan.buffers.findIndex(({ role }) => role === "picture-out");
  return { kind: "buffer", buffer, offset: 0, byteLength: plan.buffers[buffer]!.byteLength };
}
