import { describe, expect, it } from "vitest";
import { reachOf } from "../../src/graph/reach.js";
import { requestOf, seamLevels } from "../../src/job/request.js";
import { loadModel } from "../../src/models/bundled.js";
import { compactWeights, modelOf, rrdbWeights, rrdnWeights } from "../cases/networks.js";

const networkOf = (weights: ReturnType<typeof rrdbWeights>) => modelOf(weights).network;

describe("the default overlap", () => {
  it.each([
    ["general-x4v3's", compactWeights({ blocks: 32 }), 24],
    ["anime-6b's", rrdbWeights({ blocks: 6 }), 48],
    ["an RRDBNet's of 7 blocks", rrdbWeights({ blocks: 7 }), 64],
    ["x4plus'", rrdbWeights({ blocks: 23 }), 64],
    ["an RRDN's of 6 blocks", rrdnWeights({ blocks: 6 }), 48],
  ])("is what hides seams: %s", (_, weights, overlap) => {
    const network = networkOf(weights);
    expect(reachOf(network.graph)).toBeGreaterThan(overlap);
    expect(requestOf({}, network).overlap).toBe(overlap);
    expect(seamLevels(network, overlap)).toBe(1);
  });

  it.each([
    ["a small Compact's", compactWeights({ blocks: 4 }), 6],
    ["a small RRDBNet's", rrdbWeights({ blocks: 1 }), 19],
    ["a small RRDBNet's that unshuffles", rrdbWeights({ blocks: 1, unshuffle: 2 }), 38],
  ])("is as far as the network looks where that is less: %s", (_, weights, overlap) => {
    const network = networkOf(weights);
    expect(requestOf({}, network).overlap).toBe(overlap);
    expect(seamLevels(network, overlap)).toBe(0);
    expect(seamLevels(network, overlap - 1)).not.toBe(0);
  });

  it("of the model that is shipped is 24", async () => {
    const { network } = await loadModel("general-x4v3");
    expect(reachOf(network.graph)).toBe(34);
    expect(requestOf({}, network).overlap).toBe(24);
  });
});

describe("seam levels", () => {
  it("are what was measured, and none from the reach on", () => {
    const network = networkOf(compactWeights({ blocks: 32 }));
    const levels = [0, 7, 8, 16, 23, 24, 31, 32, 34, 100].map((overlap) => seamLevels(network, overlap));
    expect(levels).toEqual([undefined, undefined, 7, 4, 4, 1, 1, 0, 0, 0]);
    const large = networkOf(rrdbWeights({ blocks: 23 }));
    expect([4, 64, 348, 349].map((overlap) => seamLevels(large, overlap))).toEqual([undefined, 1, 1, 0]);
  });
});
