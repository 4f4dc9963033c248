import type { Activation } from "./op.js";
/** @throws EsrganError "bad-input" if the activation does not fit `channels` channels */
export declare function requireActivation(op: string, activation: Activation, channels: number): void;
/** The factor on negative values, a channel: every activation of this family is `x < 0 ? slope * x : x`. */
export declare function negativeSlopes(activation: Activation, channels: number): Float64Array;
