// Owns depth-to-space: the shape rule, and the order of channels that it shares with pixel-unshuffle.

import { badInputs, requireOneInput, requirePositiveInteger } from "./checks.js";
import type { Op } from "./op.js";
import type { Shape } from "./tensor.js";

/**
 * Which deep channel holds pixel (i, j) of channel c of a block of factor r: "pytorch" c*r*r + i*r + j,
 * "tensorflow" (i*r + j)*C + c, where C is the number of shallow channels.
 */
export type ShuffleOrder = "pytorch" | "tensorflow";

export interface PixelShuffleAttributes {
  readonly factor: number;
  readonly order: ShuffleOrder;
}

const NAME = "pixel-shuffle";

/**
 * Moves channels into blocks of factor x factor pixels: [C*r*r,H,W] -> [C,H*r,W*r].
 * Matches torch.nn.functional.pixel_shuffle, or tf.nn.depth_to_space in the order "tensorflow".
 * @throws EsrganError "bad-input" if the channels are no multiple of factor * factor
 */
export const pixelShuffle: Op<PixelShuffleAttributes> = {
  name: NAME,
  outputShape,
  flops: () => 0,
};

function outputShape(inputs: readonly Shape[], { factor }: PixelShuffleAttributes): Shape {
  const { channels, height, width } = requireOneInput(NAME, inputs);
  requirePositiveInteger(NAME, "factor", factor);
  const block = factor * factor;
  if (channels % block !== 0) throw badInputs(NAME, inputs, `channels in a multiple of ${block} for factor ${factor}`);
  return { channels: channels / block, height: height * factor, width: width * factor };
}
