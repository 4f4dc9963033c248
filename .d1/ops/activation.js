// Owns what an activation means for each channel, for the CPU references of the operations that apply one.
import { requireFinite, requireParameter } from "./checks.js";
/** @throws EsrganError "bad-input" if the activation does not fit `channels` channels */
export function requireActivation(op, activation, channels) {
    if (activation.kind === "leaky-relu")
        requireFinite(op, "slope", activation.slope);
    if (activation.kind === "prelu")
        requireParameter(op, activation.slopes, [channels]);
}
/** The factor on negative values, a channel: every activation of this family is `x < 0 ? slope * x : x`. */
export function negativeSlopes(activation, channels) {
    switch (activation.kind) {
        case "none":
            return new Float64Array(channels).fill(1);
        case "relu":
            return new Float64Array(channels);
        case "leaky-relu":
            return new Float64Array(channels).fill(activation.slope);
        case "prelu":
            return Float64Array.from(activation.slopes.floats());
    }
}
