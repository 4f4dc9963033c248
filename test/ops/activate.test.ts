import { describe, expect, it } from "vitest";
import { activate } from "../../src/ops/activate.js";
import { activationFunction } from "../../src/ops/activation.js";
import type { Activation } from "../../src/ops/op.js";
import { activateCases } from "../cases/activate.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

describe("activate", () => {
  itMatchesPyTorch(activateCases);

  it("counts one operation a value", () => {
    expect(activate.flops([{ channels: 3, height: 5, width: 7 }], { kind: "tanh" })).toBe(105);
  });

  itRefuses(activate, [
    { inputs: [], attributes: { kind: "tanh" }, message: "activate got the inputs none, expected one input" },
  ]);
});

describe("activations", () => {
  const slopes = { name: "slopes", shape: [2], floats: () => Float32Array.of(0.5, -2) };
  const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;

  it.each([
    [{ kind: "none" }, [-3, 0, 2], [-3, 0, 2]],
    [{ kind: "relu" }, [-3, 0, 2], [-0, 0, 2]],
    [{ kind: "leaky-relu", slope: 0.2 }, [-10, 0, 2], [-2, 0, 2]],
    [{ kind: "prelu", slopes }, [-3, 0, 2], [6, 0, 2]],
    [{ kind: "tanh" }, [-1000, 0, 0.5, POSITIVE_INFINITY], [-1, 0, 0.46211715726000974, 1]],
    [{ kind: "sigmoid" }, [NEGATIVE_INFINITY, -1000, 0, 0.5, 1000], [0, 0, 0.5, 0.6224593312018546, 1]],
  ] as [Activation, number[], number[]][])(
    "compute %o, channel 1, and leave NaN be",
    (activation, values, expected) => {
      const compute = activationFunction(activation);
      expect(values.map((value) => compute(value, 1))).toEqual(expected);
      expect(compute(Number.NaN, 1)).toBeNaN();
    },
  );
});
