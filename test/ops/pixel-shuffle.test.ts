import { describe, expect, it } from "vitest";
import { runReference } from "../../src/graph/op-references.js";
import { pixelShuffle } from "../../src/ops/pixel-shuffle.js";
import { pixelShuffleCases } from "../cases/pixel-shuffle.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

describe("pixel-shuffle", () => {
  itMatchesPyTorch(pixelShuffleCases);

  const input = { channels: 12, height: 5, width: 7 };

  it("costs nothing", () => {
    expect(pixelShuffle.flops([input], { factor: 2, order: "pytorch" })).toBe(0);
  });

  it("keeps what is not cut off", () => {
    const deep = randomTensor(seededRandom(1), { channels: 18, height: 3, width: 5 });
    for (const order of ["pytorch", "tensorflow"] as const) {
      const whole = runReference(pixelShuffle, [deep], { factor: 3, order });
      const kept = runReference(pixelShuffle, [deep], { factor: 3, order, cut: [4, 2] });
      expect([kept.channels, kept.height, kept.width]).toEqual([2, 3, 9]);
      kept.data.forEach((value, at) => {
        const [x, y, c] = [at % 9, Math.floor(at / 9) % 3, Math.floor(at / 27)];
        expect(value).toBe(whole.data[(c * 9 + y + 4) * 15 + x + 4]);
      });
    }
  });

  itRefuses(pixelShuffle, [
    {
      inputs: [input],
      attributes: { factor: 4, order: "pytorch" },
      message: "pixel-shuffle got the inputs [12,5,7], expected channels in a multiple of 16 for factor 4",
    },
    ...[0, -2, 1.5, Number.NaN].map((factor) => ({
      inputs: [input],
      attributes: { factor, order: "tensorflow" as const },
      message: `pixel-shuffle got factor ${factor}, expected a positive integer`,
    })),
    {
      inputs: [input],
      attributes: { factor: 2, order: "pytorch", cut: [6, 4] },
      message:
        "pixel-shuffle got the inputs [12,5,7], expected more than 6 + 4 pixels after factor 2, which are cut off",
    },
    {
      inputs: [input, input],
      attributes: { factor: 2, order: "pytorch" },
      message: "pixel-shuffle got the inputs [12,5,7] and [12,5,7], expected one input",
    },
  ]);
});
