// Owns whether a kernel computes the right thing: what the operations' CPU references make of the same operands, and how far a
// result may be from it.

import type { FusedConv } from "../../src/graph/fuse.js";
import type { ValueId } from "../../src/graph/graph.js";
import { opOf } from "../../src/graph/graph.js";
import { runReference } from "../../src/graph/op-references.js";
import { concatChannels } from "../../src/ops/concat-channels.js";
import { conv2d } from "../../src/ops/conv2d.js";
import { type ConvVariant, needsOf } from "../../src/ops/conv2d.kernels.js";
import { imageToTensorReference } from "../../src/ops/image-to-tensor.reference.js";
import { pixelShuffle } from "../../src/ops/pixel-shuffle.js";
import { scaledAdd } from "../../src/ops/scaled-add.js";
import type { Tensor } from "../../src/ops/tensor.js";
import { tensorToImageReference } from "../../src/ops/tensor-to-image.reference.js";
import { upsampleNearest } from "../../src/ops/upsample-nearest.js";
import type { MathType, Storage } from "../../src/shaders/kernel.js";
import type { Computation } from "./target.js";

/** How far a result is from what it was held against. */
export interface Parity {
  /** What it was held against, and at which size. */
  readonly against: string;
  /** The root mean square of the differences, relative to that of the values. */
  readonly error: number;
  /** The largest difference, relative to the largest value. */
  readonly largest: number;
  /** What `error` may be; `largest` may be 16 times that. */
  readonly tolerance: number;
  readonly passed: boolean;
}

// A single term that is missing everywhere gives 2e-2 in the longest sum (192 channels, 9 taps); rounding gives 2e-7 in f32 and
// 2e-4 in results and weights of f16, and Winograd and sums in f16 up to ten times that.
const TOLERANCE: { readonly [S in Storage]: number } = { f32: 1e-5, f16: 1e-3, "packed-f16": 1e-3 };
const TOLERANCE_F16_MATH = 5e-3;
const LARGEST_FACTOR = 16;

/** What a variant sums in; kernels that have none sum in f32. */
export function mathOf(variant: ConvVariant | undefined): MathType {
  return variant ? needsOf(variant).math : "f32";
}

export function toleranceOf(storage: Storage, math: MathType): number {
  return math === "f16" ? TOLERANCE_F16_MATH : TOLERANCE[storage];
}

export function parityOf(actual: Float32Array, expected: Float32Array, against: string, tolerance: number): Parity {
  let squares = 0;
  let squaredErrors = 0;
  let largestValue = 0;
  let largestError = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    squares += expected[i]! ** 2;
    squaredErrors += error ** 2;
    largestValue = Math.max(largestValue, Math.abs(expected[i]!));
    largestError = Math.max(largestError, error); // NaN stays NaN
  }
  const error = Math.sqrt(squaredErrors / squares);
  const largest = largestError / largestValue;
  const passed = actual.length === expected.length && error <= tolerance && largest <= LARGEST_FACTOR * tolerance;
  return { against, error, largest, tolerance, passed };
}

/** Both together: of two comparisons of one kernel the worse figures, and passed only where both did. */
export function worseOf(a: Parity, b: Parity): Parity {
  return {
    against: `${a.against}, ${b.against}`,
    error: Math.max(a.error, b.error),
    largest: Math.max(a.largest, b.largest),
    tolerance: Math.min(a.tolerance, b.tolerance),
    passed: a.passed && b.passed,
  };
}

/** What the CPU references give. */
export function expectedOf(computation: Computation): Float32Array {
  switch (computation.kind) {
    case "image-to-tensor": {
      const { picture } = computation;
      return imageToTensorReference(picture, { channels: 3, width: picture.width, height: picture.height }).data;
    }
    case "tensor-to-image": {
      const { width, height } = computation.tensor;
      const { data } = tensorToImageReference(computation.tensor, { width, height, channels: 3, bits: 8 });
      const rgba = Array.from({ length: width * height * 4 }, (_, i) =>
        i % 4 === 3 ? 1 : data[(i >> 2) * 3 + (i % 4)]! / 255,
      );
      return Float32Array.from(rgba);
    }
    case "node": {
      const { node, inputs } = computation;
      if (node.op === "conv2d") return fusedConv(node, inputs).data;
      return runReference(
        opOf(node),
        node.inputs.map((id) => inputs.get(id)!),
        node.attributes,
      ).data;
    }
  }
}

/** act(conv(concat(inputs) upsampled) + bias), shuffled, times alpha, plus the residuals. */
function fusedConv(conv: FusedConv, inputs: ReadonlyMap<ValueId, Tensor>): Tensor {
  const get = (id: ValueId) => inputs.get(id)!;
  const upsampled = (x: Tensor, factor: number) => (factor === 1 ? x : runReference(upsampleNearest, [x], { factor }));
  const joined = runReference(concatChannels, conv.inputs.map(get), {});
  let out = runReference(conv2d, [upsampled(joined, conv.upsample)], conv);
  if (conv.shuffle.factor > 1) out = runReference(pixelShuffle, [out], conv.shuffle);
  const zero = { ...out, data: new Float32Array(out.data.length) };
  out = runReference(scaledAdd, [out, zero], { alpha: conv.alpha });
  for (const { value, beta, upsample } of conv.residuals) {
    out = runReference(scaledAdd, [upsampled(get(value), upsample), out], { alpha: beta });
  }
  return out;
}
