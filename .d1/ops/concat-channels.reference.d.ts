import type { Tensor } from "./tensor.js";
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export declare function concatChannelsReference(inputs: readonly Tensor[], output: Tensor): Tensor;
