import type { Op } from "./op.js";
export interface LeakyReluAttributes {
    /** The factor on negative values; 0 makes it a ReLU. */
    readonly slope: number;
}
/**
 * Multiplies negative values by the slope: [C,H,W] -> [C,H,W]. Matches torch.nn.functional.leaky_relu.
 * @throws EsrganError "bad-input" if the slope is not finite
 */
export declare const leakyRelu: Op<LeakyReluAttributes>;
