// Owns depth-to-space: the shape rule, and the order of channels that it shares with pixel-unshuffle.

import { badInputs, requireOneInput, requirePositiveInteger } from "./checks.js";
import type { Op } from "./op.js";
import type { Shape } from "./tensor.js";

/**
 * Which deep channel holds pixel (i, j) of channel c of a block of factor r: "pytorch" c*r*r + i*r + j,
 * "tensorflow" (i*r + j)*C + c, where C is the number of shallow channels.
 */
export type ShuffleOrder = "pytorch" | "tensorflow";

/** What pixel shuffle and its inverse share. */
export interface ShuffleForm {
  readonly factor: number;
  readonly order: ShuffleOrder;
}

export interface PixelShuffleAttributes extends ShuffleForm {
  /** Pixels of the large picture that are left out before the first one that is kept and after the last, on both axes; none by default. */
  readonly cut?: readonly [first: number, last: number] | undefined;
}

const NAME = "pixel-shuffle";

/**
 * Moves channels into blocks of factor x factor pixels: [C*r*r,H,W] -> [C,H*r-a-b,W*r-a-b] with the cut [a,b].
 * Matches torch.nn.functional.pixel_shuffle, or tf.nn.depth_to_space in the order "tensorflow", and a slice of that.
 * @throws EsrganError "bad-input" if the channels are no multiple of factor * factor, or the cut leaves nothing
 */
export const pixelShuffle: Op<PixelShuffleAttributes> = {
  name: NAME,
  outputShape,
  flops: () => 0,
};

function outputShape(inputs: readonly Shape[], { factor, cut = [0, 0] }: PixelShuffleAttributes): Shape {
  const { channels, height, width } = requireOneInput(NAME, inputs);
  requirePositiveInteger(NAME, "factor", factor);
  const block = factor * factor;
  if (channels % block !== 0) throw badInputs(NAME, inputs, `channels in a multiple of ${block} for factor ${factor}`);
  const [first, last] = cut;
  const kept = (size: number) => size * factor - first - last;
  if (kept(Math.min(height, width)) < 1) {
    throw badInputs(NAME, inputs, `more than ${first} + ${last} pixels after factor ${factor}, which are cut off`);
  }
  return { channels: channels / block, height: kept(height), width: kept(width) };
}
