import type { Op } from "./op.js";
/**
 * Stacks its inputs: [C1,H,W], [C2,H,W], ... -> [C1+C2+...,H,W]. Matches torch.cat(dim=0).
 * @throws EsrganError "bad-input" if there is no input or their heights or widths differ
 */
export declare const concatChannels: Op<Record<string, never>>;
