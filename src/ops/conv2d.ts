// Owns the convolution: its shape rule and cost. Concatenated or upsampled inputs and residuals are not here: see graph/fuse.ts.

import { EsrganError } from "../errors.js";
import { requireActivation } from "./activation.js";
import { badParameter, requireOneInput, requireParameter } from "./checks.js";
import type { Activation, Op, Parameter } from "./op.js";
import type { Edge } from "./plane.js";
import type { Shape } from "./tensor.js";

export interface Conv2dAttributes {
  /** OIHW with an odd square kernel. */
  readonly weight: Parameter;
  /** `[O]` */
  readonly bias?: Parameter | undefined;
  readonly activation: Activation;
  /** What lies beyond the picture's edge; "zeros" by default. */
  readonly padding?: Padding | undefined;
  /** Pixels that the result has more than the input on each side, where `padding` goes on; 0 by default, and not with "valid". */
  readonly grow?: number | undefined;
}

/** "valid": nothing does, and the result leaves out what would be made of it. */
export type Padding = Edge | "valid";

const NAME = "conv2d";

/**
 * Convolves with stride 1, adds the bias, applies the activation: [I,H,W] -> [O,H+2g,W+2g], where g is `grow`, or (1-K)/2 where the padding
 * is "valid". Matches torch.nn.functional.conv2d after torch.nn.functional.pad by (K-1)/2+g on each side, with zeros or mode="replicate"; its
 * cost leaves out the bias and the activation.
 * @throws EsrganError "bad-input" if a parameter's shape does not fit the input, naming both, or nothing is left of the picture
 */
export const conv2d: Op<Conv2dAttributes> = {
  name: NAME,
  outputShape,
  flops(inputs, attributes) {
    const { channels, height, width } = outputShape(inputs, attributes);
    const [, inChannels, kernel] = attributes.weight.shape;
    return 2 * channels * height * width * inChannels! * kernel! * kernel!;
  },
};

function outputShape(inputs: readonly Shape[], { weight, bias, activation, padding, grow }: Conv2dAttributes): Shape {
  const { channels, height, width } = requireOneInput(NAME, inputs);
  const [outChannels = 0, inChannels, kernel = 0, kernelWidth] = weight.shape;
  const fits = weight.shape.length === 4 && outChannels > 0 && inChannels === channels;
  if (!fits || kernel % 2 !== 1 || kernel !== kernelWidth) {
    throw badParameter(
      NAME,
      weight,
      `[O,${channels},K,K] with an odd K for the input [${channels},${height},${width}]`,
    );
  }
  if (bias) requireParameter(NAME, bias, [outChannels]);
  requireActivation(NAME, activation, outChannels);
  const more = 2 * growthOf(weight, { padding, grow });
  if (Math.min(height, width) + more < 1) {
    throw new EsrganError(
      "bad-input",
      `${NAME} without padding got the input [${channels},${height},${width}], expected ${kernel}x${kernel} pixels at least`,
    );
  }
  return { channels: outChannels, height: height + more, width: width + more };
}

/** Pixels that the result has more than the input on each side; fewer where it is negative. */
export function growthOf(
  { shape }: Parameter,
  { padding, grow = 0 }: Pick<Conv2dAttributes, "padding" | "grow">,
): number {
  return padding === "valid" ? (1 - shape[2]!) / 2 : grow;
}
