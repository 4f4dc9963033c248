import type { Op } from "./op.js";
export interface UpsampleNearestAttributes {
    readonly factor: number;
}
/**
 * Repeats each pixel `factor` times in x and y: [C,H,W] -> [C,H*factor,W*factor].
 * Matches torch.nn.functional.interpolate(mode="nearest").
 * @throws EsrganError "bad-input" if the factor is not a positive integer
 */
export declare const upsampleNearest: Op<UpsampleNearestAttributes>;
