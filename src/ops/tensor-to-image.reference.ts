// Owns turning a network's output into a picture on the CPU.

import { LUMA } from "./luma.js";
import { LARGEST_VALUE, type Pixels } from "./pixels.js";
import type { Tensor } from "./tensor.js";
import { type TensorToImageAttributes, tensorToImage } from "./tensor-to-image.js";

/** @throws EsrganError "bad-input" if the picture asked for does not fit the tensor */
export function tensorToImageReference(input: Tensor, attributes: TensorToImageAttributes): Pixels {
  const { channels, height, width } = tensorToImage.outputShape(input, attributes);
  const { bits } = attributes;
  const max = LARGEST_VALUE[bits];
  const data = bits === 8 ? new Uint8Array(width * height * channels) : new Uint16Array(width * height * channels);
  const plane = input.height * input.width;
  const isMixed = input.channels === 3 && channels === 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * input.width + x;
      for (let c = 0; c < channels; c++) {
        const value = isMixed
          ? LUMA[0] * input.data[from]! + LUMA[1] * input.data[from + plane]! + LUMA[2] * input.data[from + 2 * plane]!
          : input.data[from + (input.channels === 1 ? 0 : c * plane)]!;
        data[(y * width + x) * channels + c] = quantise(value, max);
      }
    }
  }
  return { data, width, height, channels: attributes.channels, bits };
}

function quantise(value: number, max: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.floor(Math.min(Math.max(value, 0), 1) * max + 0.5);
}
