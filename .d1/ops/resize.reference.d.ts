import type { ResizeAttributes } from "./resize.js";
import type { Tensor } from "./tensor.js";
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export declare function resizeReference(input: Tensor, attributes: ResizeAttributes, output: Tensor): Tensor;
