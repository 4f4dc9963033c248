import { describe, expect, it } from "vitest";
import { scaledAdd } from "../../src/ops/scaled-add.js";
import { scaledAddCases } from "../cases/scaled-add.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

describe("scaled-add", () => {
  itMatchesPyTorch(scaledAddCases);

  const input = { channels: 3, height: 5, width: 7 };

  it("counts a multiplication and an addition a value", () => {
    expect(scaledAdd.flops([input, input], { alpha: 0.2 })).toBe(210);
  });

  itRefuses(scaledAdd, [
    {
      inputs: [input, { ...input, channels: 1 }],
      attributes: { alpha: 0.2 },
      message: "scaled-add got the inputs [3,5,7] and [1,5,7], expected two of the same shape",
    },
    {
      inputs: [input],
      attributes: { alpha: 0.2 },
      message: "scaled-add got the inputs [3,5,7], expected two of the same shape",
    },
    {
      inputs: [input, input],
      attributes: { alpha: Number.NaN },
      message: "scaled-add got alpha NaN, expected a finite number",
    },
  ]);
});
