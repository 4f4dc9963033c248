import type { PreluAttributes } from "./prelu.js";
import type { Tensor } from "./tensor.js";
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export declare function preluReference(input: Tensor, attributes: PreluAttributes, output: Tensor): Tensor;
