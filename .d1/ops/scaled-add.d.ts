import type { Op } from "./op.js";
export interface ScaledAddAttributes {
    /** The factor on the first input. */
    readonly alpha: number;
}
/**
 * alpha * x + y of the inputs [x, y]: [C,H,W], [C,H,W] -> [C,H,W]. Matches torch.add(y, x, alpha=alpha).
 * @throws EsrganError "bad-input" if the shapes differ or alpha is not finite
 */
export declare const scaledAdd: Op<ScaledAddAttributes>;
