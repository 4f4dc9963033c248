// Owns the checks that the shape rules of several operations share. What an operation accepts is not here: see <op>.ts.
import { EsrganError } from "../errors.js";
import { formatShape } from "./tensor.js";
/** The one input of a unary operation. */
export function requireOneInput(op, inputs) {
    const input = inputs[0];
    if (!input || inputs.length !== 1)
        throw badInputs(op, inputs, "one input");
    return requireShape(op, input);
}
/** Refuses extents that are not positive integers. */
export function requireShape(op, shape) {
    if (![shape.channels, shape.height, shape.width].every(isPositiveInteger)) {
        throw new EsrganError("bad-input", `${op} got the shape ${formatShape(shape)}, expected positive integers`);
    }
    return shape;
}
export function badInputs(op, inputs, expected) {
    const got = inputs.length === 0 ? "none" : inputs.map(formatShape).join(" and ");
    return new EsrganError("bad-input", `${op} got the inputs ${got}, expected ${expected}`);
}
export function requirePositiveInteger(op, attribute, value) {
    if (isPositiveInteger(value))
        return value;
    throw new EsrganError("bad-input", `${op} got ${attribute} ${value}, expected a positive integer`);
}
export function requireFinite(op, attribute, value) {
    if (Number.isFinite(value))
        return value;
    throw new EsrganError("bad-input", `${op} got ${attribute} ${value}, expected a finite number`);
}
export function requireParameter(op, parameter, shape) {
    const fits = parameter.shape.length === shape.length && shape.every((extent, i) => extent === parameter.shape[i]);
    if (fits)
        return parameter;
    throw badParameter(op, parameter, `[${shape.join(",")}]`);
}
export function badParameter(op, parameter, expected) {
    const got = `[${parameter.shape.join(",")}]`;
    return new EsrganError("bad-input", `${op} got the parameter ${parameter.name} of shape ${got}, expected ${expected}`);
}
export function isPositiveInteger(value) {
    return Number.isSafeInteger(value) && value > 0;
}
