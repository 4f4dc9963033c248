// Owns curved activations (tanh, sigmoid) as an operation of their own: the shape rule and the cost. As the end of a convolution
// they are conv2d's activation; what each computes is activation.ts.

import { requireActivation } from "./activation.js";
import { requireOneInput } from "./checks.js";
import type { CurvedActivation, Op } from "./op.js";
import { elementCount, type Shape } from "./tensor.js";

const NAME = "activate";

/**
 * Applies the activation to each value: [C,H,W] -> [C,H,W]. Matches torch.tanh or torch.sigmoid, by the activation's kind.
 * Its cost counts an activation as one operation.
 */
export const activate: Op<CurvedActivation> = {
  name: NAME,
  outputShape,
  flops: (inputs, activation) => elementCount(outputShape(inputs, activation)),
};

function outputShape(inputs: readonly Shape[], activation: CurvedActivation): Shape {
  const { channels, height, width } = requireOneInput(NAME, inputs);
  requireActivation(NAME, activation, channels);
  return { channels, height, width };
}
