// What convolution kernels load, as plans state it: held against the loads in the kernels' text, times the loops around them, and
// against figures by hand.

import { describe, expect, it } from "vitest";
import { ALL_CONVS } from "../../bench/harness/subjects.js";
import { planTarget } from "../../bench/harness/target.js";
import { fuse } from "../../src/graph/fuse.js";
import { type ConvVariant, tilingOf } from "../../src/ops/conv2d.kernels.js";
import { convTraffic, loadedBytes, type Traffic, type TrafficForm, timesTraffic } from "../../src/ops/traffic.js";
import { DEFAULT_CAPABILITIES } from "../../src/plan/capabilities.js";
import { planExecution } from "../../src/plan/execution-plan.js";
import { BLOCK_BYTES, type Storage } from "../../src/shaders/kernel.js";
import { MATRIX_VARIANTS } from "../cases/matrix-variants.js";
import { compactWeights, modelOf } from "../cases/networks.js";

const SIZE = { width: 64, height: 64 };

const direct = (pixelsX: number, pixelsY: number, channelBlocks: number, more: object = {}) =>
  ({ kind: "direct", pixelsX, pixelsY, channelBlocks, workgroupX: 16, workgroupY: 4, ...UNROLLED, ...more }) as const;
const UNROLLED = { rows: "unrolled", math: "f32" } as const;
const shared = (pixelsX: number, pixelsY: number, rows: "window" | "rolling", lanes: 4 | 8): ConvVariant => ({
  kind: "shared",
  pixelsX,
  pixelsY,
  channelBlocks: 2,
  workgroupX: lanes,
  workgroupY: lanes === 8 ? 1 : 2,
  rows,
  math: "f32",
  lanes,
});
const winograd: ConvVariant = { kind: "winograd", channelBlocks: 2, workgroupX: 16, workgroupY: 4, math: "f32" };

function planned(shape: string, variant: ConvVariant, storage: Storage = "f32") {
  const subject = ALL_CONVS.find((each) => each.shape === shape)!;
  return planTarget(subject, DEFAULT_CAPABILITIES, { ...SIZE, storage, variant });
}

/** The traffic of one invocation of the subject's first dispatch. */
function invocationTraffic(shape: string, variant: ConvVariant, storage: Storage = "f32"): Traffic {
  const { traffic, workgroups } = planned(shape, variant, storage).dispatches[0]!;
  const { workgroupX, workgroupY } = tilingOf(variant, 1);
  return timesTraffic(traffic!, 1 / (workgroups.reduce((product, n) => product * n, 1) * workgroupX * workgroupY));
}

/** How often a line runs that begins a block, given what its names stand for; 1 for blocks that are no loops. */
function tripsOf(line: string, names: Readonly<Record<string, number>>): number {
  const value = (text: string) => {
    const product = text.split("*").map((factor) => names[factor.trim()] ?? Number(factor.replace("u", "")));
    return product.reduce((a, b) => a * b, 1);
  };
  const [, limit, step] = /for \(var \w+ = 0u; \w+ < (.+); \w+(?:\+\+| \+= (\d+)u)\)/.exec(line) ?? [];
  if (limit !== undefined) return value(limit) / Number(step ?? 1);
  // The lanes and rows that a test lets pass.
  const [, columns] = /if \(column < (\d+)u\)/.exec(line) ?? [];
  if (columns !== undefined) return Number(columns) / names.workgroupX!;
  const [, skipped] = /if \(row >= (\d+)u\)/.exec(line) ?? [];
  return skipped === undefined ? 1 : 1 - Number(skipped) / names.windowRows!;
}

/** Distinct loads of blocks in the text of `main`, in all the turns of the loops around them. */
function countLoads(code: string, names: Readonly<Record<string, number>>): { sources: number; weights: number } {
  const main = code.slice(code.indexOf("fn main(")).split("\nfn ")[0]!;
  const around: { readonly trips: number; readonly loop: number }[] = [{ trips: 1, loop: 0 }];
  const found = { sources: 0, weights: 0 };
  const seen = new Set<string>();
  for (const [at, line] of main.split("\n").entries()) {
    const opens = (line.match(/\{/g) ?? []).length;
    const closes = (line.match(/\}/g) ?? []).length;
    const trips = tripsOf(line, names);
    const times = around.reduce((product, each) => product * each.trips, opens > 0 ? trips : 1);
    const { loop } = around.at(-1)!;
    for (const [load, name] of line.matchAll(/(source\d|weights)\[[^\]]*\]|weightAt\([^)]*\)|fetch\(/g)) {
      const key = `${loop} ${load}`;
      if (seen.has(key)) continue;
      seen.add(key);
      found[name?.startsWith("source") || load === "fetch(" ? "sources" : "weights"] += times;
    }
    for (let n = closes; n < opens; n++) around.push({ trips, loop: line.includes("for (") ? at : loop });
    for (let n = opens; n < closes; n++) around.pop();
  }
  return found;
}

describe("traffic of a kernel", () => {
  const kernel = { KERNEL: 3, columns: 3, inBlocks: 16 };
  it.each<[string, ConvVariant, Storage, Readonly<Record<string, number>>]>([
    ["64->64", { kind: "plain" }, "f32", kernel],
    ["64->64", direct(4, 2, 2), "f32", {}],
    ["64->64", direct(2, 2, 1), "packed-f16", {}],
    ["64->64", direct(4, 1, 2, { math: "f16" }), "f16", {}],
    ["64->64", direct(4, 2, 2, { weights: "uniform" }), "f32", {}],
    ["64->64", direct(4, 2, 1, { rows: "looped" }), "f32", { "planes.src.aux0": 16 }],
    ["64->64", direct(4, 1, 2, { columns: "spread" }), "f32", {}],
    ["64->64 5x5", direct(2, 2, 2, { columns: "spread" }), "f32", { "planes.src.aux0": 16 }],
    ["64->64 upsampled 2x", direct(4, 1, 2, { columns: "spread" }), "f32", {}],
    ["64->64 5x5", direct(4, 2, 2), "f32", { "planes.src.aux0": 16 }],
    ["64->64 1x1", direct(4, 2, 2), "f32", {}],
    ["64->64 upsampled 2x", direct(4, 2, 2), "f32", {}],
    ["64->3", direct(4, 2, 2), "f32", {}],
    ["64->48 shuffled 4x", direct(4, 2, 2), "f32", {}],
    ["64->64", winograd, "f32", {}],
    ["64->64", shared(4, 2, "window", 4), "f32", { "planes.src.aux0": 16, one: 1 }],
    ["64->64", shared(4, 2, "rolling", 4), "f32", { "planes.src.aux0": 16, windowRows: 4, one: 1 }],
    ["64->64", shared(4, 2, "rolling", 8), "f32", { "planes.src.aux0": 16, workgroupX: 8, windowRows: 4, one: 1 }],
    ["64->64", shared(2, 4, "rolling", 8), "f32", { "planes.src.aux0": 16, workgroupX: 8, windowRows: 6, one: 1 }],
  ])("%s by %j in %s is that of its text", (shape, variant, storage, names) => {
    const target = planned(shape, variant, storage);
    const { sources, weights } = invocationTraffic(shape, variant, storage);
    const bytes = BLOCK_BYTES[storage];
    const counted = countLoads(target.code, names);
    expect(counted.sources).toBeGreaterThan(0);
    expect(sources / bytes).toBeCloseTo(counted.sources, 6);
    expect(weights / bytes).toBeCloseTo(counted.weights, 6);
  });

  it("is that of all its invocations, and of each dispatch where weights take several", () => {
    // 4x2 pixels of 8 channels: 6x4 blocks of 16 bytes and 9 * 8 weights of 4 channels, for each of 16 blocks; 8 * 16 * 32 invocations.
    const whole = planned("64->64", direct(4, 2, 2)).dispatches;
    expect(whole.map(({ traffic }) => traffic)).toEqual([
      {
        sources: 4096 * 16 * 24 * 16,
        weights: 4096 * 16 * 72 * 16,
        weightsFor: "subgroup",
        weightSpace: "storage",
        // A bias for each channel block, and a residual.
        epilogue: 4096 * 2 * 16 + 64 * 64 * 64 * 4,
        stored: 64 * 64 * 64 * 4,
      },
    ]);
    const parts = planned("64->64", direct(4, 2, 2, { weights: "uniform" })).dispatches;
    expect(parts).toHaveLength(4);
    for (const { traffic } of parts) {
      expect(traffic).toEqual({ ...timesTraffic(whole[0]!.traffic!, 1 / 4), weightSpace: "uniform" });
    }
  });

  it("by subgroup matrices is that of its tile and of all its matrices", () => {
    const [of16] = MATRIX_VARIANTS;
    const { sources, weights, weightsFor } = invocationTraffic("64->64", of16!, "f16");
    // 16x4 pixels with a border of one, and 9 taps for 32 outputs from four inputs at a time, of each of 16 blocks of 8 bytes.
    expect({ sources, weights, weightsFor }).toEqual({
      sources: 16 * 18 * 6 * 8,
      weights: 16 * 9 * 32 * 8,
      weightsFor: "lane",
    });
  });

  it("is shared out among the bands of a dispatch", () => {
    const fused = fuse(modelOf(compactWeights({ blocks: 1, features: 8 })).network.graph);
    const io = { kind: "picture", source: { kind: "packed", channels: 3, bits: 8 }, bits: 8, gray: false } as const;
    const request = { ...SIZE, io, storage: "f32", device: DEFAULT_CAPABILITIES } as const;
    const of = (mostFlops: number) => planExecution(fused, { ...request, mostFlops }).dispatches;
    const sum = (dispatches: ReturnType<typeof of>) =>
      dispatches.reduce((total, { traffic }) => total + (traffic?.sources ?? 0), 0);
    const [whole, bands] = [of(Number.POSITIVE_INFINITY), of(1e6)];
    expect(bands.length).toBeGreaterThan(whole.length);
    expect(sum(bands)).toBe(sum(whole));
  });

  it("has residuals, slopes and pixels by hand", () => {
    const form: TrafficForm = {
      storage: "f16",
      weightSpace: "storage",
      inBlocks: 3,
      blocks: 2,
      pixels: 8,
      residuals: 2,
      hasSlopes: true,
      pictureBits: undefined,
    };
    const loads = { sources: 24, weights: 72, weightsFor: "subgroup" } as const;
    const traffic = convTraffic(loads, form);
    expect(traffic).toMatchObject({ sources: 576, weights: 1728, epilogue: 32 + 16 * (16 + 16), stored: 128 });
    expect(convTraffic(loads, { ...form, pictureBits: 8 }).stored).toBe(64);
    expect(convTraffic(loads, { ...form, pictureBits: 16 }).stored).toBe(128);
    expect(loadedBytes(traffic, 32)).toBe(576 + 544 + 54);
    expect(loadedBytes({ ...traffic, weightsFor: "lane" }, 32)).toBe(576 + 544 + 1728);
  });

  it("is not counted for other operations", () => {
    const { plan } = planned("64->64", direct(4, 2, 2));
    for (const { op, traffic } of plan.dispatches) expect(traffic === undefined).toBe(op !== "conv2d");
    expect(plan.dispatches.some(({ op }) => op === "conv2d")).toBe(true);
  });
});
