import type { Op, Parameter } from "./op.js";
export interface PreluAttributes {
    /** `[C]`; trained slopes may be negative or above 1. */
    readonly slopes: Parameter;
}
/**
 * Multiplies negative values by their channel's slope: [C,H,W] -> [C,H,W]. Matches torch.nn.functional.prelu.
 * @throws EsrganError "bad-input" if there is not one slope a channel
 */
export declare const prelu: Op<PreluAttributes>;
