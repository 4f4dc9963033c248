import { describe, expect, it } from "vitest";
import { fuse } from "../../src/graph/fuse.js";
import type { ValueId } from "../../src/graph/graph.js";
import { detectNetwork } from "../../src/models/detect.js";
import { findTail } from "../../src/plan/tail.js";
import { LEAKY, RandomGraph } from "../cases/graphs.js";
import { compactWeights, rrdbWeights, rrdnWeights } from "../cases/networks.js";

const tailOf = (weights: ReturnType<typeof rrdbWeights>) => findTail(fuse(detectNetwork(weights).graph));

describe("the tail", () => {
  it.each([
    ["RRDBNet", rrdbWeights(), { trunkScale: 1, scale: 4, halo: 1 }, 4],
    ["RRDBNet that unshuffles", rrdbWeights({ unshuffle: 2 }), { trunkScale: 0.5, scale: 4, halo: 1 }, 4],
    ["RRDN", rrdnWeights({ scale: 4 }), { trunkScale: 1, scale: 4, halo: 1 }, 2],
    ["Compact", compactWeights({ scale: 4 }), { trunkScale: 1, scale: 4, halo: 0 }, 1],
  ])("of %s is what computes above the trunk's resolution", (_, weights, expected, nodes) => {
    const tail = tailOf(weights);
    expect(tail).toMatchObject(expected);
    expect(tail!.values.size).toBe(nodes);
  });

  it("is none where nothing is made larger", () => {
    expect(tailOf(compactWeights({ scale: 1 }))).toBeUndefined();
  });

  it.each([
    // 1 pixel of 4x for each of two convolutions, and 2 for the one of 5x5: 4 of them are one of the trunk.
    ["convolutions", (g: RandomGraph, x: ValueId) => g.conv(g.conv(g.conv(x, 4), 4, { kernel: 5 }), 3), 1],
    [
      "a pixel more",
      (g: RandomGraph, x: ValueId) => g.conv(g.conv(g.conv(x, 4), 4, { kernel: 5 }), 3, { kernel: 5 }),
      2,
    ],
    // 2 pixels of 4x are 4 of 8x, and the convolutions after it have 2, 2 and 1 more: 9 of 8.
    [
      "another upsampling",
      (g: RandomGraph, x: ValueId) => {
        const up = g.upsample(g.conv(x, 4, { kernel: 5 }), 2);
        return g.conv(g.conv(g.conv(up, 4, { kernel: 5 }), 4, { kernel: 5 }), 3);
      },
      2,
    ],
    ["tanh by itself, which sees nothing", (g: RandomGraph, x: ValueId) => g.activate(x, { kind: "tanh" }), 0],
  ])("needs a halo for %s", (_, build, halo) => {
    const g = new RandomGraph(1);
    const x = g.conv(g.input(3), 64);
    const tail = findTail(fuse(g.build(build(g, g.activate(g.pixelShuffle(x, 4), LEAKY)))));
    expect(tail).toMatchObject({ trunkScale: 1, scale: expect.any(Number), halo });
  });

  it("is none where it is resized, which needs the size of the whole", () => {
    const g = new RandomGraph(1);
    const x = g.conv(g.input(3), 12);
    const resized = g.resize(x, { mode: "bilinear", antialias: false, factor: 2 });
    expect(findTail(fuse(g.build(g.conv(resized, 3))))).toBeUndefined();
  });

  it("is none where it goes back to a lower resolution", () => {
    const g = new RandomGraph(1);
    const x = g.conv(g.input(3), 12);
    const large = g.conv(g.pixelShuffle(x, 2), 3);
    expect(findTail(fuse(g.build(g.conv(g.pixelUnshuffle(large, 2), 3))))).toBeUndefined();
  });
});
