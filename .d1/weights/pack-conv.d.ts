import type { WeightOrder } from "../ops/conv2d.kernels.js";
import type { ConstantData } from "../ops/kernel.js";
import type { Parameter } from "../ops/op.js";
/** What the packing of a convolution depends on. */
export interface ConvPacking extends WeightOrder {
    readonly weight: Parameter;
    readonly bias: Parameter | undefined;
    /** PReLU slopes, one a channel. */
    readonly slopes: Float32Array | undefined;
    /** Channels of each concatenated input: each is padded to whole blocks. */
    readonly segments: readonly number[];
    readonly shuffle: {
        readonly factor: number;
        readonly order: "pytorch" | "tensorflow";
    };
    readonly half: boolean;
}
/**
 * Packs weights as `[group][phase][input block][tap][block of the group][input channel of the block]` of four output
 * channels, or the two swapped where vectors count inputs (there are phases and other taps than the kernel's where a transform makes
 * them), and bias with slopes as `[output block]` of four each, always f32. Output channels are ordered by the phases of a pixel
 * shuffle, so that a block of the convolution is a block of one output pixel.
 */
export declare function packConv(name: string, packing: ConvPacking): {
    weights: ConstantData;
    affine: ConstantData;
};
