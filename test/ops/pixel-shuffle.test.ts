import { describe, expect, it } from "vitest";
import { pixelShuffle } from "../../src/ops/pixel-shuffle.js";
import { pixelShuffleCases } from "../cases/pixel-shuffle.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

describe("pixel-shuffle", () => {
  itMatchesPyTorch(pixelShuffleCases);

  const input = { channels: 12, height: 5, width: 7 };

  it("costs nothing", () => {
    expect(pixelShuffle.flops([input], { factor: 2, order: "pytorch" })).toBe(0);
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
      inputs: [input, input],
      attributes: { factor: 2, order: "pytorch" },
      message: "pixel-shuffle got the inputs [12,5,7] and [12,5,7], expected one input",
    },
  ]);
});
