// How far one output is from another, which bench/cli/accuracy.ts reports, and the words that ask for it; what it measures needs an adapter.

import { describe, expect, it } from "vitest";
import { accuracyLine, difference, isAccurate } from "../../bench/cli/accuracy.js";
import { parseArguments } from "../../bench/cli/arguments.js";
import { tensor } from "../../src/ops/tensor.js";

const row = (...values: number[]) =>
  tensor({ channels: 1, height: 1, width: values.length }, Float32Array.from(values));

describe("the difference of two outputs", () => {
  it.each([
    ["beyond 0..1 nothing counts", [-0.5, 1.5], [-0.1, 2], Number.POSITIVE_INFINITY, 0],
    ["a tenth everywhere", [0.5, 0.1], [0.6, 0], 20, 26],
    ["a hundredth at one of four values", [0, 0.5, 0.5, 1], [0, 0.5, 0.51, 1], 46.02, 2],
    ["on either side of half a level", [0.499 / 255], [0.501 / 255], 102.11, 1],
    ["within a level", [1.6 / 255], [2.4 / 255], 50.07, 0],
  ])("%s", (_, actual, expected, psnr, levels) => {
    const found = difference(row(...actual), row(...expected));
    expect(found.levels).toBe(levels);
    expect(found.psnr).toBeCloseTo(psnr, 2);
  });

  it("is refused between shapes", () => {
    expect(() => difference(row(1, 2), row(1))).toThrow("The output is [1,1,2], expected [1,1,1]");
  });
});

describe("a row", () => {
  const from = { id: "anime-6b", model: "anime-6b", picture: "", arithmetic: "", storage: "f16", seconds: 1 } as const;

  it.each([
    [50, true],
    [49.99, false],
    [Number.POSITIVE_INFINITY, true],
    [Number.NaN, false],
  ])("with %d dB: accurate %s", (psnr, accurate) => {
    expect(isAccurate({ psnr, levels: 0 })).toBe(accurate);
    expect(accuracyLine({ ...from, psnr, levels: 0 }).endsWith("below 50 dB")).toBe(!accurate);
  });

  it("of which a value is NaN is not accurate", () => {
    expect(isAccurate(difference(row(0.5, Number.NaN), row(0.5, 0.5)))).toBe(false);
  });
});

it("the command line knows it", () => {
  expect(parseArguments(["accuracy", "--adapter", "lavapipe", "--filter", "x4plus"])).toMatchObject({
    action: "accuracy",
    adapter: "lavapipe",
    filter: "x4plus",
  });
});
