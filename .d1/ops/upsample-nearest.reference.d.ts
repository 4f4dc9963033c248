import type { Tensor } from "./tensor.js";
import type { UpsampleNearestAttributes } from "./upsample-nearest.js";
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export declare function upsampleNearestReference(input: Tensor, attributes: UpsampleNearestAttributes, output: Tensor): Tensor;
