// Owns the values that kernels are tried with: the same everywhere.

import { type Tensor, tensor } from "../ops/tensor.js";

/** Values -0.5..0.5 of a fixed generator, [channels,height,width]; others for another seed. */
export function noise(channels: number, height: number, width = height, seed = 1): Tensor {
  const out = tensor({ channels, height, width });
  let state = seed;
  for (let i = 0; i < out.data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out.data[i] = state / 2 ** 32 - 0.5;
  }
  return out;
}

/** The largest difference between two kernels, relative to the largest value, that rounding explains. */
export const ROUNDING = { f32: 1e-4, f16: 3e-2, "packed-f16": 1e-2 } as const;
