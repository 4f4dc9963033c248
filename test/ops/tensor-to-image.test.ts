import { describe, expect, it } from "vitest";
import { imageToTensorReference } from "../../src/ops/image-to-tensor.reference.js";
import { tensor } from "../../src/ops/tensor.js";
import { tensorToImage } from "../../src/ops/tensor-to-image.js";
import { tensorToImageReference } from "../../src/ops/tensor-to-image.reference.js";
import { expectedOutput } from "../cases/fixtures.js";
import { tensorToImageCases } from "../cases/tensor-to-image.js";

describe("tensor-to-image", () => {
  it.each(tensorToImageCases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const { data, ...picture } = tensorToImageReference(one.build(), one.attributes);
    const expected = expectedOutput("tensor-to-image", one.name);
    expect(picture).toEqual(one.attributes);
    expect([picture.height, picture.width, picture.channels]).toEqual(expected.shape);
    expect(data).toBeInstanceOf(one.attributes.bits === 8 ? Uint8Array : Uint16Array);
    expect([...data]).toEqual([...expected.data]);
  });

  it.each([
    [Number.NaN, 0, 0],
    [Number.NEGATIVE_INFINITY, 0, 0],
    [Number.POSITIVE_INFINITY, 255, 65535],
    [-1e-9, 0, 0],
    [0.51 / 255, 1, 131],
    [0.49 / 255, 0, 126],
    [254.6 / 255, 255, 65432],
    [1, 255, 65535],
    [1 + 1e-6, 255, 65535],
  ])("turns %d into %d of 255 and %d of 65535", (value, byte, word) => {
    const input = tensor({ channels: 1, height: 1, width: 1 }, Float32Array.of(value));
    const one = { width: 1, height: 1, channels: 1 } as const;
    expect(tensorToImageReference(input, { ...one, bits: 8 }).data[0]).toBe(byte);
    expect(tensorToImageReference(input, { ...one, bits: 16 }).data[0]).toBe(word);
  });

  it.each([8, 16] as const)("gives back every level of %d bits", (bits) => {
    const levels = 2 ** bits;
    const data = bits === 8 ? new Uint8Array(levels) : new Uint16Array(levels);
    for (let i = 0; i < levels; i++) data[i] = i;
    const pixels = { data, width: levels, height: 1, channels: 1, bits } as const;
    const input = imageToTensorReference(pixels, { channels: 1, width: levels, height: 1 });
    expect(tensorToImageReference(input, { width: levels, height: 1, channels: 1, bits })).toEqual(pixels);
  });

  const input = { channels: 3, height: 4, width: 5 };
  const attributes = { width: 5, height: 4, channels: 3, bits: 8 } as const;
  const wanted = "expected 1 or 3 channels of both and at most the tensor's height and width";
  it.each([
    [input, { ...attributes, width: 6 }, `the tensor [3,4,5] for the picture [3,4,6], ${wanted}`],
    [input, { ...attributes, height: 5 }, `the tensor [3,4,5] for the picture [3,5,5], ${wanted}`],
    [input, { ...attributes, width: 0 }, `the tensor [3,4,5] for the picture [3,4,0], ${wanted}`],
    [input, { ...attributes, channels: 4 as 3 }, `the tensor [3,4,5] for the picture [4,4,5], ${wanted}`],
    [{ ...input, channels: 4 }, attributes, `the tensor [4,4,5] for the picture [3,4,5], ${wanted}`],
    [input, { ...attributes, bits: 10 as 8 }, "bits 10, expected 8 or 16"],
    [{ ...input, height: 0 }, attributes, "the shape [3,0,5], expected positive integers"],
  ] as const)("refuses %o as %o", (shape, wrong, message) => {
    expect(() => tensorToImage.outputShape(shape, wrong)).toThrow(
      expect.objectContaining({ code: "bad-input", message: `tensor-to-image got ${message}` }),
    );
  });
});
