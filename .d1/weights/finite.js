// Owns the refusal of weights that are not numbers: one NaN turns the whole picture black, far from its cause.
import { EsrganError } from "../errors.js";
import { halfToFloat } from "./half.js";
import { printableName } from "./printable-name.js";
/** @throws EsrganError "bad-weights" naming the tensor and the index of its first NaN or infinity */
export function requireFiniteWeights(tensor) {
    const { data, name } = tensor;
    const index = data instanceof Float32Array ? firstNonFinite(data) : firstNonFiniteHalf(data);
    if (index < 0)
        return tensor;
    const value = data instanceof Float32Array ? data[index] : halfToFloat(data[index]);
    throw new EsrganError("bad-weights", `Tensor ${printableName(name)} holds ${value} at index ${index}, expected finite numbers`);
}
function firstNonFinite(floats) {
    for (let i = 0; i < floats.length; i++)
        if (!Number.isFinite(floats[i]))
            return i;
    return -1;
}
function firstNonFiniteHalf(halves) {
    for (let i = 0; i < halves.length; i++)
        if ((halves[i] & 0x7c00) === 0x7c00)
            return i;
    return -1;
}
