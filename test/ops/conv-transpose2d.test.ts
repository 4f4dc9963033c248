import { describe, expect, it } from "vitest";
import { type ConvTranspose2dAttributes, convTranspose2d } from "../../src/ops/conv-transpose2d.js";
import { convTranspose2dCases } from "../cases/conv-transpose2d.js";
import { randomParameter, seededRandom } from "../cases/random.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

describe("conv-transpose2d", () => {
  itMatchesPyTorch(convTranspose2dCases);

  const input = { channels: 3, height: 5, width: 7 };
  const weight = randomParameter(seededRandom(1), "deconv.weight", [3, 2, 9, 9]);
  const attributes: ConvTranspose2dAttributes = { weight, stride: 3, offset: 4 };

  it("counts two operations for each tap of each input pixel", () => {
    expect(convTranspose2d.flops([input], attributes)).toBe(2 * 3 * 2 * 35 * 81);
  });

  const expected = "expected [3,O,K,K] for the input [3,5,7] and the offset";
  itRefuses(convTranspose2d, [
    {
      inputs: [input],
      attributes: { ...attributes, weight: { ...weight, shape: [2, 3, 9, 9] } },
      message: `conv-transpose2d got the parameter deconv.weight of shape [2,3,9,9], ${expected} 4`,
    },
    {
      inputs: [input],
      attributes: { ...attributes, weight: { ...weight, shape: [3, 2, 9, 7] } },
      message: `conv-transpose2d got the parameter deconv.weight of shape [3,2,9,7], ${expected} 4`,
    },
    ...[9, -1, 0.5].map((offset) => ({
      inputs: [input],
      attributes: { ...attributes, offset },
      message: `conv-transpose2d got the parameter deconv.weight of shape [3,2,9,9], ${expected} ${offset}`,
    })),
    {
      inputs: [input],
      attributes: { ...attributes, stride: 0 },
      message: "conv-transpose2d got stride 0, expected a positive integer",
    },
    {
      inputs: [input],
      attributes: { ...attributes, bias: randomParameter(seededRandom(2), "deconv.bias", [3]) },
      message: "conv-transpose2d got the parameter deconv.bias of shape [3], expected [2]",
    },
    { inputs: [], attributes, message: "conv-transpose2d got the inputs none, expected one input" },
  ]);
});
