// Owns concatenation along channels on the CPU.

import type { Tensor } from "./tensor.js";

/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function concatChannelsReference(inputs: readonly Tensor[], output: Tensor): Tensor {
  let end = 0;
  for (const input of inputs) {
    output.data.set(input.data, end);
    end += input.data.length;
  }
  return output;
}
