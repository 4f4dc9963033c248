import { describe, expect, it } from "vitest";
import { prelu } from "../../src/ops/prelu.js";
import { preluCases } from "../cases/prelu.js";
import { randomParameter, seededRandom } from "../cases/random.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

describe("prelu", () => {
  itMatchesPyTorch(preluCases);

  const input = { channels: 3, height: 5, width: 7 };
  const slopes = randomParameter(seededRandom(1), "body.1.weight", [3]);

  it("counts one operation a value", () => {
    expect(prelu.flops([input], { slopes })).toBe(105);
  });

  itRefuses(prelu, [
    {
      inputs: [input],
      attributes: { slopes: { ...slopes, shape: [1] } },
      message: "prelu got the parameter body.1.weight of shape [1], expected [3]",
    },
    {
      inputs: [input, input],
      attributes: { slopes },
      message: "prelu got the inputs [3,5,7] and [3,5,7], expected one input",
    },
  ]);
});
