// Owns single values of a fused convolution on the CPU, by its formula and nothing else: what kernels are held against on the device at
// hand, where whole references would take too long.

import { activationFunction } from "../ops/activation.js";
import type { Edge } from "../ops/plane.js";
import type { Tensor } from "../ops/tensor.js";
import type { FusedConv } from "./fuse.js";

/** The value of output channel `channel` at (x, y), in float64. */
export type ValueAt = (channel: number, x: number, y: number) => number;

/** Values of `conv` given what its inputs and residuals hold, in their order. */
export function fusedFormula(conv: FusedConv, inputs: readonly Tensor[], residuals: readonly Tensor[]): ValueAt {
  const { upsample, alpha, shuffle, padding, grow } = conv;
  const { factor, order } = shuffle;
  const [outChannels, inChannels, kernel] = conv.weight.shape as [number, number, number, number];
  const weights = conv.weight.floats();
  const bias = conv.bias?.floats();
  const activate = activationFunction(conv.activation);
  const planes = inputs.flatMap((input) => Array.from({ length: input.channels }, (_, c) => planeAt(input, c)));
  const { width, height } = inputs[0]!;
  const before = (kernel - 1) / 2 + grow;
  const deepChannels = outChannels / factor ** 2;

  return (channel, x, y) => {
    const place = (y % factor) * factor + (x % factor);
    const deep = order === "pytorch" ? channel * factor ** 2 + place : place * deepChannels + channel;
    const [left, top] = [Math.floor(x / factor) - before, Math.floor(y / factor) - before];
    let sum = bias?.[deep] ?? 0;
    for (let ky = 0; ky < kernel; ky++) {
      const fromY = padded(Math.floor((top + ky) / upsample), height, padding);
      if (fromY === undefined) continue;
      for (let kx = 0; kx < kernel; kx++) {
        const fromX = padded(Math.floor((left + kx) / upsample), width, padding);
        if (fromX === undefined) continue;
        for (let c = 0; c < inChannels; c++) {
          const weight = weights[((deep * inChannels + c) * kernel + ky) * kernel + kx]!;
          sum += weight * planes[c]![fromY * width + fromX]!;
        }
      }
    }
    let value = activate(sum, deep) * alpha;
    conv.residuals.forEach(({ beta, upsample: times }, index) => {
      const residual = residuals[index]!;
      const at = Math.floor(y / times) * residual.width + Math.floor(x / times);
      value += beta * planeAt(residual, channel)[at]!;
    });
    return value;
  };
}

/** The pixel that stands at `at` of an axis; undefined where zeros do. */
function padded(at: number, size: number, padding: Edge): number | undefined {
  if (at >= 0 && at < size) return at;
  return padding === "replicate" ? Math.min(Math.max(at, 0), size - 1) : undefined;
}

function planeAt({ data, width, height }: Tensor, channel: number): Float32Array {
  return data.subarray(channel * width * height, (channel + 1) * width * height);
}
