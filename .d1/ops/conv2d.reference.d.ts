import type { Conv2dAttributes } from "./conv2d.js";
import type { Tensor } from "./tensor.js";
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export declare function conv2dReference(input: Tensor, attributes: Conv2dAttributes, output: Tensor): Tensor;
