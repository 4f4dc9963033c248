// Owns the rectifier with one slope a channel as an operation of its own. As the end of a convolution it is conv2d's activation.

import { requireOneInput, requireParameter } from "./checks.js";
import type { Op, Parameter } from "./op.js";
import { elementCount, type Shape } from "./tensor.js";

export interface PreluAttributes {
  /** `[C]`; trained slopes may be negative or above 1. */
  readonly slopes: Parameter;
}

const NAME = "prelu";

/**
 * Multiplies negative values by their channel's slope: [C,H,W] -> [C,H,W]. Matches torch.nn.functional.prelu.
 * @throws EsrganError "bad-input" if there is not one slope a channel
 */
export const prelu: Op<PreluAttributes> = {
  name: NAME,
  outputShape,
  flops: (inputs, attributes) => elementCount(outputShape(inputs, attributes)),
};

function outputShape(inputs: readonly Shape[], { slopes }: PreluAttributes): Shape {
  const { channels, height, width } = requireOneInput(NAME, inputs);
  requireParameter(NAME, slopes, [channels]);
  return { channels, height, width };
}
