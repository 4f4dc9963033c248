// EDSR (Lim et al. 2017, "Enhanced Deep Residual Networks for Single Image Super-Resolution"): residual blocks without normalisation, around the
// mean of the pictures it was trained with.

import { EsrganError } from "../errors.js";
import { requireTensor, type TensorMap, type WeightTensor } from "../weights/tensor-map.js";
import { statedFacts } from "./facts.js";
import { countFrom, inChannels, outChannels, stated } from "./inspect.js";
import type { Network } from "./network.js";
import {
  isResidual,
  namedLayers,
  type ResidualLayers,
  residualNetwork,
  scaledChannels,
  type ValueRange,
} from "./residual.js";

/** Of krasserm's wdsr. */
const MEAN = "DIV2K_mean";
const ABOUT = { architecture: "edsr", title: "an EDSR" } as const;

/** Under the names of a copy of krasserm's, whose layers are numbered, or those that other-layouts.ts brings it to. */
export function isEdsr(map: TensorMap): boolean {
  return isNumbered(map) || (isResidual(map) && map.tensors.has("conv_body.weight"));
}

function isNumbered({ tensors }: TensorMap): boolean {
  return tensors.has("convolution0.weight") && tensors.has(MEAN);
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function edsr(map: TensorMap): Network {
  if (isNumbered(map)) {
    const layers = numberedLayers(map);
    return residualNetwork(map, ABOUT, layers, aroundTensors(map, layers, { mean: MEAN, std: 0.5 }));
  }
  const named = namedLayers(map);
  const residualScale = residualScaleOf(map, outChannels(map, "conv_first"), named.blocks.length);
  const relu = { kind: "relu" } as const;
  const layers: ResidualLayers = {
    ...named,
    residualScale,
    blocks: named.blocks.map(([inner, outer]) => [{ ...inner, activation: relu }, outer] as const),
  };
  return residualNetwork(map, ABOUT, layers, rangeOf(map, layers));
}

/** Those that the paper trained. */
const PUBLISHED = [
  { features: 64, blocks: 16, residualScale: 1 },
  { features: 256, blocks: 32, residualScale: 0.1 },
] as const;

function residualScaleOf(map: TensorMap, features: number, blocks: number): number {
  const like = PUBLISHED.find((each) => each.features === features && each.blocks === blocks);
  if (like && stated(map, "res_scale") === undefined) return like.residualScale;
  return statedFacts(map, ABOUT.title, ["residualScale"]).residualScale;
}

/** The mean of DIV2K, of pictures of 0 to 1, as EDSR-PyTorch has it. */
const DIV2K: readonly number[] = [0.4488, 0.4371, 0.404];

function rangeOf(map: TensorMap, layers: ResidualLayers): ValueRange {
  if (map.tensors.has("sub_mean.weight")) return aroundConvs(map);
  if (map.tensors.has("mean")) return aroundTensors(map, layers, { mean: "mean", std: 1 });
  const { mean, range } = statedFacts(map, ABOUT.title, ["mean", "range"]);
  requireColour(map, layers);
  const white = Number(range);
  const means = mean === "div2k" ? DIV2K : [0, 0, 0];
  return {
    before: scaledChannels(
      () => [white, white, white],
      () => means.map((each) => -each * white),
      3,
    ),
    after: { affine: () => ({ factors: means.map(() => 1 / white), shifts: means }) },
  };
}

/** EDSR-PyTorch: convolutions of 1x1 take the mean away and add it. */
function aroundConvs(map: TensorMap): ValueRange {
  const [taken, added] = ["sub_mean", "add_mean"].map((name) => ({
    weight: requireTensor(map, `${name}.weight`, [3, 3, 1, 1]),
    bias: requireTensor(map, `${name}.bias`, [3]),
  })) as [Shift, Shift];
  const white = () => whiteOf(map, taken.bias);
  const weight = { name: taken.weight.name, shape: taken.weight.shape, floats: () => scaled(taken.weight, white()) };
  return {
    before: { weight, bias: taken.bias },
    after: {
      affine: () => ({ factors: diagonalOf(added.weight, 1 / white()), shifts: scaled(added.bias, 1 / white()) }),
    },
    names: ["sub_mean", "add_mean"].flatMap((name) => [`${name}.weight`, `${name}.bias`]),
  };
}

interface Shift {
  readonly weight: WeightTensor;
  readonly bias: WeightTensor;
}

/** The mean is a tensor, of one of red, green and blue each; without a tensor the deviation is `std`. */
function aroundTensors(
  map: TensorMap,
  layers: ResidualLayers,
  { mean, std }: { readonly mean: string; readonly std: number },
): ValueRange {
  requireColour(map, layers);
  const [means, deviations] = [colourTensor(map, mean)!, mean === MEAN ? undefined : colourTensor(map, "std")];
  const stds = () => deviations?.floats() ?? Float32Array.of(std, std, std);
  const white = () => whiteOf(map, means);
  return {
    before: scaledChannels(
      () => stds().map((each) => white() / each),
      () => stds().map((each, c) => -means.floats()[c]! / each),
      3,
    ),
    after: {
      affine: () => ({ factors: stds().map((each) => each / white()), shifts: scaled(means, 1 / white()) }),
    },
    names: deviations ? [mean, "std"] : [mean],
  };
}

function colourTensor(map: TensorMap, name: string): WeightTensor | undefined {
  const tensor = map.tensors.get(name);
  if (!tensor || tensor.shape.reduce((product, n) => product * n, 1) === 3) return tensor;
  throw new EsrganError("bad-weights", `Tensor ${name} has shape [${tensor.shape.join(",")}], expected 3 values`);
}

/** What stands for white: a mean beyond 1 is that of levels of 255. */
function whiteOf(map: TensorMap, mean: WeightTensor): number {
  if (stated(map, "range") !== undefined) return Number(statedFacts(map, ABOUT.title, ["range"]).range);
  return mean.floats().some((value) => Math.abs(value) > 1) ? 255 : 1;
}

function scaled(tensor: WeightTensor, factor: number): Float32Array {
  return tensor.floats().map((value) => value * factor);
}

/** @throws EsrganError "bad-weights" where the convolution mixes colours */
function diagonalOf(tensor: WeightTensor, factor: number): number[] {
  const values = tensor.floats();
  if (values.some((value, i) => i % 4 !== 0 && value !== 0)) {
    throw new EsrganError("bad-weights", `Tensor ${tensor.name} mixes colours, expected a factor for each`);
  }
  return [0, 4, 8].map((i) => values[i]! * factor);
}

/** @throws EsrganError "bad-weights" where it takes or gives another number of channels than 3 */
function requireColour(map: TensorMap, { first, last }: ResidualLayers): void {
  const [inputs, outputs] = [inChannels(map, first.conv), outChannels(map, last)];
  if (inputs === 3 && outputs === 3) return;
  throw new EsrganError("bad-weights", `The EDSR takes ${inputs} channels and gives ${outputs}, expected 3 of both`);
}

function numberedLayers(map: TensorMap): ResidualLayers {
  const count = countFrom(map, 0, (n) => `convolution${n}.weight`);
  const conv = (n: number) => `convolution${n}`;
  // The first, the last of the body, the one that is shuffled and the last are in no block.
  const blocks = (count - 4) / 2;
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new EsrganError("bad-weights", `The weights hold ${count} convolutions, expected two a block and four more`);
  }
  return {
    first: { conv: conv(0) },
    blocks: Array.from(
      { length: blocks },
      (_, n) => [{ conv: conv(2 * n + 1), activation: { kind: "relu" } }, { conv: conv(2 * n + 2) }] as const,
    ),
    body: { conv: conv(count - 3) },
    ups: [{ conv: conv(count - 2) }],
    last: conv(count - 1),
    order: "tensorflow",
  };
}
