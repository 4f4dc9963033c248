import { describe, expect, it } from "vitest";
import { type FusedConv, fuse, readsOf } from "../../src/graph/fuse.js";
import type { Graph, ValueId } from "../../src/graph/graph.js";
import { detectNetwork } from "../../src/models/detect.js";
import { MAX_SOURCES } from "../../src/ops/conv2d.kernels.js";
import { channelBlocks, roundUp } from "../../src/ops/plane.js";
import type { MemoryPlan } from "../../src/plan/memory-plan.js";
import { BLOCK_BYTES } from "../../src/shaders/kernel.js";
import { LEAKY, RandomGraph, unpadded } from "../cases/graphs.js";
import { compactWeights, lumaWeights, rrdbWeights, rrdnWeights } from "../cases/networks.js";
import { planMemory } from "../cases/planned-memory.js";
import { randomGraph } from "../cases/random-graphs.js";

function graphOf(build: (g: RandomGraph, x: ValueId) => ValueId): Graph {
  const g = new RandomGraph(5);
  return g.build(build(g, g.input(3)));
}

const NETWORKS: readonly (readonly [string, Graph])[] = [
  ["RRDBNet", detectNetwork(rrdbWeights({ blocks: 3, features: 64, growth: 32 })).graph],
  ["RRDBNet of odd channels", detectNetwork(rrdbWeights({ blocks: 2, features: 7, growth: 5 })).graph],
  ["RRDBNet, unshuffled", detectNetwork(rrdbWeights({ blocks: 2, unshuffle: 2 })).graph],
  ["ESRGAN+", detectNetwork(rrdbWeights({ blocks: 2, plus: true })).graph],
  ["RRDN", detectNetwork(rrdnWeights({ blocks: 2 })).graph],
  ["Compact", detectNetwork(compactWeights({ blocks: 4 })).graph],
  ["Compact 1x", detectNetwork(compactWeights({ scale: 1 })).graph],
  ["SRCNN without padding", detectNetwork(lumaWeights("srcnn", { metadata: { padding: "valid" } })).graph],
  ["convolutions without padding", graphOf(unpadded)],
];

/** For each value the nodes it must keep its memory for: from the one that makes it to the last that reads it. */
function lifetimes(plan: MemoryPlan, graph: Graph): Map<ValueId, { from: number; to: number }> {
  const lives = new Map([[graph.input, { from: -1, to: -1 }]]);
  plan.nodes.forEach((node, index) => {
    for (const id of readsOf(node)) lives.get(id)!.to = index;
    lives.set(node.output, { from: index, to: index });
  });
  lives.get(graph.output)!.to = plan.nodes.length;
  return lives;
}

/** Every rule that a memory plan keeps, whatever the network. */
function expectSound(graph: Graph, width: number, height: number): MemoryPlan {
  const plan = planMemory(fuse(graph), width, height);
  const { placements, slots, values, nodes } = plan;
  const lives = [...lifetimes(plan, graph)];
  for (const [id, life] of lives) {
    const place = placements.get(id)!;
    const slot = slots[place.slot]!;
    const { shape, plane, name } = values[id]!;
    expect(place.blocks, name).toBe(channelBlocks(shape.channels));
    expect(place.firstBlock + place.blocks, name).toBeLessThanOrEqual(slot.blocks);
    // A slot keeps one plane for its life: its border stays what it was made with.
    expect(slot.plane, name).toEqual(plane);
    for (const [other, otherLife] of lives) {
      if (other <= id || otherLife.from > life.to || otherLife.to < life.from) continue;
      const second = placements.get(other)!;
      const apart =
        place.slot !== second.slot ||
        place.firstBlock + place.blocks <= second.firstBlock ||
        second.firstBlock + second.blocks <= place.firstBlock;
      if (!apart) expect.fail(`${name} and ${values[other]!.name} lie in the same memory at the same time`);
    }
  }
  for (const conv of nodes.filter((node): node is FusedConv => node.op === "conv2d")) {
    expect(sources(plan, conv), conv.name).toBeLessThanOrEqual(MAX_SOURCES);
    expectBorder(conv, values);
    for (const id of conv.inputs) expect(values[id]!.plane, conv.name).toEqual(values[conv.inputs[0]!]!.plane);
  }
  return plan;
}

/** All that is read lies in the plane, also for the last pixels of invocations that overhang. */
function expectBorder(
  { name, weight, upsample, shuffle, grow, inputs, output }: FusedConv,
  values: MemoryPlan["values"],
) {
  const reach = (weight.shape[2]! - 1) / 2;
  const from = values[inputs[0]!]!.plane;
  for (const [axis, aligned] of [
    ["width", 8],
    ["height", 4],
  ] as const) {
    const first = Math.floor((-reach - grow) / upsample);
    const last = roundUp(values[output]!.shape[axis] / shuffle.factor, aligned * upsample) - 1;
    const lastRead = Math.floor((last - grow + reach) / upsample);
    expect(-first, `${name} before`).toBeLessThanOrEqual(from.pad);
    expect(lastRead, `${name} behind`).toBeLessThanOrEqual(roundUp(from[axis], aligned) - 1 + from.pad);
  }
}

/** How many bindings the inputs of a convolution need. */
function sources({ placements }: MemoryPlan, { inputs }: FusedConv): number {
  let count = 0;
  let next: { slot: number; block: number } | undefined;
  for (const id of inputs) {
    const { slot, firstBlock, blocks } = placements.get(id)!;
    if (slot !== next?.slot || firstBlock !== next.block) count++;
    next = { slot, block: firstBlock + blocks };
  }
  return count;
}

const copies = ({ nodes }: MemoryPlan) => nodes.filter(({ op }) => op === "concat-channels").length;

describe("planMemory", () => {
  it.each(NETWORKS)("keeps the values of %s apart", (_, graph) => {
    for (const [width, height] of [
      [8, 4],
      [16, 24],
    ] as const) {
      expectSound(graph, width, height);
    }
  });

  it.each(Array.from({ length: 300 }, (_, seed) => seed))("keeps the values of random graph %i apart", (seed) => {
    expectSound(randomGraph(seed, 4 + (seed % 20)), 6, 4);
  });

  it("finds random graphs with copies and without", () => {
    const counts = Array.from({ length: 300 }, (_, seed) =>
      copies(planMemory(fuse(randomGraph(seed, 4 + (seed % 20))), 6, 4)),
    );
    expect(counts.filter((count) => count === 0).length).toBeGreaterThan(30);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(30);
  });

  it.each(NETWORKS)("needs no copy for %s", (_, graph) => {
    expect(copies(planMemory(fuse(graph), 16, 8))).toBe(0);
  });

  it("keeps RRDBNet's trunk within 1,600 bytes a pixel, for any number of blocks", () => {
    const trunkBytes = (blocks: number) => {
      const { graph } = detectNetwork(rrdbWeights({ blocks, features: 64, growth: 32 }));
      const { slots } = planMemory(fuse(graph), 64, 48);
      return slots
        .filter(({ plane }) => plane.width === 64)
        .reduce((sum, slot) => sum + slot.blocks * BLOCK_BYTES.f32, 0);
    };
    expect(trunkBytes(1)).toBeLessThanOrEqual(1600);
    expect(trunkBytes(4)).toBe(trunkBytes(2));
    expect(trunkBytes(4)).toBeLessThanOrEqual(1600);
  });

  it("lays a dense block's growth side by side", () => {
    const g = new RandomGraph(1);
    const x = g.input(5);
    const a = g.conv(x, 6, { activation: LEAKY });
    const b = g.conv([x, a], 3, { activation: LEAKY });
    const c = g.conv([x, a, b], 7, { activation: LEAKY });
    const graph = g.build(g.conv([x, a, b, c], 5));
    const { placements } = planMemory(fuse(graph), 8, 8);
    const [first, second, third] = [a, b, c].map((id) => placements.get(id)!);
    expect([first!.firstBlock, first!.blocks]).toEqual([0, 2]);
    expect([second!.firstBlock, second!.blocks]).toEqual([2, 1]);
    expect([third!.firstBlock, third!.blocks]).toEqual([3, 2]);
    expect(new Set([first!.slot, second!.slot, third!.slot]).size).toBe(1);
  });

  it("puts no output beside what the same convolution reads twice", () => {
    const g = new RandomGraph(1);
    const x = g.input(5);
    const a = g.conv(x, 5);
    const b = g.scaledAdd(g.conv([x, a], 5), 1, a);
    const graph = g.build(g.conv([x, a, b], 5));
    const { placements } = planMemory(fuse(graph), 8, 8);
    expect(placements.get(b)!.slot).not.toBe(placements.get(a)!.slot);
  });

  it("gives each size the border of its widest reader", () => {
    const g = new RandomGraph(1);
    const x = g.input(3);
    const wide = g.conv(g.conv(x, 3, { kernel: 7 }), 3, { kernel: 1 });
    const graph = g.build(g.conv(g.upsample(g.conv(g.upsample(wide, 2), 3), 2), 3, { kernel: 5 }));
    const { values } = planMemory(fuse(graph), 8, 8);
    const padOf = (size: number) => new Set(values.filter(({ shape }) => shape.width === size).map((v) => v.plane.pad));
    expect(padOf(8)).toEqual(new Set([3]));
    // Five taps of twice as many pixels reach one beyond the edge.
    expect(padOf(16)).toEqual(new Set([1]));
    expect(padOf(32)).toEqual(new Set([0]));
  });
});
