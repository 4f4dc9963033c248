// Owns space-to-depth, the inverse of pixel-shuffle in the same order.

import { badInputs, requireOneInput, requirePositiveInteger } from "./checks.js";
import type { Op } from "./op.js";
import type { ShuffleForm } from "./pixel-shuffle.js";
import type { Shape } from "./tensor.js";

const NAME = "pixel-unshuffle";

/**
 * Moves blocks of factor x factor pixels into channels: [C,H*r,W*r] -> [C*r*r,H,W].
 * Matches torch.nn.functional.pixel_unshuffle, or tf.nn.space_to_depth in the order "tensorflow".
 * @throws EsrganError "bad-input" if the height or width is no multiple of the factor
 */
export const pixelUnshuffle: Op<ShuffleForm> = {
  name: NAME,
  outputShape,
  flops: () => 0,
};

function outputShape(inputs: readonly Shape[], { factor }: ShuffleForm): Shape {
  const { channels, height, width } = requireOneInput(NAME, inputs);
  requirePositiveInteger(NAME, "factor", factor);
  if (height % factor !== 0 || width % factor !== 0) {
    throw badInputs(NAME, inputs, `height and width in multiples of the factor ${factor}`);
  }
  return { channels: channels * factor * factor, height: height / factor, width: width / factor };
}
