import type { Activation, Op, Parameter } from "./op.js";
export interface Conv2dAttributes {
    /** OIHW with an odd square kernel. */
    readonly weight: Parameter;
    /** `[O]` */
    readonly bias?: Parameter | undefined;
    readonly activation: Activation;
}
/**
 * Convolves with stride 1 and zero padding that keeps the size, adds the bias, applies the activation: [I,H,W] -> [O,H,W].
 * Matches torch.nn.functional.conv2d(padding="same"); its cost leaves out the bias and the activation.
 * @throws EsrganError "bad-input" if a parameter's shape does not fit the input, naming both
 */
export declare const conv2d: Op<Conv2dAttributes>;
