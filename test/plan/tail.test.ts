import { describe, expect, it } from "vitest";
import { fuse } from "../../src/graph/fuse.js";
import { detectNetwork } from "../../src/models/detect.js";
import { findTail } from "../../src/plan/tail.js";
import { RandomGraph } from "../cases/graphs.js";
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

  it("is none where it goes back to a lower resolution", () => {
    const g = new RandomGraph(1);
    const x = g.conv(g.input(3), 12);
    const large = g.conv(g.pixelShuffle(x, 2), 3);
    expect(findTail(fuse(g.build(g.conv(g.pixelUnshuffle(large, 2), 3))))).toBeUndefined();
  });
});
