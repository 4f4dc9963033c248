import type { Model } from "./model.js";
export interface ModelPart {
    readonly model: Model;
    /** Any finite number; the weights of all parts need not add up to 1. */
    readonly weight: number;
}
/**
 * The model whose tensors (convolution weights, biases, slopes) are the sums of the parts' times their weights, added up in
 * float64 and kept as float32. It takes its memory at once and holds nothing of the parts, whose tensors may be named after
 * different key layouts. Called `a:0.8+b:0.2` unless `name` says otherwise.
 * @throws EsrganError "bad-input" if there is no part, a weight is not finite, or the networks differ, naming the first
 *   fact or tensor that does; "bad-weights" naming a tensor with a sum beyond float32
 */
export declare function interpolateModels(parts: readonly ModelPart[], options?: {
    readonly name?: string;
}): Model;
