import type { PixelShuffleAttributes } from "./pixel-shuffle.js";
import type { Tensor } from "./tensor.js";
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export declare function pixelUnshuffleReference(input: Tensor, attributes: PixelShuffleAttributes, output: Tensor): Tensor;
