// Owns the operations that networks are written down with a second time, in tests: each on the tensors of one file, by their names.

import { runReference } from "../../src/graph/op-references.js";
import { activate } from "../../src/ops/activate.js";
import { concatChannels } from "../../src/ops/concat-channels.js";
import { convTranspose2d } from "../../src/ops/conv-transpose2d.js";
import { conv2d } from "../../src/ops/conv2d.js";
import type { Activation } from "../../src/ops/op.js";
import { pixelShuffle } from "../../src/ops/pixel-shuffle.js";
import { prelu } from "../../src/ops/prelu.js";
import { type Tensor, tensor } from "../../src/ops/tensor.js";
import { upsampleNearest } from "../../src/ops/upsample-nearest.js";
import { type TensorMap, WeightTensor } from "../../src/weights/tensor-map.js";

export const RELU: Activation = { kind: "relu" };

export const leaky = (slope: number): Activation => ({ kind: "leaky-relu", slope });

/** Operations on the tensors of one file, by their names. */
export function operations({ tensors }: TensorMap) {
  const of = (name: string) => {
    const found = tensors.get(name);
    if (!found) throw new Error(`There is no tensor ${name}`);
    return found;
  };
  const conv = (name: string, x: Tensor, activation: Activation = { kind: "none" }) =>
    runReference(conv2d, [x], { weight: of(`${name}.weight`), bias: tensors.get(`${name}.bias`), activation });
  const cat = (...inputs: Tensor[]) => runReference(concatChannels, inputs, {});
  /** Batch normalisation. */
  const norm = (name: string, x: Tensor) => {
    const values = (kind: string) => of(`${name}.${kind}`).floats();
    const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(values);
    return eachChannel(
      x,
      (value, c) => ((value - mean![c]!) / Math.sqrt(variance![c]! + 1e-5)) * gamma![c]! + beta![c]!,
    );
  };
  /** One slope for each channel, or one for all. */
  const slopes = (name: string, x: Tensor) => {
    const found = of(`${name}.weight`).floats();
    const each = Float32Array.from({ length: x.channels }, (_, c) => found[found.length === 1 ? 0 : c]!);
    return runReference(prelu, [x], { slopes: new WeightTensor(name, [x.channels], each) });
  };
  const deconv = (name: string, x: Tensor, stride: number) => {
    const [weight, bias] = [of(`${name}.weight`), of(`${name}.bias`)];
    const offset = (weight.shape[2]! - 1) / 2;
    return runReference(convTranspose2d, [x], { weight, bias, stride, offset, padding: "zeros" });
  };
  return { conv, cat, norm, slopes, deconv, tensors };
}

/** `a + factor * b` */
export function plus(a: Tensor, b: Tensor, factor = 1): Tensor {
  return tensor(
    a,
    a.data.map((value, i) => value + factor * b.data[i]!),
  );
}

/** `x` with all values `factor` times as large. */
export function times(x: Tensor, factor: number): Tensor {
  return eachChannel(x, (value) => value * factor);
}

export function eachChannel(x: Tensor, of: (value: number, channel: number) => number): Tensor {
  const area = x.width * x.height;
  return tensor(
    x,
    x.data.map((value, i) => of(value, Math.floor(i / area))),
  );
}

export const up = (x: Tensor, factor: number) => runReference(upsampleNearest, [x], { factor });

export const shuffle = (x: Tensor, factor: number) => runReference(pixelShuffle, [x], { factor, order: "pytorch" });

export const tanh = (x: Tensor) => runReference(activate, [x], { kind: "tanh" });
