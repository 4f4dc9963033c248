// Owns holding a fused graph on the GPU against the graph as it was written, on the CPU.

import { expect, it } from "vitest";
import { runTensorOnGpu } from "../../src/gpu/run-tensor.js";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { fuse } from "../../src/graph/fuse.js";
import type { Graph, ValueId } from "../../src/graph/graph.js";
import type { ConvForm, ConvVariant } from "../../src/ops/conv2d.kernels.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { RandomGraph } from "../cases/graphs.js";
import { planMemory } from "../cases/planned-memory.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { softwareDevice } from "./device.js";

export interface FusedCase {
  readonly name: string;
  readonly channels?: number;
  readonly size?: readonly [width: number, height: number];
  readonly build: (g: RandomGraph, x: ValueId) => ValueId;
  /** The operations that are left after fusion and placement: that the case is what its name says. */
  readonly runs: readonly string[];
}

async function expectParity(
  { name, channels = 3, size = [7, 5], build, runs }: FusedCase,
  options: { readonly storage?: Storage; readonly chooseConv?: (form: ConvForm) => ConvVariant | undefined } = {},
  open: () => Promise<GPUDevice | undefined> = softwareDevice,
): Promise<boolean> {
  const device = await open();
  if (!device) return false;
  const seed = [...name].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) | 0, 0);
  const g = new RandomGraph(seed);
  const graph = g.build(build(g, g.input(channels)));
  const [width, height] = size;
  expect(operations(graph, width, height)).toEqual(runs);
  const input = randomTensor(seededRandom(seed + 1), { channels, height, width });
  const actual = await runTensorOnGpu(device, graph, input, options);
  expectNear(actual.data, runOnCpu(graph, input).data, (options.storage ?? "f32") === "f32" ? 1e-5 : 1e-2);
  return true;
}

function operations(graph: Graph, width: number, height: number): string[] {
  return planMemory(fuse(graph), width, height).nodes.map(({ op }) => op);
}

/** Relative to the largest value, since the values' own terms may cancel; a wrong term is a hundred times that. */
export function expectNear(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(0.1);
  const wrong = expected.findIndex((value, i) => !(Math.abs(value - actual[i]!) <= tolerance * Math.max(1, largest)));
  if (wrong >= 0) expect.fail(`value ${wrong} is ${actual[wrong]}, expected ${expected[wrong]}`);
}

export function itMatches(
  cases: readonly FusedCase[],
  options: Parameters<typeof expectParity>[1] = {},
  open?: Parameters<typeof expectParity>[2],
): void {
  it.concurrent.for(cases.map((one) => [one.name, one] as const))("%s", async ([_, one], { skip }) => {
    if (!(await expectParity(one, options, open))) skip("no adapter can run it");
  });
}
