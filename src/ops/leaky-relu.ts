// Owns the leaky rectifier as an operation of its own. As the end of a convolution it is conv2d's activation.

import { requireFinite, requireOneInput } from "./checks.js";
import type { Op } from "./op.js";
import { elementCount, type Shape } from "./tensor.js";

export interface LeakyReluAttributes {
  /** The factor on negative values; 0 makes it a ReLU. */
  readonly slope: number;
}

const NAME = "leaky-relu";

/**
 * Multiplies negative values by the slope: [C,H,W] -> [C,H,W]. Matches torch.nn.functional.leaky_relu.
 * @throws EsrganError "bad-input" if the slope is not finite
 */
export const leakyRelu: Op<LeakyReluAttributes> = {
  name: NAME,
  outputShape,
  flops: (inputs, attributes) => elementCount(outputShape(inputs, attributes)),
};

function outputShape(inputs: readonly Shape[], { slope }: LeakyReluAttributes): Shape {
  const { channels, height, width } = requireOneInput(NAME, inputs);
  requireFinite(NAME, "slope", slope);
  return { channels, height, width };
}
