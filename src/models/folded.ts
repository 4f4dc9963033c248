// Owns what is folded into the weights of a convolution when a network is built: batch normalisation, and a change of the range of values
// behind it. Nothing is computed before the weights are asked for.

import type { Conv2dAttributes } from "../ops/conv2d.js";
import type { Activation, Parameter } from "../ops/op.js";
import { requireTensor, type TensorMap } from "../weights/tensor-map.js";
import { outChannels, shapeOf } from "./inspect.js";

type ConvWeights = Pick<Conv2dAttributes, "weight" | "bias">;

/** What each output channel is multiplied by, and what is added then. */
export interface ChannelAffine {
  readonly factors: ArrayLike<number>;
  readonly shifts: ArrayLike<number>;
}

/** PyTorch's and MXNet's: what keeps the variance from zero. */
const EPSILON = 1e-5;

/** The convolution `conv`, whose bias is optional, followed by the batch normalisation `norm` as it is at inference. */
export function normalizedConv(map: TensorMap, conv: string, norm: string): ConvWeights {
  const channels = outChannels(map, conv);
  const of = (name: string) => requireTensor(map, `${norm}.${name}`, [channels]);
  const [gamma, beta, mean, variance] = [of("weight"), of("bias"), of("running_mean"), of("running_var")];
  return withAffine(plainConv(map, conv), () => {
    const [means, betas, gammas] = [mean.floats(), beta.floats(), gamma.floats()];
    const factors = Float64Array.from(variance.floats(), (v, c) => gammas[c]! / Math.sqrt(v + EPSILON));
    return { factors, shifts: factors.map((factor, c) => betas[c]! - means[c]! * factor) };
  });
}

/** PReLU of `channels`: one slope for each, or one for all. A pixel shuffle behind it has each stand for `phases` channels before it. */
export function preluOf(map: TensorMap, name: string, channels: number, phases = 1): Activation {
  const [count] = shapeOf(map, `${name}.weight`, 1) as [number];
  const slopes = requireTensor(map, `${name}.weight`, [count === 1 ? 1 : channels / phases]);
  if (count === channels) return { kind: "prelu", slopes };
  const each = channels / count;
  const floats = () => {
    const values = slopes.floats();
    return Float32Array.from({ length: channels }, (_, c) => values[Math.floor(c / each)]!);
  };
  return { kind: "prelu", slopes: { name: slopes.name, shape: [channels], floats } };
}

/** The convolution `conv` as it is, whose bias is optional. */
export function plainConv(map: TensorMap, conv: string): ConvWeights {
  const shape = shapeOf(map, `${conv}.weight`, 4);
  const bias = map.tensors.has(`${conv}.bias`) ? requireTensor(map, `${conv}.bias`, [shape[0]!]) : undefined;
  return { weight: requireTensor(map, `${conv}.weight`, shape), bias };
}

/** The convolution whose result is multiplied and added to, as `affine` says of each channel. */
export function withAffine({ weight, bias }: ConvWeights, affine: () => ChannelAffine): ConvWeights {
  const [channels] = weight.shape as [number];
  const each = weight.shape.slice(1).reduce((product, n) => product * n, 1);
  const folded = (name: string, shape: readonly number[], floats: () => Float32Array): Parameter => ({
    name,
    shape,
    floats,
  });
  return {
    weight: folded(weight.name, weight.shape, () => {
      const { factors } = affine();
      return weight.floats().map((value, i) => value * factors[Math.floor(i / each)]!);
    }),
    bias: folded(bias?.name ?? `${weight.name} folded`, [channels], () => {
      const { factors, shifts } = affine();
      const before = bias?.floats();
      return Float32Array.from({ length: channels }, (_, c) => (before?.[c] ?? 0) * factors[c]! + shifts[c]!);
    }),
  };
}
