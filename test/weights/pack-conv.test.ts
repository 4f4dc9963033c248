// The order of packed weights where they are matrices or without padding, found value by value. Other orders are held by the kernels that read them.

import { describe, expect, it } from "vitest";
import { type ConvPacking, packConv } from "../../src/weights/pack-conv.js";
import { WeightTensor } from "../../src/weights/tensor-map.js";

/** Weights that tell their place: output channel, input channel and tap in decimal digits. */
function telling(outChannels: number, inChannels: number, kernel: number): WeightTensor {
  const taps = kernel * kernel;
  const values = Float32Array.from({ length: outChannels * inChannels * taps }, (_, i) => {
    const [out, input, tap] = [Math.floor(i / (inChannels * taps)), Math.floor(i / taps) % inChannels, i % taps];
    return 1e4 * (out + 1) + 1e2 * (input + 1) + tap;
  });
  return new WeightTensor("w", [outChannels, inChannels, kernel, kernel], values);
}

function packed(weight: WeightTensor, order: Partial<ConvPacking>) {
  const shuffle = { factor: 1, order: "pytorch" } as const;
  const common = { weight, bias: undefined, slopes: undefined, segments: [weight.shape[1]!], shuffle, half: false };
  const { weights } = packConv("w", {
    ...common,
    transform: "none",
    vector: "inputs",
    groupBlocks: 1,
    ...order,
  });
  const values = weights.pack() as Float32Array;
  expect(values.byteLength).toBe(weights.byteLength);
  return { values, key: weights.key };
}

describe("packConv by matrices", () => {
  it.each([
    [24, 20, 3, { inputs: 16, outputs: 16 }],
    [24, 6, 2, { inputs: 8, outputs: 8 }],
    [16, 16, 1, { inputs: 16, outputs: 8 }],
  ])("of %i by %i channels in groups of %i blocks as %o", (outChannels, inChannels, groupBlocks, matrix) => {
    const { values } = packed(telling(outChannels, inChannels, 3), { groupBlocks, matrix });
    const groupOutputs = groupBlocks * 4;
    const tapOutputs = Math.ceil(groupOutputs / matrix.outputs) * matrix.outputs;
    const chunks = Math.ceil(inChannels / matrix.inputs);
    const found = new Map<number, number>();
    values.forEach((value, at) => {
      const input = at % matrix.inputs;
      const output = Math.floor(at / matrix.inputs) % tapOutputs;
      const tap = Math.floor(at / (matrix.inputs * tapOutputs)) % 9;
      const chunk = Math.floor(at / (matrix.inputs * tapOutputs * 9)) % chunks;
      const group = Math.floor(at / (matrix.inputs * tapOutputs * 9 * chunks));
      const [out, from] = [group * groupOutputs + output, chunk * matrix.inputs + input];
      const exists = output < groupOutputs && from < inChannels;
      expect(value, `value ${at}`).toBe(exists ? 1e4 * (out + 1) + 1e2 * (from + 1) + tap : 0);
      if (exists) found.set(value, at);
    });
    expect(found.size).toBe(outChannels * inChannels * 9);
  });

  it("of 4 by 4 are the vectors of inputs", () => {
    const weight = telling(16, 12, 3);
    const vectors = packed(weight, { groupBlocks: 2 });
    const matrices = packed(weight, { groupBlocks: 2, matrix: { inputs: 4, outputs: 4 } });
    expect(matrices.values).toEqual(vectors.values);
  });

  it("have keys that tell their sizes apart", () => {
    const weight = telling(16, 16, 1);
    const sizes = [undefined, { inputs: 16, outputs: 16 }, { inputs: 16, outputs: 8 }, { inputs: 8, outputs: 8 }];
    const keys = sizes.map((matrix) => packed(weight, { groupBlocks: 4, ...(matrix ? { matrix } : {}) }).key);
    expect(new Set(keys).size).toBe(sizes.length);
  });
});

describe("packConv without padding", () => {
  const trimmed = { vector: "outputs", trims: "both" } as const;

  it.each([1, 2, 3])("has the %i channels of an input block alone, four outputs side by side", (inChannels) => {
    const { values } = packed(telling(8, inChannels, 3), { ...trimmed, groupBlocks: 2 });
    const expected = [];
    for (let tap = 0; tap < 9; tap++) {
      for (const block of [0, 1]) {
        for (let input = 1; input <= inChannels; input++) {
          for (let out = 1; out <= 4; out++) expected.push(1e4 * (4 * block + out) + 1e2 * input + tap);
        }
      }
    }
    expect([...values]).toEqual(expected);
  });

  it("has four inputs of a single output side by side, padded to blocks", () => {
    const { values } = packed(telling(1, 6, 3), trimmed);
    const expected = [];
    for (const block of [0, 1]) {
      for (let tap = 0; tap < 9; tap++) {
        for (let input = 1; input <= 4; input++) {
          const channel = 4 * block + input;
          expected.push(channel <= 6 ? 1e4 + 1e2 * channel + tap : 0);
        }
      }
    }
    expect([...values]).toEqual(expected);
  });

  it("keeps a block of outputs whole where inputs alone are to be trimmed", () => {
    const whole = packed(telling(1, 6, 3), { vector: "outputs" }).values;
    expect(packed(telling(1, 6, 3), { ...trimmed, trims: "inputs" }).values).toEqual(whole);
    expect(packed(telling(1, 6, 3), trimmed).values.length).toBeLessThan(whole.length);
  });

  it("is as it was where there is none, and told apart from what has it", () => {
    const whole = { vector: "outputs", groupBlocks: 2 } as const;
    const weight = telling(8, 8, 3);
    expect(packed(weight, { ...whole, trims: "both" }).values).toEqual(packed(weight, whole).values);
    const keys = [{}, { trims: "both" } as const].map((trims) => packed(telling(8, 1, 3), { ...whole, ...trims }).key);
    expect(new Set(keys).size).toBe(2);
  });
});
