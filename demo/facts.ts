// Owns what is told of how a result was computed, in words. Pure.

import type { UpscalePlan } from "esrgan-webgpu";
import type { Outcome } from "./picture.js";
import { milliseconds } from "./words.js";

export type Fact = readonly [name: string, value: string];

export function factsOf(outcome: Outcome, adapter: string): Fact[] {
  const { plan, modelLabel, reason, loadMs, computeMs, notes } = outcome;
  const { tile, tiles, passes } = plan;
  const windows = tile.windows > 1 ? `, the last layers in ${tile.windows} windows` : "";
  return [
    ["Adapter", adapter],
    ["Network", passes > 1 ? `${modelLabel}, ${passes} times` : modelLabel],
    ["Time", `${milliseconds(computeMs)} for the picture, ${milliseconds(loadMs)} to get ready`],
    ["Rate", `${figure(plan.flops / 1e9)} GFLOP, ${figure(plan.flops / 1e6 / computeMs)} GFLOP/s`],
    ["Precision", reason],
    ["Kernels", kernelsOf(plan)],
    ["Why these", plan.reason.split("; kernels: ")[1] ?? plan.reason],
    [
      "Tiles",
      tiles === 1 ? `one${windows}` : `${tiles} of ${tile.width} x ${tile.height}, ${tile.overlap} overlap${windows}`,
    ],
    ["Seams", seamsOf(plan)],
    ["Memory", `${megabytes(plan.peakBytes)} at most, ${megabytes(plan.weightBytes)} of it weights`],
    ["Dispatches", `${plan.dispatches} a tile, ${plan.pipelines} pipelines`],
    ...notes.map((note) => ["Note", note] as const),
  ];
}

/** Which variants do how much of the work. */
function kernelsOf({ steps }: UpscalePlan): string {
  const work = new Map<string, number>();
  for (const { variant, flops } of steps) work.set(variant, (work.get(variant) ?? 0) + flops);
  const all = [...work.values()].reduce((sum, flops) => sum + flops, 0);
  const shares = [...work].filter(([, flops]) => flops / all >= 0.005).sort(([, a], [, b]) => b - a);
  return shares.map(([variant, flops]) => `${variant} ${Math.round((flops / all) * 100)} %`).join(", ");
}

function seamsOf({ seamLevels }: UpscalePlan): string {
  if (seamLevels === undefined) return "were not measured for this model and overlap";
  if (seamLevels === 0) return "none";
  return `at most ${seamLevels} of 255 levels`;
}

function megabytes(bytes: number): string {
  return `${figure(bytes / 2 ** 20)} MiB`;
}

function figure(value: number): string {
  return value < 100 ? value.toPrecision(2) : String(Math.round(value));
}
