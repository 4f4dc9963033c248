// Owns what every operation is: a shape rule and its cost. How operations run on the CPU is graph/op-references.ts, and
// plan/execution-plan.ts turns them into dispatches for the GPU.

import type { Shape } from "./tensor.js";

/** One operation on tensors. `A` are its attributes: plain data, and weights as `Parameter`s. */
export interface Op<A> {
  readonly name: string;
  /** @throws EsrganError "bad-input" where the inputs or attributes do not fit, naming the shapes */
  outputShape(inputs: readonly Shape[], attributes: A): Shape;
  /** Floating-point operations, a multiply-accumulate counted as two. */
  flops(inputs: readonly Shape[], attributes: A): number;
}

/** A constant tensor an operation is given: weights, bias, slopes. */
export interface Parameter {
  readonly name: string;
  /** Convolution weights are OIHW. */
  readonly shape: readonly number[];
  /** The values in row-major order as float32; may convert at each call, so ask once. */
  floats(): Float32Array;
  /** The values as bits of half precision, where they are stored so. */
  halves?(): Uint16Array | undefined;
}

/** What a convolution applies to its sum; `slopes` holds one value a channel. activation.ts says what each kind computes. */
export type Activation =
  | { readonly kind: "none" }
  | { readonly kind: "relu" }
  | { readonly kind: "leaky-relu"; readonly slope: number }
  | { readonly kind: "prelu"; readonly slopes: Parameter }
  | { readonly kind: "tanh" }
  | { readonly kind: "sigmoid" };

/** An activation that is more than a factor on negative values. */
export type CurvedActivation = Exclude<Activation, { kind: "none" | "relu" | "leaky-relu" | "prelu" }>;
