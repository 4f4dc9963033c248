import { describe, expect, it } from "vitest";
import { imageToTensor } from "../../src/ops/image-to-tensor.js";
import { imageToTensorReference } from "../../src/ops/image-to-tensor.reference.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { expectedOutput } from "../cases/fixtures.js";
import { imageToTensorCases } from "../cases/image-to-tensor.js";
import { expectClose } from "./parity.js";

describe("image-to-tensor", () => {
  it.each(imageToTensorCases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    const result = imageToTensorReference(one.build(), one.attributes);
    const expected = expectedOutput("image-to-tensor", one.name);
    expect([result.channels, result.height, result.width]).toEqual(expected.shape);
    expectClose(result.data, expected.data, expected.data, one.tolerance);
  });

  it("reads clamped bytes, as ImageData has them", () => {
    const pixels: Pixels = { data: Uint8ClampedArray.of(255, 0, 51, 7), width: 1, height: 1, channels: 4, bits: 8 };
    const { data } = imageToTensorReference(pixels, { channels: 3, width: 1, height: 1 });
    expect([...data]).toEqual([1, 0, Math.fround(0.2)]);
  });

  const picture = { width: 5, height: 4 };
  const wanted = "expected 1 or 3 channels and at least the picture's height and width";
  it.each([
    [picture, { channels: 3, width: 4, height: 4 }, `a picture of 5x4 pixels for the tensor [3,4,4], ${wanted}`],
    [picture, { channels: 3, width: 5, height: 3 }, `a picture of 5x4 pixels for the tensor [3,3,5], ${wanted}`],
    [picture, { channels: 1, width: 5.5, height: 4 }, `a picture of 5x4 pixels for the tensor [1,4,5.5], ${wanted}`],
    [picture, { channels: 4 as 3, width: 5, height: 4 }, `a picture of 5x4 pixels for the tensor [4,4,5], ${wanted}`],
    [
      { width: 0, height: 4 },
      { channels: 3, width: 5, height: 4 },
      "a picture of 0x4 pixels, expected positive integers",
    ],
  ] as const)("refuses %o as %o", (size, attributes, message) => {
    expect(() => imageToTensor.outputShape(size, attributes)).toThrow(
      expect.objectContaining({ code: "bad-input", message: `image-to-tensor got ${message}` }),
    );
  });

  const bytes = { data: new Uint8Array(12), width: 2, height: 2, channels: 3, bits: 8 } as const;
  it.each([
    [{ ...bytes, data: new Uint8Array(11) }, "2x2 pixels with 3 channels of 8 bits needs 12 values, got 11"],
    [{ ...bytes, data: new Uint8Array(13) }, "2x2 pixels with 3 channels of 8 bits needs 12 values, got 13"],
    [
      { ...bytes, bits: 16 },
      "2x2 pixels with 3 channels of 16 bits came with data of type Uint8Array, expected Uint16Array",
    ],
    [
      { ...bytes, data: new Uint16Array(12) },
      "2x2 pixels with 3 channels of 8 bits came with data of type Uint16Array, expected Uint8Array or Uint8ClampedArray",
    ],
    [
      { ...bytes, bits: 12 as 8 },
      "2x2 pixels with 3 channels of 12 bits was given, expected 1 to 4 channels of 8 or 16 bits",
    ],
    [
      { ...bytes, channels: 5 as 4 },
      "2x2 pixels with 5 channels of 8 bits was given, expected 1 to 4 channels of 8 or 16 bits",
    ],
    [{ ...bytes, width: 1.5 }, "1.5x2 pixels with 3 channels of 8 bits needs a positive width and height"],
  ] as const)("refuses pixels that contradict themselves: %o", (pixels, message) => {
    expect(() => imageToTensorReference(pixels, { channels: 3, width: 2, height: 2 })).toThrow(
      expect.objectContaining({ code: "bad-input", message: `A picture of ${message}` }),
    );
  });
});
