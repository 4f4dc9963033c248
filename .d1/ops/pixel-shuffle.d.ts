import type { Op } from "./op.js";
/**
 * Which deep channel holds pixel (i, j) of channel c of a block of factor r: "pytorch" c*r*r + i*r + j,
 * "tensorflow" (i*r + j)*C + c, where C is the number of shallow channels.
 */
export type ShuffleOrder = "pytorch" | "tensorflow";
export interface PixelShuffleAttributes {
    readonly factor: number;
    readonly order: ShuffleOrder;
}
/**
 * Moves channels into blocks of factor x factor pixels: [C*r*r,H,W] -> [C,H*r,W*r].
 * Matches torch.nn.functional.pixel_shuffle, or tf.nn.depth_to_space in the order "tensorflow".
 * @throws EsrganError "bad-input" if the channels are no multiple of factor * factor
 */
export declare const pixelShuffle: Op<PixelShuffleAttributes>;
