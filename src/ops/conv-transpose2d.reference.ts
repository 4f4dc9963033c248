// Owns the transposed convolution on the CPU, by its definition: each input pixel adds the kernel, scaled by its value, to the output.

import type { ConvTranspose2dAttributes } from "./conv-transpose2d.js";
import type { Tensor } from "./tensor.js";

/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function convTranspose2dReference(
  input: Tensor,
  { weight, bias, stride, offset, padding = "zeros" }: ConvTranspose2dAttributes,
  output: Tensor,
): Tensor {
  const kernel = weight.shape[2]!;
  const weights = weight.floats();
  const biases = bias?.floats();
  // Pixels beyond the edge that still reach the picture.
  const beyond = padding === "replicate" ? Math.ceil(kernel / stride) : 0;
  const sums = new Float64Array(output.data.length);
  for (let c = 0; c < input.channels; c++) {
    for (let y = -beyond; y < input.height + beyond; y++) {
      const row = (c * input.height + inside(y, input.height)) * input.width;
      for (let x = -beyond; x < input.width + beyond; x++) {
        const value = input.data[row + inside(x, input.width)]!;
        for (let o = 0; o < output.channels; o++) {
          const taps = (c * output.channels + o) * kernel * kernel;
          addKernel(sums, o, value, [stride * x - offset, stride * y - offset], taps);
        }
      }
    }
  }
  const pixels = output.height * output.width;
  sums.forEach((sum, i) => {
    output.data[i] = sum + (biases?.[Math.floor(i / pixels)] ?? 0);
  });
  return output;

  function addKernel(to: Float64Array, channel: number, value: number, [left, top]: [number, number], taps: number) {
    for (let ky = Math.max(0, -top); ky < kernel && top + ky < output.height; ky++) {
      const row = (channel * output.height + top + ky) * output.width + left;
      for (let kx = Math.max(0, -left); kx < kernel && left + kx < output.width; kx++) {
        to[row + kx]! += value * weights[taps + ky * kernel + kx]!;
      }
    }
  }
}

function inside(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
