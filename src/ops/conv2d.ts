// Owns the convolution: its shape rule and cost. Concatenated or upsampled inputs and residuals are not here: see graph/fuse.ts.

import { requireActivation } from "./activation.js";
import { badParameter, requireOneInput, requireParameter } from "./checks.js";
import type { Activation, Op, Parameter } from "./op.js";
import type { Shape } from "./tensor.js";

export interface Conv2dAttributes {
  /** OIHW with an odd square kernel. */
  readonly weight: Parameter;
  /** `[O]` */
  readonly bias?: Parameter | undefined;
  readonly activation: Activation;
  /** What lies beyond the picture's edge; "zeros" by default. */
  readonly padding?: Padding | undefined;
}

/** "replicate": the edge's pixel goes on. */
export type Padding = "zeros" | "replicate";

const NAME = "conv2d";

/**
 * Convolves with stride 1 and padding that keeps the size, adds the bias, applies the activation: [I,H,W] -> [O,H,W].
 * Matches torch.nn.functional.conv2d(padding="same"), after torch.nn.functional.pad(mode="replicate") where it replicates; its cost leaves out the bias and the activation.
 * @throws EsrganError "bad-input" if a parameter's shape does not fit the input, naming both
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

function outputShape(inputs: readonly Shape[], { weight, bias, activation }: Conv2dAttributes): Shape {
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
  return { channels: outChannels, height, width };
}
