// Owns the transposed convolution: its shape rule and cost. On the GPU it is a convolution with a pixel shuffle: see
// graph/lower-transposed.ts.

import { badParameter, requireOneInput, requireParameter, requirePositiveInteger } from "./checks.js";
import type { Op, Parameter } from "./op.js";
import type { Edge } from "./plane.js";
import type { Shape } from "./tensor.js";

export interface ConvTranspose2dAttributes {
  /** IOHW with a square kernel, as PyTorch stores it. */
  readonly weight: Parameter;
  /** `[O]` */
  readonly bias?: Parameter | undefined;
  /** Output pixels for each input pixel. */
  readonly stride: number;
  /** Input pixel i puts tap k at output pixel `stride * i - offset + k`: PyTorch's padding. */
  readonly offset: number;
  /** What lies beyond the picture's edge; "zeros" by default. */
  readonly padding?: Edge | undefined;
}

const NAME = "conv-transpose2d";

/**
 * Spreads each pixel with a kernel and adds the bias: [I,H,W] -> [O,H*stride,W*stride]. Matches torch.nn.functional.conv_transpose2d(stride,
 * padding=offset) with the output_padding that gives this size; where it replicates, after torch.nn.functional.pad(mode="replicate") and
 * cut to the same size.
 * @throws EsrganError "bad-input" if a parameter's shape does not fit the input, naming both, or the offset is no place of the kernel
 */
export const convTranspose2d: Op<ConvTranspose2dAttributes> = {
  name: NAME,
  outputShape,
  flops(inputs, attributes) {
    const { channels, height, width } = inputs[0]!;
    const { channels: outChannels } = outputShape(inputs, attributes);
    return 2 * channels * outChannels * height * width * attributes.weight.shape[2]! ** 2;
  },
};

function outputShape(inputs: readonly Shape[], { weight, bias, stride, offset }: ConvTranspose2dAttributes): Shape {
  const { channels, height, width } = requireOneInput(NAME, inputs);
  requirePositiveInteger(NAME, "stride", stride);
  const [inChannels, outChannels = 0, kernel = 0, kernelWidth] = weight.shape;
  const fits = weight.shape.length === 4 && outChannels > 0 && inChannels === channels;
  if (!fits || kernel !== kernelWidth || !Number.isInteger(offset) || offset < 0 || offset >= kernel) {
    const expected = `[${channels},O,K,K] for the input [${channels},${height},${width}] and the offset ${offset}`;
    throw badParameter(NAME, weight, expected);
  }
  if (bias) requireParameter(NAME, bias, [outChannels]);
  return { channels: outChannels, height: height * stride, width: width * stride };
}

/** The input pixels that make output pixel `at`, along one axis. */
export function transposedSpan(
  { weight, stride, offset }: ConvTranspose2dAttributes,
  at: number,
): readonly [first: number, last: number] {
  const kernel = weight.shape[2]!;
  return [Math.ceil((at + offset - kernel + 1) / stride), Math.floor((at + offset) / stride)];
}
