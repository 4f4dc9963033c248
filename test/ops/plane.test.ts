import { describe, expect, it } from "vitest";
import { tilingOf } from "../../src/ops/conv2d.kernels.js";
import { channelBlocks, plane, roundUp } from "../../src/ops/plane.js";
import { CONV_RULES, variantsOf } from "../../src/plan/choose-kernel.js";

/** Pixels of one invocation of every variant there is, with one to three channel blocks in the output. */
const TILES = variantsOf(CONV_RULES).flatMap((variant) => [1, 2, 3].map((outBlocks) => tilingOf(variant, outBlocks)));

describe("plane", () => {
  it("holds the picture within its border, and what invocations that begin inside read beyond it", () => {
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [7, 5],
      [8, 4],
      [9, 33],
      [64, 63],
    ] as const) {
      for (const pad of [0, 1, 2, 3]) {
        const { pitch, size, origin } = plane(width, height, pad);
        expect(origin).toBe(pad * pitch + pad);
        for (const { pixelsX, pixelsY } of TILES) {
          const lastX = roundUp(width, pixelsX) - 1 + pad;
          const lastY = roundUp(height, pixelsY) - 1 + pad;
          expect(pad + lastX).toBeLessThan(pitch);
          expect(origin + lastY * pitch + lastX).toBeLessThan(size);
        }
      }
    }
  });

  it("begins channel blocks where bindings may, in halves and in floats", () => {
    for (let width = 1; width < 40; width++) {
      const { size } = plane(width, width, 1);
      expect((size * 8) % 256).toBe(0);
    }
  });

  it("counts blocks of four channels", () => {
    expect([1, 3, 4, 5, 8, 64].map(channelBlocks)).toEqual([1, 1, 1, 2, 2, 16]);
  });
});
