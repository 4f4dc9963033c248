import { describe, expect, it } from "vitest";
import { runReference } from "../../src/graph/op-references.js";
import { pixelShuffle } from "../../src/ops/pixel-shuffle.js";
import { pixelUnshuffle } from "../../src/ops/pixel-unshuffle.js";
import { pixelUnshuffleCases } from "../cases/pixel-unshuffle.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

describe("pixel-unshuffle", () => {
  itMatchesPyTorch(pixelUnshuffleCases);

  it.each(pixelUnshuffleCases.map((one) => [one.name, one] as const))("undoes pixel-shuffle: %s", (_, one) => {
    const { inputs, attributes } = one.build();
    const deep = runReference(pixelUnshuffle, inputs, attributes);
    expect(runReference(pixelShuffle, [deep], attributes)).toEqual(inputs[0]);
  });

  const input = { channels: 3, height: 6, width: 9 };

  it("costs nothing", () => {
    expect(pixelUnshuffle.flops([input], { factor: 3, order: "pytorch" })).toBe(0);
  });

  itRefuses(pixelUnshuffle, [
    ...[2, 9].map((factor) => ({
      inputs: [input],
      attributes: { factor, order: "pytorch" as const },
      message: `pixel-unshuffle got the inputs [3,6,9], expected height and width in multiples of the factor ${factor}`,
    })),
    {
      inputs: [input],
      attributes: { factor: 0, order: "tensorflow" },
      message: "pixel-unshuffle got factor 0, expected a positive integer",
    },
  ]);
});
