import { describe, expect, it } from "vitest";
import { runReference } from "../../src/graph/op-references.js";
import { conv2d } from "../../src/ops/conv2d.js";
import type { Activation, Parameter } from "../../src/ops/op.js";
import { tensor } from "../../src/ops/tensor.js";
import { conv2dCases } from "../cases/conv2d.js";
import { itMatchesPyTorch, itRefuses } from "./parity.js";

const NONE: Activation = { kind: "none" };

describe("conv2d", () => {
  itMatchesPyTorch(conv2dCases);

  it("rounds to float32 once: terms that cancel leave nothing behind", () => {
    const input = tensor({ channels: 3, height: 1, width: 1 }, Float32Array.of(1, 2 ** -20, -1));
    const weight = parameter("weight", [1, 3, 1, 1], [2 ** 20, 1, 2 ** 20]);
    expect(runReference(conv2d, [input], { weight, activation: NONE }).data[0]).toBe(2 ** -20);
  });

  it("lets NaN through, however it is activated", () => {
    const input = tensor({ channels: 1, height: 1, width: 1 }, Float32Array.of(Number.NaN));
    const weight = parameter("weight", [1, 1, 1, 1], [1]);
    expect(runReference(conv2d, [input], { weight, activation: { kind: "relu" } }).data[0]).toBeNaN();
  });

  it("keeps an infinity to the pixels and channels that it reaches", () => {
    const input = tensor({ channels: 1, height: 1, width: 4 }, Float32Array.of(Number.POSITIVE_INFINITY, 1, 1, 1));
    const weight = parameter("weight", [1, 1, 3, 3], [0, 0, 0, 1, 1, 1, 0, 0, 0]);
    const { data } = runReference(conv2d, [input], { weight, activation: NONE });
    expect([...data]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 3, 2]);
  });

  it("counts a multiply-accumulate as two", () => {
    const weight = parameter("weight", [32, 64, 3, 3]);
    const flops = conv2d.flops([{ channels: 64, height: 5, width: 7 }], { weight, activation: NONE });
    expect(flops).toBe(2 * 64 * 32 * 9 * 35);
  });

  const input = { channels: 64, height: 24, width: 32 };
  const good = { weight: parameter("body.conv.weight", [32, 64, 3, 3]), activation: NONE };
  const wanted = "expected [O,64,K,K] with an odd K for the input [64,24,32]";
  itRefuses(conv2d, [
    ...[
      [32, 3, 3, 3],
      [32, 64, 3],
      [32, 64, 3, 3, 1],
      [32, 64, 2, 2],
      [32, 64, 1, 3],
      [32, 64, 0, 0],
      [0, 64, 3, 3],
      [],
    ].map((shape) => ({
      inputs: [input],
      attributes: { ...good, weight: parameter("body.conv.weight", shape) },
      message: `conv2d got the parameter body.conv.weight of shape [${shape.join(",")}], ${wanted}`,
    })),
    ...[[31], [64], [32, 1], []].map((shape) => ({
      inputs: [input],
      attributes: { ...good, bias: parameter("body.conv.bias", shape) },
      message: `conv2d got the parameter body.conv.bias of shape [${shape.join(",")}], expected [32]`,
    })),
    {
      inputs: [input],
      attributes: { ...good, activation: { kind: "prelu", slopes: parameter("act", [1]) } as Activation },
      message: "conv2d got the parameter act of shape [1], expected [32]",
    },
    {
      inputs: [input],
      attributes: { ...good, activation: { kind: "leaky-relu", slope: Number.NaN } as Activation },
      message: "conv2d got slope NaN, expected a finite number",
    },
    ...[
      { height: 2, width: 32 },
      { height: 24, width: 1 },
    ].map((size) => ({
      inputs: [{ ...input, ...size }],
      attributes: { ...good, padding: "valid" as const },
      message: `conv2d without padding got the input [64,${size.height},${size.width}], expected 3x3 pixels at least`,
    })),
    { inputs: [], attributes: good, message: "conv2d got the inputs none, expected one input" },
    {
      inputs: [input, { ...input, channels: 3 }],
      attributes: good,
      message: "conv2d got the inputs [64,24,32] and [3,24,32], expected one input",
    },
    {
      inputs: [{ ...input, height: 0 }],
      attributes: good,
      message: "conv2d got the shape [64,0,32], expected positive integers",
    },
  ]);
});

function parameter(name: string, shape: readonly number[], values: readonly number[] = []): Parameter {
  return { name, shape, floats: () => Float32Array.from(values) };
}
