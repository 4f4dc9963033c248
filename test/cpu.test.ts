// Upscaling on the CPU: what it refuses. What it computes is the measure of all kernels, and held against PyTorch elsewhere.

import { describe, expect, it } from "vitest";
import { upscaleOnCpu } from "../src/cpu.js";
import { notFiniteError } from "../src/models/model.js";
import type { Pixels } from "../src/ops/pixels.js";
import { compactWeights, modelOf, rrdbWeights } from "./cases/networks.js";
import { scaledWeights } from "./cases/scaled-weights.js";

const PICTURE: Pixels = {
  data: Uint8Array.from({ length: 5 * 4 * 4 }, (_, i) => (i * 37) % 256),
  width: 5,
  height: 4,
  channels: 4,
  bits: 8,
};

describe("upscaleOnCpu", () => {
  // Every weight is finite, what comes of them is not.
  it.each([
    ["infinity", compactWeights({ scale: 2, blocks: 1 }), 1e30],
    ["NaN", rrdbWeights(), 1e25],
  ])("refuses a result with %s as the GPU does", (_, weights, factor) => {
    const model = modelOf(scaledWeights(weights, factor));
    const { message } = notFiniteError(model);
    expect(() => upscaleOnCpu(model, PICTURE)).toThrow(expect.objectContaining({ code: "bad-weights", message }));
  });

  it("takes large values that are finite", () => {
    const { data } = upscaleOnCpu(modelOf(scaledWeights(compactWeights({ scale: 2, blocks: 1 }), 100)), PICTURE);
    expect(new Set(data.filter((_, i) => i % 4 !== 3))).toContain(255);
  });
});
