import { describe, expect, it } from "vitest";
import { type ResizeMode, resize, resizeTaps } from "../../src/ops/resize.js";
import { tensor } from "../../src/ops/tensor.js";
import { randomFloats, seededRandom } from "../cases/random.js";
import { resizeCases } from "../cases/resize.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

const MODES: readonly ResizeMode[] = ["bilinear", "bicubic"];
const FILTERS = MODES.flatMap((mode) => [false, true].map((antialias) => ({ mode, antialias })));

describe("resize", () => {
  itMatchesPyTorch(resizeCases);

  it.each(FILTERS)("keeps a picture that is not resized bit for bit: $mode antialias $antialias", (filter) => {
    const input = tensor({ channels: 2, height: 5, width: 7 }, randomFloats(seededRandom(5), 70));
    expect(resize.reference([input], { ...filter, width: 7, height: 5 }).data).toEqual(input.data);
  });

  it("counts two operations a tap, rows first", () => {
    const flops = resize.flops([{ channels: 3, height: 10, width: 12 }], {
      mode: "bicubic",
      antialias: false,
      width: 24,
      height: 20,
    });
    expect(flops).toBe(2 * 3 * 4 * (24 * 10 + 24 * 20));
  });

  const input = { channels: 3, height: 5, width: 7 };
  const size = { mode: "bicubic", antialias: true, width: 4, height: 4 } as const;
  itRefuses(resize, [
    ...[0, -1, 2.5, Number.NaN].map((width) => ({
      inputs: [input],
      attributes: { ...size, width },
      message: `resize got width ${width}, expected a positive integer`,
    })),
    {
      inputs: [input],
      attributes: { ...size, height: 0 },
      message: "resize got height 0, expected a positive integer",
    },
    { inputs: [], attributes: size, message: "resize got the inputs none, expected one input" },
  ]);
});

describe("resizeTaps", () => {
  const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 33, 64];

  it.each(FILTERS)("gives the reference's result along an axis: $mode antialias $antialias", ({ mode, antialias }) => {
    for (const inSize of sizes) {
      const line = tensor({ channels: 1, height: 1, width: inSize }, randomFloats(seededRandom(inSize), inSize));
      for (const outSize of sizes) {
        const expected = resize.reference([line], { mode, antialias, width: outSize, height: 1 }).data;
        const { start, count, weights } = resizeTaps(mode, antialias, inSize, outSize);
        for (let i = 0; i < outSize; i++) {
          const taps = [...weights.subarray(i * count, (i + 1) * count)];
          const sum = taps.reduce((total, weight, k) => total + weight * line.data[start[i]! + k]!, 0);
          expect(sum, `${inSize} to ${outSize}, output ${i}`).toBeCloseTo(expected[i]!, 6);
        }
      }
    }
  });

  it.each(FILTERS)("stays inside the input and sums to 1: $mode antialias $antialias", ({ mode, antialias }) => {
    for (const inSize of sizes) {
      for (const outSize of [...sizes, 3 * inSize, 255]) {
        const { start, count, weights } = resizeTaps(mode, antialias, inSize, outSize);
        expect(weights.length).toBe(outSize * count);
        for (let i = 0; i < outSize; i++) {
          expect(start[i]).toBeGreaterThanOrEqual(0);
          expect(start[i]! + count).toBeLessThanOrEqual(inSize);
          const sum = weights.subarray(i * count, (i + 1) * count).reduce((total, weight) => total + weight, 0);
          expect(sum).toBeCloseTo(1, 6);
        }
      }
    }
  });

  it.each([
    { mode: "bilinear", antialias: false, inSize: 64, outSize: 16, count: 2 },
    { mode: "bicubic", antialias: false, inSize: 64, outSize: 16, count: 4 },
    { mode: "bilinear", antialias: true, inSize: 64, outSize: 16, count: 8 },
    { mode: "bicubic", antialias: true, inSize: 64, outSize: 16, count: 16 },
    { mode: "bicubic", antialias: true, inSize: 64, outSize: 128, count: 4 },
    { mode: "bicubic", antialias: true, inSize: 3, outSize: 1, count: 3 },
  ] as const)("needs $count taps for $inSize to $outSize: $mode antialias $antialias", (one) => {
    expect(resizeTaps(one.mode, one.antialias, one.inSize, one.outSize).count).toBe(one.count);
  });
});
