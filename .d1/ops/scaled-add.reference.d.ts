import type { ScaledAddAttributes } from "./scaled-add.js";
import type { Tensor } from "./tensor.js";
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export declare function scaledAddReference(x: Tensor, y: Tensor, { alpha }: ScaledAddAttributes, output: Tensor): Tensor;
