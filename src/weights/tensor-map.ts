// Owns the named weight tensors of a model, whatever file they came from.

import { EsrganError } from "../errors.js";
import type { Parameter } from "../ops/op.js";
import { halvesToFloats } from "./half.js";

/** A weight tensor: `data` in row-major order, as stored: Float32Array, or Uint16Array of half-precision bits. */
export class WeightTensor implements Parameter {
  constructor(
    readonly name: string,
    readonly shape: readonly number[],
    readonly data: Float32Array | Uint16Array,
  ) {}

  get dtype(): "f32" | "f16" {
    return this.data instanceof Float32Array ? "f32" : "f16";
  }

  floats(): Float32Array {
    return this.data instanceof Float32Array ? this.data : halvesToFloats(this.data);
  }

  halves(): Uint16Array | undefined {
    return this.data instanceof Uint16Array ? this.data : undefined;
  }
}

/** The tensors of one weight file by name, and its metadata. */
export interface TensorMap {
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Entries of a checkpoint that running code would have made, by name: what would have made them, as a message says it. */
  readonly placeholders?: ReadonlyMap<string, string>;
  /** What the names of its tensors tell beside them, as metadata would. */
  readonly implied?: Readonly<Record<string, string>> | undefined;
}

/** Whether a tensor only counts the steps of a training (torch's AveragedModel and BatchNorm), which no network reads. */
export function isBookkeeping(name: string): boolean {
  return /(?:^|\.)(?:n_averaged|num_batches_tracked)$/.test(name);
}

/** @throws EsrganError "bad-weights" saying that tensor `name` is missing, or why it was not read */
export function refuseMissing({ placeholders }: TensorMap, name: string, wanted = ""): never {
  const maker = placeholders?.get(name);
  const why = maker === undefined ? `missing${wanted && `, ${wanted}`}` : `made by ${maker}`;
  throw new EsrganError("bad-weights", `Tensor ${name} is ${why}`);
}

/**
 * Gets a tensor by name and checks its shape.
 * @throws EsrganError "bad-weights" naming the tensor, its shape and the shape wanted
 */
export function requireTensor(map: TensorMap, name: string, shape: readonly number[]): WeightTensor {
  const found = map.tensors.get(name);
  if (!found) refuseMissing(map, name, `expected [${shape.join(",")}]`);
  if (found.shape.length !== shape.length || found.shape.some((n, i) => n !== shape[i])) {
    throw new EsrganError(
      "bad-weights",
      `Tensor ${name} has shape [${found.shape.join(",")}], expected [${shape.join(",")}]`,
    );
  }
  return found;
}
