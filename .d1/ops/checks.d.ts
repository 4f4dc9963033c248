import { EsrganError } from "../errors.js";
import type { Parameter } from "./op.js";
import { type Shape } from "./tensor.js";
/** The one input of a unary operation. */
export declare function requireOneInput(op: string, inputs: readonly Shape[]): Shape;
/** Refuses extents that are not positive integers. */
export declare function requireShape(op: string, shape: Shape): Shape;
export declare function badInputs(op: string, inputs: readonly Shape[], expected: string): EsrganError;
export declare function requirePositiveInteger(op: string, attribute: string, value: number): number;
export declare function requireFinite(op: string, attribute: string, value: number): number;
export declare function requireParameter(op: string, parameter: Parameter, shape: readonly number[]): Parameter;
export declare function badParameter(op: string, parameter: Parameter, expected: string): EsrganError;
export declare function isPositiveInteger(value: number): boolean;
