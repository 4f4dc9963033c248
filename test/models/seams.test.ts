import { describe, expect, it } from "vitest";
import { reachOf } from "../../src/graph/reach.js";
import { loadModel } from "../../src/models/bundled.js";
import { interpolateModels } from "../../src/models/interpolate.js";
import { defaultOverlap, seamLevels } from "../../src/models/seams.js";
import { compactWeights, modelOf, rrdbWeights, rrdnWeights } from "../cases/networks.js";

const SHIPPED = ["general-x4v3", "anime-6b", "x4plus"];

describe.each(SHIPPED)("of %s", (name) => {
  it("seams show at most two levels by default, and one, by rounding, from the reach on", async () => {
    const { network } = await loadModel(name);
    const overlap = defaultOverlap(network);
    const reach = reachOf(network.graph);
    expect(seamLevels(network, overlap, "f32")).toBeLessThanOrEqual(2);
    expect(overlap).toBeLessThanOrEqual(reach);
    expect([reach, reach + 1].map((each) => seamLevels(network, each, "f32"))).toEqual([1, 1]);
    expect(seamLevels(network, reach - 1, "f32")).toBeGreaterThanOrEqual(1);
  });

  it("more overlap never promises worse, and less than 8 pixels promise nothing", async () => {
    const { network } = await loadModel(name);
    const levels = Array.from({ length: reachOf(network.graph) + 1 }, (_, overlap) =>
      seamLevels(network, overlap, "f32"),
    );
    expect(levels.slice(0, 8)).toEqual(new Array(8).fill(undefined));
    const promised = levels.slice(8).map((each) => each!);
    expect(promised).toEqual([...promised].sort((a, b) => b - a));
    expect(promised[0]).toBeGreaterThan(promised.at(-1)!);
  });

  it("halves show a level more, but from the reach on, and never more than all", async () => {
    const { network } = await loadModel(name);
    const reach = reachOf(network.graph);
    const both = (overlap: number) => (["f32", "f16"] as const).map((each) => seamLevels(network, overlap, each)!);
    expect(both(8)).toEqual([255, 255]);
    const [f32, f16] = both(reach - 1);
    expect(f16).toBe(f32! + 1);
    expect(both(reach)).toEqual([1, 1]);
  });

  it("nothing is promised of other weights in the same network", async () => {
    const model = await loadModel(name);
    const doubled = interpolateModels([{ model, weight: 2 }]).network;
    expect(seamLevels(interpolateModels([{ model, weight: 1 }]).network, 16, "f32")).toBe(
      seamLevels(model.network, 16, "f32"),
    );
    expect(seamLevels(doubled, 16, "f32")).toBeUndefined();
    expect(seamLevels(doubled, reachOf(doubled.graph), "f32")).toBe(1);
    expect(defaultOverlap(doubled)).toBe(defaultOverlap(model.network));
  });
});

describe("the default overlap", () => {
  const overlapOf = (weights: ReturnType<typeof rrdbWeights>) => defaultOverlap(modelOf(weights).network);

  it("of a network that looks no farther than 40 pixels is as far as it looks", async () => {
    expect(defaultOverlap((await loadModel("general-x4v3")).network)).toBe(34);
    expect(overlapOf(compactWeights({ blocks: 4 }))).toBe(6);
    expect(overlapOf(rrdbWeights({ blocks: 1 }))).toBe(19);
    expect(overlapOf(rrdbWeights({ blocks: 1, unshuffle: 2 }))).toBe(38);
  });

  it("of a larger network is that of the measured one of its kind", async () => {
    const [anime, x4plus] = await Promise.all(["anime-6b", "x4plus"].map((name) => loadModel(name)));
    expect(overlapOf(rrdbWeights({ blocks: 6 }))).toBe(defaultOverlap(anime!.network));
    expect(overlapOf(rrdbWeights({ blocks: 7 }))).toBe(defaultOverlap(x4plus!.network));
    expect(overlapOf(rrdnWeights({ blocks: 23 }))).toBe(defaultOverlap(x4plus!.network));
  });

  it("of a network that unshuffles its input is as many of its own pixels", async () => {
    const { network } = await loadModel("x4plus");
    expect(overlapOf(rrdbWeights({ blocks: 23, unshuffle: 2 }))).toBe(2 * defaultOverlap(network));
  });
});
