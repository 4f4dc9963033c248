// Owns the convolution on the CPU. The command line runs whole networks on it where there is no GPU, so it is kept quick as well as plain:
// sums are kept in float64, a row of output at a time, and rounded to float32 once.

import { negativeSlopes } from "./activation.js";
import type { Conv2dAttributes } from "./conv2d.js";
import type { Tensor } from "./tensor.js";

/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function conv2dReference(input: Tensor, attributes: Conv2dAttributes, output: Tensor): Tensor {
  const { height, width } = input;
  const kernel = attributes.weight.shape[2]!;
  const weights = Float64Array.from(attributes.weight.floats());
  const bias = attributes.bias?.floats();
  const slopes = negativeSlopes(attributes.activation, output.channels);
  const taps = input.channels * kernel * kernel;
  const tapOffsets = new Int32Array(taps);
  const pitch = width + kernel - 1;
  for (let tap = 0; tap < taps; tap++) tapOffsets[tap] = Math.floor(tap / kernel) * pitch + (tap % kernel);

  const sums = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const rows = paddedRows(input, y, kernel);
    for (let channel = 0; channel < output.channels; channel++) {
      sums.fill(bias?.[channel] ?? 0);
      addTaps(sums, rows, tapOffsets, weights.subarray(channel * taps, (channel + 1) * taps));
      const start = (channel * height + y) * width;
      const slope = slopes[channel]!;
      for (let x = 0; x < width; x++) {
        const sum = sums[x]!;
        output.data[start + x] = sum < 0 ? slope * sum : sum;
      }
    }
  }
  return output;
}

/** The input rows that output row `y` needs, [C,K,W+K-1], with zeros outside the picture. */
function paddedRows(input: Tensor, y: number, kernel: number): Float64Array {
  const { channels, height, width, data } = input;
  const reach = (kernel - 1) / 2;
  const pitch = width + 2 * reach;
  const rows = new Float64Array(channels * kernel * pitch);
  for (let row = 0; row < channels * kernel; row++) {
    const inY = y - reach + (row % kernel);
    if (inY < 0 || inY >= height) continue;
    const start = (Math.floor(row / kernel) * height + inY) * width;
    rows.set(data.subarray(start, start + width), row * pitch + reach);
  }
  return rows;
}

function addTaps(sums: Float64Array, rows: Float64Array, offsets: Int32Array, weights: Float64Array): void {
  for (let tap = 0; tap < weights.length; tap++) {
    const weight = weights[tap]!;
    const offset = offsets[tap]!;
    for (let x = 0; x < sums.length; x++) sums[x]! += weight * rows[offset + x]!;
  }
}
