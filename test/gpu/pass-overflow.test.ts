// Values that are not finite: stored as 0, and counted until asked for.

import { describe, expect, it } from "vitest";
import { createUpscaler } from "../../src/upscaler.js";
import { WeightTensor } from "../../src/weights/tensor-map.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import {
  encoded,
  inputOf,
  outputFor,
  passOf,
  plainTuning,
  rgba,
  smallUpscaler,
  submitted,
  wrongValues,
} from "./pass-run.js";

const SIZE = { width: 12, height: 9 };

/** A network whose first layer makes values of about `factor`. */
function loud(factor: number) {
  const { tensors, metadata } = compactWeights({ scale: 2, blocks: 1 });
  const changed = [...tensors].map(([name, tensor]) => {
    const values = tensor.floats().map((value) => (name === "body.0.weight" ? value * factor : value));
    return [name, new WeightTensor(name, tensor.shape, values)] as const;
  });
  return modelOf({ tensors: new Map(changed), metadata });
}

describe("overflowed", () => {
  it("is false where all went well", async () => {
    const device = await softwareDevice();
    const pass = await passOf(await smallUpscaler(), { ...SIZE, input: "rgba8unorm", output: "rgba8unorm" });
    expect(await pass.overflowed()).toBe(false);
    const from = inputOf(device, rgba(12, 9), "rgba8unorm");
    await encoded(device, pass, from, outputFor(device, pass, "rgba8unorm"));
    expect(await pass.overflowed()).toBe(false);
  });

  it.each([
    ["f16", 1e7, "rgba8unorm", undefined],
    ["f16", 1e7, "rgba32float", undefined],
    ["f32", 1e39, "rgba8unorm", undefined],
    ["f32", 1e39, "rgba8unorm", 600_000],
  ] as const)(
    "tells of weights that overflow in %s (%f, %s, budget %s), once",
    async (precision, factor, output, memoryBudget) => {
      const device = await softwareDevice();
      const tuning = plainTuning(device, precision === "f16" ? "packed-f16" : "f32");
      const owner = kept(await createUpscaler(device, { model: loud(factor), precision, tuning, memoryBudget }));
      const size = memoryBudget ? { width: 90, height: 70 } : SIZE;
      const pass = await passOf(owner, { ...size, input: "rgba8unorm", output });
      expect(pass.plan.regions.length > 1).toBe(memoryBudget !== undefined);
      const from = inputOf(device, rgba(size.width, size.height), "rgba8unorm");
      const to = outputFor(device, pass, output);
      const got = await encoded(device, pass, from, to);
      expect(got.every((value, i) => i % 4 === 3 || (value >= 0 && value <= 255))).toBe(true);
      expect(got.some((value, i) => i % 4 < 3 && value === 0)).toBe(true);
      expect(await pass.overflowed()).toBe(true);
      expect(await pass.overflowed()).toBe(false);
      await encoded(device, pass, from, to);
      await encoded(device, pass, from, to);
      expect(await pass.overflowed()).toBe(true);
      expect(await pass.overflowed()).toBe(false);
    },
  );

  it("is true after slices of a dispatch each too", async () => {
    const device = await softwareDevice();
    const owner = await smallUpscaler({ model: loud(1e39) });
    const pass = await passOf(owner, { ...SIZE, input: "rgba8unorm", output: "rgba8unorm" });
    const job = pass.begin(inputOf(device, rgba(12, 9), "rgba8unorm"), outputFor(device, pass, "rgba8unorm"));
    while (!job.done) submitted(device, (encoder) => job.encodeSlice(encoder, 1e-6));
    expect(await pass.overflowed()).toBe(true);
  });

  it.each([
    ["NaN", Number.NaN, 0, true],
    ["infinity", Number.POSITIVE_INFINITY, 255, false],
    ["-infinity", Number.NEGATIVE_INFINITY, 0, false],
    ["2", 2, 255, false],
  ] as const)("%s in the input is read as a level", async (_, value, level, overflowed) => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const source = rgba(12, 9);
    const at = 4 * (12 * 5 + 6) + 1;
    for (const input of ["rgba32float", "rgba16float"] as const) {
      for (const inputTransfer of ["srgb", "linear"] as const) {
        const pass = await passOf(owner, { ...SIZE, input, output: "rgba8unorm", inputTransfer });
        const ofBlack = { ...source, data: source.data.map((_, i) => (i % 4 === 3 ? 255 : i === at ? level : 0)) };
        const data = Array.from(ofBlack.data, (each, i) => (i === at ? Number.NaN : each));
        const from = inputOf(device, { ...source, data }, input, (each) => (each >= 0 ? each / 255 : value));
        const got = await encoded(device, pass, from, outputFor(device, pass, "rgba8unorm"));
        expect(wrongValues(got, (await owner.upscale(ofBlack)).data)).toBe(0);
        expect(await pass.overflowed()).toBe(overflowed);
        expect(await pass.overflowed()).toBe(false);
      }
    }
  });
});
