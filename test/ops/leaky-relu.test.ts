import { describe, expect, it } from "vitest";
import { leakyRelu } from "../../src/ops/leaky-relu.js";
import { leakyReluCases } from "../cases/leaky-relu.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

describe("leaky-relu", () => {
  itMatchesPyTorch(leakyReluCases);

  it("counts one operation a value", () => {
    expect(leakyRelu.flops([{ channels: 3, height: 5, width: 7 }], { slope: 0.2 })).toBe(105);
  });

  const input = { channels: 3, height: 5, width: 7 };
  itRefuses(leakyRelu, [
    { inputs: [], attributes: { slope: 0.2 }, message: "leaky-relu got the inputs none, expected one input" },
    {
      inputs: [input],
      attributes: { slope: Number.POSITIVE_INFINITY },
      message: "leaky-relu got slope Infinity, expected a finite number",
    },
    {
      inputs: [{ ...input, width: 1.5 }],
      attributes: { slope: 0.2 },
      message: "leaky-relu got the shape [3,5,1.5], expected positive integers",
    },
  ]);
});
