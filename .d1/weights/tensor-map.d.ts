import type { Parameter } from "../ops/op.js";
/** A weight tensor: `data` in row-major order, as stored: Float32Array, or Uint16Array of half-precision bits. */
export declare class WeightTensor implements Parameter {
    readonly name: string;
    readonly shape: readonly number[];
    readonly data: Float32Array | Uint16Array;
    constructor(name: string, shape: readonly number[], data: Float32Array | Uint16Array);
    get dtype(): "f32" | "f16";
    floats(): Float32Array;
    halves(): Uint16Array | undefined;
}
/** The tensors of one weight file by name, and its metadata. */
export interface TensorMap {
    readonly tensors: ReadonlyMap<string, WeightTensor>;
    readonly metadata: Readonly<Record<string, string>>;
}
/**
 * Gets a tensor by name and checks its shape.
 * @throws EsrganError "bad-weights" naming the tensor, its shape and the shape wanted
 */
export declare function requireTensor(map: TensorMap, name: string, shape: readonly number[]): WeightTensor;
