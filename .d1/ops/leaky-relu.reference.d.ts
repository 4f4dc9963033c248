import type { LeakyReluAttributes } from "./leaky-relu.js";
import type { Tensor } from "./tensor.js";
/** Fills `output`, whose shape is the shape rule's, and returns it. */
export declare function leakyReluReference(input: Tensor, { slope }: LeakyReluAttributes, output: Tensor): Tensor;
