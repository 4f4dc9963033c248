import type { Op } from "./op.js";
import type { PixelShuffleAttributes } from "./pixel-shuffle.js";
/**
 * Moves blocks of factor x factor pixels into channels: [C,H*r,W*r] -> [C*r*r,H,W].
 * Matches torch.nn.functional.pixel_unshuffle, or tf.nn.space_to_depth in the order "tensorflow".
 * @throws EsrganError "bad-input" if the height or width is no multiple of the factor
 */
export declare const pixelUnshuffle: Op<PixelShuffleAttributes>;
