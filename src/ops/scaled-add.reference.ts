// Owns the scaled residual sum on the CPU.

import type { ScaledAddAttributes } from "./scaled-add.js";
import type { Tensor } from "./tensor.js";

/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function scaledAddReference(x: Tensor, y: Tensor, { alpha }: ScaledAddAttributes, output: Tensor): Tensor {
  for (let i = 0; i < output.data.length; i++) output.data[i] = alpha * x.data[i]! + y.data[i]!;
  return output;
}
