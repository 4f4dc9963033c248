// Owns the checks that the shape rules of several operations share. What an operation accepts is not here: see <op>.ts.

import { EsrganError } from "../errors.js";
import type { Parameter } from "./op.js";
import { formatShape, type Shape } from "./tensor.js";

/** The one input of a unary operation. */
export function requireOneInput(op: string, inputs: readonly Shape[]): Shape {
  const input = inputs[0];
  if (!input || inputs.length !== 1) throw badInputs(op, inputs, "one input");
  return requireShape(op, input);
}

/** Refuses extents that are not positive integers. */
export function requireShape(op: string, shape: Shape): Shape {
  if (![shape.channels, shape.height, shape.width].every(isPositiveInteger)) {
    throw new EsrganError("bad-input", `${op} got the shape ${formatShape(shape)}, expected positive integers`);
  }
  return shape;
}

export function badInputs(op: string, inputs: readonly Shape[], expected: string): EsrganError {
  const got = inputs.length === 0 ? "none" : inputs.map(formatShape).join(" and ");
  return new EsrganError("bad-input", `${op} got the inputs ${got}, expected ${expected}`);
}

export function requirePositiveInteger(op: string, attribute: string, value: number): number {
  if (isPositiveInteger(value)) return value;
  throw new EsrganError("bad-input", `${op} got ${attribute} ${value}, expected a positive integer`);
}

export function requireFinite(op: string, attribute: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new EsrganError("bad-input", `${op} got ${attribute} ${value}, expected a finite number`);
}

export function requireParameter(op: string, parameter: Parameter, shape: readonly number[]): Parameter {
  const fits = parameter.shape.length === shape.length && shape.every((extent, i) => extent === parameter.shape[i]);
  if (fits) return parameter;
  throw badParameter(op, parameter, `[${shape.join(",")}]`);
}

export function badParameter(op: string, parameter: Parameter, expected: string): EsrganError {
  const got = `[${parameter.shape.join(",")}]`;
  return new EsrganError(
    "bad-input",
    `${op} got the parameter ${parameter.name} of shape ${got}, expected ${expected}`,
  );
}

export function isPositiveInteger(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

/** Whether a buffer was transferred to another thread: it has no bytes here any more. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
