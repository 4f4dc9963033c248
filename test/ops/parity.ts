// Owns how the CPU references are held against PyTorch.

import { expect, it } from "vitest";
import { runReference } from "../../src/graph/op-references.js";
import type { Op } from "../../src/ops/op.js";
import type { Shape, Tensor } from "../../src/ops/tensor.js";
import type { OpCase } from "../cases/case.js";
import { expectedOutput } from "../cases/fixtures.js";

/** One test a case: the reference gives PyTorch's shape and values, and leaves its inputs alone. */
export function itMatchesPyTorch<A>(cases: readonly OpCase<A>[]): void {
  it.each(cases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const call = one.build();
    const before = call.inputs.map((input) => input.data.slice());
    const result = runReference(one.op, call.inputs, call.attributes);
    const expected = expectedOutput(one.op.name, one.name);
    expect([result.channels, result.height, result.width]).toEqual(expected.shape);
    expect(one.op.outputShape(one.inputs, call.attributes)).toEqual(shapeOf(result));
    expectClose(result.data, expected.data, one.magnitudes(call), one.tolerance);
    expect(call.inputs.map((input) => input.data)).toEqual(before);
  });
}

/** Fails on the first value further from `expected` than `tolerance` times its magnitude, and on NaN. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  magnitudes: ArrayLike<number>,
  tolerance: number,
): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    const limit = tolerance * magnitudes[i]!;
    if (!(error <= limit)) expect.fail(`value ${i} is ${actual[i]}, expected ${expected[i]} within ${limit}`);
  }
}

export interface Refusal<A> {
  readonly inputs: readonly Shape[];
  readonly attributes: A;
  readonly message: string;
}

/** One test a refusal: the shape rule, the cost and the reference all throw "bad-input" with this message. */
export function itRefuses<A>(op: Op<A>, refusals: readonly Refusal<A>[]): void {
  it.each(refusals.map((one) => [one.message, one] as const))("refuses: %s", (message, { inputs, attributes }) => {
    const error = expect.objectContaining({ code: "bad-input", message });
    expect(() => op.outputShape(inputs, attributes)).toThrow(error);
    expect(() => runReference(op, inputs.map(emptyTensor), attributes)).toThrow(error);
  });
}

function emptyTensor(shape: Shape): Tensor {
  return { ...shape, data: new Float32Array() };
}

function shapeOf({ channels, height, width }: Shape): Shape {
  return { channels, height, width };
}
