// What the direct convolution kernel does at some channel counts alone, against the CPU: weights in uniforms that take several
// dispatches, and sums in halves over chunks that do or do not divide the input.

import { expect, it } from "vitest";
import { runTensorOnGpu } from "../../src/gpu/run-tensor.js";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { fuse } from "../../src/graph/fuse.js";
import type { Graph, ValueId } from "../../src/graph/graph.js";
import type { ConvVariant } from "../../src/ops/conv2d.kernels.js";
import { DEFAULT_CAPABILITIES } from "../../src/plan/capabilities.js";
import { planExecution } from "../../src/plan/execution-plan.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { LEAKY, RandomGraph } from "../cases/graphs.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { f16Device, softwareDevice } from "./device.js";
import { expectNear } from "./fused-case.js";

const SMALL = { kind: "direct", pixelsX: 2, pixelsY: 1, channelBlocks: 2, workgroupX: 16, workgroupY: 4 } as const;
// lavapipe compiles large kernels for a minute.
const SMALLEST = { ...SMALL, pixelsX: 1, channelBlocks: 1 } as const;
const UNROLLED: ConvVariant = {
  ...SMALL,
  ...{ rows: "unrolled", rowsInStorage: "looped", math: "f32", weights: "uniform" },
};
const LOOPED: ConvVariant = { ...SMALL, rows: "looped", math: "f32", weights: "uniform" };

interface Case {
  readonly name: string;
  readonly channels: number;
  /** Of the last convolution. */
  readonly dispatches: number;
  readonly build: (g: RandomGraph, x: ValueId) => ValueId;
}

const CASES: readonly Case[] = [
  { name: "whole", channels: 9, dispatches: 1, build: (g, x) => g.conv(x, 24, { activation: LEAKY }) },
  { name: "in parts", channels: 64, dispatches: 2, build: (g, x) => g.conv(x, 32, { activation: "prelu" }) },
  {
    name: "in parts, of two inputs",
    channels: 16,
    dispatches: 2,
    build: (g, x) => g.conv([x, g.conv(x, 96, { kernel: 1 })], 32),
  },
  {
    name: "in parts, shuffled",
    channels: 64,
    dispatches: 2,
    build: (g, x) => g.pixelShuffle(g.conv(x, 32), 2),
  },
  {
    name: "in parts, folded",
    channels: 64,
    dispatches: 3,
    build: (g, x) => g.conv(g.upsample(x, 2), 24, { activation: LEAKY }),
  },
  { name: "too large for uniforms", channels: 232, dispatches: 1, build: (g, x) => g.conv(x, 8) },
];

async function expectParity(
  device: GPUDevice,
  graph: Graph,
  channels: number,
  { variant, storage, tolerance }: { variant: ConvVariant; storage: Storage; tolerance: number },
): Promise<void> {
  const input = randomTensor(seededRandom(2), { channels, height: 3, width: 5 });
  const actual = await runTensorOnGpu(device, graph, input, { storage, chooseConv: () => variant });
  expectNear(actual.data, runOnCpu(graph, input).data, tolerance);
}

it.each([
  ["unrolled", UNROLLED],
  ["looped", LOOPED],
] as const)("%s with uniform weights computes every part", { timeout: 300_000 }, async (_, variant) => {
  const device = await softwareDevice();
  for (const { name, channels, build, dispatches } of CASES) {
    const g = new RandomGraph(1);
    const graph = g.build(build(g, g.input(channels)));
    const plan = planExecution(fuse(graph), {
      ...{ width: 5, height: 3, storage: "f32", device: DEFAULT_CAPABILITIES, io: { kind: "tensor" } },
      chooseConv: () => variant,
    });
    const last = plan.dispatches.at(-1)!.node;
    const own = plan.dispatches.filter(({ node }) => node === last);
    expect([name, own.length]).toEqual([name, dispatches]);
    expect(new Set(own.map(({ pipeline }) => pipeline)).size).toBe(1);
    const isTooLarge = name.startsWith("too large");
    expect(own[0]!.variant.includes("uniform")).toBe(!isTooLarge);
    expect(own[0]!.variant.includes("looped")).toBe(isTooLarge || variant === LOOPED);
    await expectParity(device, graph, channels, { variant, storage: "f32", tolerance: 2e-5 });
  }
});

it("reads halves from uniforms by two", { timeout: 300_000 }, async () => {
  const g = new RandomGraph(3);
  const graph = g.build(g.conv(g.input(64), 64));
  const options = { variant: UNROLLED, storage: "packed-f16", tolerance: 1e-2 } as const;
  await expectParity(await softwareDevice(), graph, 64, options);
});

// Chunks of the input's blocks: 3 by two, 5 by four after folding, 20 by ten for one tap, one block by itself.
it.each<[name: string, weights: "storage" | "uniform", channels: number, build: Case["build"]]>([
  ["3 blocks", "uniform", 9, (g, x) => g.conv(x, 4)],
  ["5 blocks, folded", "storage", 20, (g, x) => g.conv(g.upsample(x, 2), 4)],
  ["20 blocks, one tap", "uniform", 80, (g, x) => g.conv(x, 4, { kernel: 1 })],
  ["one block", "storage", 3, (g, x) => g.conv(x, 4)],
  ["each one chunk", "storage", 8, (g, x) => g.conv([x, g.conv(x, 8, { kernel: 1 })], 4, { kernel: 1 })],
])("sums all chunks in halves: %s", { timeout: 300_000 }, async (_, weights, channels, build) => {
  const device = await f16Device();
  if (!device) return;
  const variant: ConvVariant = { ...SMALLEST, rows: "unrolled", math: "f16", weights };
  const g = new RandomGraph(4);
  const graph = g.build(build(g, g.input(channels)));
  await expectParity(device, graph, channels, { variant, storage: "f16", tolerance: 5e-3 });
});
