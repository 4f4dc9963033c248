// SRResNet and SRGAN's generator, which are one network (Ledig et al. 2017, "Photo-Realistic Single Image Super-Resolution Using a
// Generative Adversarial Network"): residual blocks with batch normalisation, folded here, and up-convolutions that are shuffled. MSRResNet (Wang
// et al. 2018, beside ESRGAN) has no normalisation, and adds the picture enlarged bilinearly.

import { EsrganError } from "../errors.js";
import type { Activation } from "../ops/op.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { statedFacts } from "./facts.js";
import { countFrom, inChannels, outChannels } from "./inspect.js";
import type { Network } from "./network.js";
import {
  isResidual,
  type Layer,
  namedLayers,
  type ResidualLayers,
  residualNetwork,
  scaledChannels,
  type ValueRange,
} from "./residual.js";

/** Under the names of the PyTorch implementations of SRGAN. */
export function isSrgan({ tensors }: TensorMap): boolean {
  return tensors.has("block1.0.weight") && tensors.has("block2.conv1.weight");
}

/** Under the names of MXNet's copy, whose layers are numbered by kind, or those that other-layouts.ts brings it to. */
export function isSrresnet(map: TensorMap): boolean {
  return isNumbered(map) || (isResidual(map) && map.tensors.has("body.0.bn1.running_mean"));
}

function isNumbered({ tensors }: TensorMap): boolean {
  return ["convolution0.weight", "leakyrelu0.weight", "batchnorm0.running_mean"].every((name) => tensors.has(name));
}

export function isMsrresnet(map: TensorMap): boolean {
  return isResidual(map) && !isSrresnet(map) && map.tensors.has("conv_hr.weight");
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function srgan(map: TensorMap): Network {
  if (!map.tensors.has("block2.bn1.running_mean")) {
    throw new EsrganError(
      "unsupported-model",
      "The SRGAN holds no batch normalisation; InstanceNorm, as in Fast-SRGAN, is not supported",
    );
  }
  const blocks = countFrom(map, 2, (n) => `block${n}.conv1.weight`);
  const [body, end] = [`block${blocks + 2}`, `block${blocks + 3}`];
  const ups = countFrom(map, 0, (n) => `${end}.${n}.conv.weight`);
  // In some trainings PReLU stands in place of its normalisation.
  const isNormalized = map.tensors.has(`${body}.1.running_mean`);
  const layers: ResidualLayers = {
    first: { conv: "block1.0", prelu: "block1.1" },
    blocks: indices(blocks).map((n) => {
      const id = `block${n + 2}`;
      return [
        { conv: `${id}.conv1`, norm: `${id}.bn1`, prelu: `${id}.prelu` },
        { conv: `${id}.conv2`, norm: `${id}.bn2` },
      ];
    }),
    body: { conv: `${body}.0`, ...(isNormalized ? { norm: `${body}.1` } : { prelu: `${body}.1` }) },
    ups: indices(ups).map((n) => ({ conv: `${end}.${n}.conv`, prelu: `${end}.${n}.prelu` })),
    last: `${end}.${ups}`,
  };
  return residualNetwork(
    map,
    { architecture: "srgan", title: "an SRGAN" },
    layers,
    rangeOf(map, layers, "unit", "tanh"),
  );
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function srresnet(map: TensorMap): Network {
  const about = { architecture: "srresnet", title: "an SRResNet" } as const;
  if (isNumbered(map)) {
    const layers = numberedLayers(map);
    return residualNetwork(map, about, layers, rangeOf(map, layers, "unit", "signed"));
  }
  const { inputRange, outputRange } = statedFacts(map, about.title, ["inputRange", "outputRange"]);
  const layers = namedLayers(map);
  return residualNetwork(map, about, layers, rangeOf(map, layers, inputRange, outputRange));
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function msrresnet(map: TensorMap): Network {
  const named = namedLayers(map);
  // Its first version ends its body with a convolution and a skip connection, as SRResNet does.
  const isFirstVersion = named.body !== undefined;
  const activation: Activation = isFirstVersion ? { kind: "relu" } : { kind: "leaky-relu", slope: 0.1 };
  const layers: ResidualLayers = {
    ...named,
    first: isFirstVersion ? named.first : { ...named.first, activation },
    blocks: named.blocks.map(([inner, outer]) => [{ ...inner, activation: { kind: "relu" } }, outer] as const),
    ups: named.ups.map((up) => ({ ...up, activation })),
    hr: { conv: "conv_hr", activation },
    mayRepeat: isFirstVersion,
    addsPicture: !isFirstVersion,
  };
  return residualNetwork(map, { architecture: "msrresnet", title: "an MSRResNet" }, layers, {});
}

function numberedLayers(map: TensorMap): ResidualLayers {
  const norms = countFrom(map, 0, (n) => `batchnorm${n}.weight`);
  const blocks = Math.max(0, Math.floor((norms - 1) / 2));
  const ups = Math.max(0, countFrom(map, 0, (n) => `leakyrelu${n}.weight`) - 1 - blocks);
  const layer = (conv: number, norm?: number, prelu?: number): Layer => ({
    conv: `convolution${conv}`,
    ...(norm === undefined ? {} : { norm: `batchnorm${norm}` }),
    ...(prelu === undefined ? {} : { prelu: `leakyrelu${prelu}` }),
  });
  const body = 2 * blocks + 1;
  return {
    first: layer(0, undefined, 0),
    blocks: indices(blocks).map((n) => [layer(2 * n + 1, 2 * n, n + 1), layer(2 * n + 2, 2 * n + 1)] as const),
    body: layer(body, 2 * blocks),
    ups: indices(ups).map((n) => layer(body + 1 + n, undefined, blocks + 1 + n)),
    last: `convolution${body + 1 + ups}`,
  };
}

/** What the network takes, and what it gives; tanh still to be computed. */
export type TakenRange = "unit" | "signed" | "imagenet";
export type GivenRange = "unit" | "signed" | "tanh";

/** torchvision's, of pictures of 0 to 1. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

function rangeOf(map: TensorMap, { first, last }: ResidualLayers, taken: TakenRange, given: GivenRange): ValueRange {
  return { before: beforeOf(taken, inChannels(map, first.conv)), after: afterOf(given, outChannels(map, last)) };
}

function beforeOf(taken: TakenRange, channels: number): ValueRange["before"] {
  const all = (value: number) => () => Array<number>(channels).fill(value);
  if (taken === "unit") return undefined;
  if (taken === "signed") return scaledChannels(all(2), all(-1), channels);
  if (channels !== IMAGENET.mean.length) {
    const message = `The SRResNet takes pictures of ${channels} channels, expected 3 where they are normalised as ImageNet's`;
    throw new EsrganError("bad-weights", message);
  }
  const { mean, std } = IMAGENET;
  return scaledChannels(
    () => std.map((each) => 1 / each),
    () => mean.map((each, c) => -each / std[c]!),
    channels,
  );
}

function afterOf(given: GivenRange, channels: number): ValueRange["after"] {
  if (given === "unit") return undefined;
  // (tanh(x) + 1) / 2 is sigmoid(2 x).
  const [factor, shift] = given === "tanh" ? [2, 0] : [0.5, 0.5];
  const all = (value: number) => Array<number>(channels).fill(value);
  const affine = () => ({ factors: all(factor), shifts: all(shift) });
  return given === "tanh" ? { affine, activation: { kind: "sigmoid" } } : { affine };
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
