// Owns the convolution on the CPU. The command line runs whole networks on it where there is no GPU, so it is kept quick as well as plain:
// float64 sums of one output row are built up tap by tap and rounded to float32 once.

import { activationFunction } from "./activation.js";
import { type Conv2dAttributes, growthOf } from "./conv2d.js";
import type { Tensor } from "./tensor.js";

// A step of the inner loop adds 3 taps to 4 output channels: 12 multiply-accumulates for 3 loads, and the weights stay in registers. On
// 64 -> 64 channels V8 runs it at 5 GFLOP/s, against 3 for 8 taps to one channel and 1.7 for one tap to one channel.
const OUTPUTS = 4;
const TAPS = 3;

/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function conv2dReference(input: Tensor, attributes: Conv2dAttributes, output: Tensor): Tensor {
  const { height, width } = output;
  const kernel = attributes.weight.shape[2]!;
  const bias = attributes.bias?.floats();
  const replicates = attributes.padding === "replicate";
  const beyond = (kernel - 1) / 2 + growthOf(attributes.weight, attributes);
  const activate = activationFunction(attributes.activation);
  const weights = packWeights(attributes.weight.floats(), output.channels, input.channels * kernel * kernel);
  const offsets = tapOffsets(input.channels, kernel, width);
  const stepWeights = offsets.length * OUTPUTS;

  // Input rows [C*K][W+K-1], for W columns of output, with the padding at both ends, and one row of zeros for the taps that only fill up the last step.
  const pitch = width + kernel - 1;
  const rows = new Float64Array((input.channels * kernel + 1) * pitch);
  const sums = new Float64Array(OUTPUTS * width);
  for (let y = 0; y < height; y++) {
    fillRows(rows, input, y, { kernel, beyond, replicates });
    for (let first = 0; first < output.channels; first += OUTPUTS) {
      const group = (first / OUTPUTS) * stepWeights;
      sums.fill(0);
      addTaps(sums, rows, offsets, weights.subarray(group, group + stepWeights));
      for (let k = 0; k < OUTPUTS && first + k < output.channels; k++) {
        const channel = first + k;
        const offset = bias?.[channel] ?? 0;
        const start = (channel * height + y) * width;
        for (let x = 0; x < width; x++) {
          output.data[start + x] = activate(sums[k * width + x]! + offset, channel);
        }
      }
    }
  }
  return output;
}

/** OIHW weights in the order addTaps reads them, [O/4][taps/3][4][3], filled up with zeros. */
function packWeights(weights: Float32Array, channels: number, taps: number): Float64Array {
  const steps = Math.ceil(taps / TAPS);
  const packed = new Float64Array(Math.ceil(channels / OUTPUTS) * steps * OUTPUTS * TAPS);
  for (let channel = 0; channel < channels; channel++) {
    for (let tap = 0; tap < taps; tap++) {
      const step = Math.floor(channel / OUTPUTS) * steps + Math.floor(tap / TAPS);
      packed[(step * OUTPUTS + (channel % OUTPUTS)) * TAPS + (tap % TAPS)] = weights[channel * taps + tap]!;
    }
  }
  return packed;
}

/** Where each tap (channel, kernel row, kernel column) of output column 0 lies in the rows. */
function tapOffsets(channels: number, kernel: number, width: number): Int32Array {
  const taps = channels * kernel * kernel;
  const pitch = width + kernel - 1;
  const offsets = new Int32Array(Math.ceil(taps / TAPS) * TAPS).fill(channels * kernel * pitch);
  for (let tap = 0; tap < taps; tap++) offsets[tap] = Math.floor(tap / kernel) * pitch + (tap % kernel);
  return offsets;
}

/** Copies the input rows that output row `y` needs, and `beyond` pixels outside the picture, which are zero, or the edge's pixel. */
function fillRows(
  rows: Float64Array,
  { channels, height, width, data }: Tensor,
  y: number,
  { kernel, beyond, replicates }: { readonly kernel: number; readonly beyond: number; readonly replicates: boolean },
): void {
  const pitch = width + 2 * beyond;
  for (let row = 0; row < channels * kernel; row++) {
    const wanted = y - beyond + (row % kernel);
    const inY = replicates ? Math.min(Math.max(wanted, 0), height - 1) : wanted;
    const to = row * pitch + beyond;
    if (inY < 0 || inY >= height) {
      rows.fill(0, to, to + width);
    } else {
      const from = (Math.floor(row / kernel) * height + inY) * width;
      rows.set(data.subarray(from, from + width), to);
      if (!replicates) continue;
      rows.fill(data[from]!, to - beyond, to);
      rows.fill(data[from + width - 1]!, to + width, to + width + beyond);
    }
  }
}

/** sums[k][x] += the sum over all taps of weight[k][tap] * rows[offset[tap] + x]. */
function addTaps(sums: Float64Array, rows: Float64Array, offsets: Int32Array, weights: Float64Array): void {
  const width = sums.length / OUTPUTS;
  for (let tap = 0; tap < offsets.length; tap += TAPS) {
    const w = tap * OUTPUTS;
    const [a0, a1, a2] = [weights[w]!, weights[w + 1]!, weights[w + 2]!];
    const [b0, b1, b2] = [weights[w + 3]!, weights[w + 4]!, weights[w + 5]!];
    const [c0, c1, c2] = [weights[w + 6]!, weights[w + 7]!, weights[w + 8]!];
    const [d0, d1, d2] = [weights[w + 9]!, weights[w + 10]!, weights[w + 11]!];
    const [p, q, r] = [offsets[tap]!, offsets[tap + 1]!, offsets[tap + 2]!];
    for (let x = 0; x < width; x++) {
      const x0 = rows[p + x]!;
      const x1 = rows[q + x]!;
      const x2 = rows[r + x]!;
      sums[x]! += a0 * x0 + a1 * x1 + a2 * x2;
      sums[width + x]! += b0 * x0 + b1 * x1 + b2 * x2;
      sums[2 * width + x]! += c0 * x0 + c1 * x1 + c2 * x2;
      sums[3 * width + x]! += d0 * x0 + d1 * x1 + d2 * x2;
    }
  }
}
