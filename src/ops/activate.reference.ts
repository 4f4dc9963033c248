// Owns curved activations on the CPU, value by value.

import { activationFunction } from "./activation.js";
import type { CurvedActivation } from "./op.js";
import type { Tensor } from "./tensor.js";

/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function activateReference(input: Tensor, activation: CurvedActivation, output: Tensor): Tensor {
  const compute = activationFunction(activation);
  const pixels = input.height * input.width;
  for (let i = 0; i < output.data.length; i++) output.data[i] = compute(input.data[i]!, Math.floor(i / pixels));
  return output;
}
