import { describe, expect, it } from "vitest";
import { runReference } from "../../src/graph/op-references.js";
import { type ResizeMode, resize, resizeSpan, resizeTaps } from "../../src/ops/resize.js";
import { resizeTensor } from "../../src/ops/resize.reference.js";
import { tensor } from "../../src/ops/tensor.js";
import { randomFloats, seededRandom } from "../cases/random.js";
import { resizeCases, resizeToSizeCases } from "../cases/resize.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

const MODES: readonly ResizeMode[] = ["bilinear", "bicubic", "imresize"];
const FILTERS = MODES.flatMap((mode) => [false, true].map((antialias) => ({ mode, antialias })));

describe("resize", () => {
  itMatchesPyTorch(resizeCases);

  it.each(FILTERS)("keeps a picture that is not resized bit for bit: $mode antialias $antialias", (filter) => {
    const input = tensor({ channels: 2, height: 5, width: 7 }, randomFloats(seededRandom(5), 70));
    expect(runReference(resize, [input], { ...filter, factor: 1 }).data).toEqual(input.data);
  });

  it("counts two operations a tap, rows first", () => {
    const flops = resize.flops([{ channels: 3, height: 10, width: 12 }], {
      mode: "bicubic",
      antialias: false,
      factor: 2,
    });
    expect(flops).toBe(2 * 3 * 4 * (24 * 10 + 24 * 20));
  });

  it.each([
    [1.5, 11, 8],
    [1 / 3, 2, 2],
    [0.1, 1, 1],
  ])("by %s rounds the size", (factor, width, height) => {
    const shape = resize.outputShape([{ channels: 3, height: 5, width: 7 }], { ...FILTERS[0]!, factor });
    expect(shape).toEqual({ channels: 3, height, width });
  });

  const input = { channels: 3, height: 5, width: 7 };
  const attributes = { mode: "bicubic", antialias: true, factor: 2 } as const;
  itRefuses(resize, [
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY].map((factor) => ({
      inputs: [input],
      attributes: { ...attributes, factor },
      message: `resize got factor ${factor}, expected a positive number`,
    })),
    {
      inputs: [input],
      attributes: { ...attributes, factor: 0.09 },
      message: "resize got height 0, expected a positive integer",
    },
    { inputs: [], attributes, message: "resize got the inputs none, expected one input" },
  ]);
});

describe("resizeTensor", () => {
  itMatchesPyTorch(resizeToSizeCases);

  it("refuses a size that is not of positive integers", () => {
    const input = tensor({ channels: 1, height: 5, width: 7 });
    for (const width of [0, -1, 2.5, Number.NaN]) {
      const message = `resize got width ${width}, expected a positive integer`;
      expect(() => resizeTensor(input, FILTERS[0]!, { width, height: 4 })).toThrow(
        expect.objectContaining({ code: "bad-input", message }),
      );
    }
  });
});

describe("resizeSpan", () => {
  it.each(
    FILTERS.flatMap((filter) => [1, 2, 3, 4, 1.5, 2 / 3, 1 / 2, 1 / 3, 1 / 4].map((factor) => ({ ...filter, factor }))),
  )("is where the taps are not zero: $mode antialias $antialias by $factor", (attributes) => {
    const inSize = 48;
    const outSize = Math.round(inSize * attributes.factor);
    const { start, count, weights } = resizeTaps(attributes.mode, attributes.antialias, inSize, outSize);
    // In the middle, where no edge cuts taps off.
    for (let i = Math.floor(outSize * 0.4); i < outSize * 0.6; i++) {
      const read = [...weights.subarray(i * count, (i + 1) * count)].flatMap((weight, tap) =>
        Math.abs(weight) > 1e-6 ? [start[i]! + tap] : [],
      );
      expect(resizeSpan(attributes, i), `output ${i}`).toEqual([read[0], read.at(-1)]);
    }
  });
});

describe("resizeTaps", () => {
  const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 33, 64];

  it.each(FILTERS)("gives the reference's result along an axis: $mode antialias $antialias", ({ mode, antialias }) => {
    for (const inSize of sizes) {
      const line = tensor({ channels: 1, height: 1, width: inSize }, randomFloats(seededRandom(inSize), inSize));
      for (const outSize of sizes) {
        const expected = resizeTensor(line, { mode, antialias }, { width: outSize, height: 1 }).data;
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
