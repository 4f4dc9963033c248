// SRResNet and SRGAN's generator, which are one network (Ledig et al. 2017, "Photo-Realistic Single Image Super-Resolution Using a
// Generative Adversarial Network"): residual blocks with batch normalisation, folded here, and up-convolutions that are shuffled by 2.

import { EsrganError } from "../errors.js";
import { GraphBuilder } from "../graph/builder.js";
import type { ValueId } from "../graph/graph.js";
import type { Activation } from "../ops/op.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { normalizedConv, preluOf, rescaledConv } from "./folded.js";
import { confirmScale, countFrom, pictureChannels, refuseUnused, shapeOf } from "./inspect.js";
import type { Network } from "./network.js";

/** The names of a network's layers in one of the layouts that it comes in. */
interface Layers {
  readonly first: readonly [conv: string, prelu: string];
  readonly blocks: readonly (readonly [conv1: string, norm1: string, prelu: string, conv2: string, norm2: string])[];
  /** Before the skip connection: normalised, or in some trainings of SRGAN with PReLU. */
  readonly body: readonly [conv: string, normOrPrelu: string];
  readonly ups: readonly (readonly [conv: string, prelu: string])[];
  readonly last: string;
  /** The curve that ends it, of -1 to 1; without one its values are meant to be in that range. */
  readonly hasTanh: boolean;
}

/** Under the names of the PyTorch implementations of SRGAN. */
export function isSrgan({ tensors }: TensorMap): boolean {
  return tensors.has("block1.0.weight") && tensors.has("block2.conv1.weight");
}

/** Under the names of MXNet's copy, whose layers are numbered by kind. */
export function isSrresnet(map: TensorMap): boolean {
  return ["convolution0.weight", "leakyrelu0.weight", "batchnorm0.running_mean"].every((name) => map.tensors.has(name));
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
  return build(map, "srgan", {
    first: ["block1.0", "block1.1"],
    blocks: range(blocks).map((n) => {
      const id = `block${n + 2}`;
      return [`${id}.conv1`, `${id}.bn1`, `${id}.prelu`, `${id}.conv2`, `${id}.bn2`] as const;
    }),
    body: [`${body}.0`, `${body}.1`],
    ups: range(ups).map((n) => [`${end}.${n}.conv`, `${end}.${n}.prelu`] as const),
    last: `${end}.${ups}`,
    hasTanh: true,
  });
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function srresnet(map: TensorMap): Network {
  const norms = countFrom(map, 0, (n) => `batchnorm${n}.weight`);
  const blocks = Math.max(0, Math.floor((norms - 1) / 2));
  const ups = Math.max(0, countFrom(map, 0, (n) => `leakyrelu${n}.weight`) - 1 - blocks);
  const conv = (n: number) => `convolution${n}`;
  const norm = (n: number) => `batchnorm${n}`;
  const prelu = (n: number) => `leakyrelu${n}`;
  const body = 2 * blocks + 1;
  return build(map, "srresnet", {
    first: [conv(0), prelu(0)],
    blocks: range(blocks).map(
      (n) => [conv(2 * n + 1), norm(2 * n), prelu(n + 1), conv(2 * n + 2), norm(2 * n + 1)] as const,
    ),
    body: [conv(body), norm(2 * blocks)],
    ups: range(ups).map((n) => [conv(body + 1 + n), prelu(blocks + 1 + n)] as const),
    last: conv(body + 1 + ups),
    hasTanh: false,
  });
}

function build(map: TensorMap, architecture: "srgan" | "srresnet", layers: Layers): Network {
  const b = new GraphBuilder(map);
  const [, inChannels] = shapeOf(map, `${layers.first[0]}.weight`, 4) as [number, number];
  const [outChannels] = shapeOf(map, `${layers.last}.weight`, 4) as [number];
  const inputChannels = pictureChannels(inChannels, `${layers.first[0]}.weight`);
  const outputChannels = pictureChannels(outChannels, `${layers.last}.weight`);
  const channelsOf = (conv: string) => shapeOf(map, `${conv}.weight`, 4)[0]!;
  const activated = (x: ValueId, conv: string, prelu: string) => b.conv(conv, x, preluOf(map, prelu, channelsOf(conv)));
  const normalized = (x: ValueId, conv: string, norm: string, activation: Activation = { kind: "none" }) =>
    b.convOf(conv, x, { ...normalizedConv(map, conv, norm), activation });

  const first = activated(b.input(inputChannels), ...layers.first);
  let y = first;
  for (const [conv1, norm1, prelu, conv2, norm2] of layers.blocks) {
    const inner = normalized(y, conv1, norm1, preluOf(map, prelu, channelsOf(conv1)));
    y = b.scaledAdd(`${conv2}.residual`, normalized(inner, conv2, norm2), 1, y);
  }
  const [body, end] = layers.body;
  const isNormalized = map.tensors.has(`${end}.running_mean`);
  y = b.scaledAdd("skip", isNormalized ? normalized(y, body, end) : activated(y, body, end), 1, first);
  for (const [conv, prelu] of layers.ups) {
    // PReLU before the shuffle is PReLU behind it, where the convolution does both.
    y = b.pixelShuffle(`${conv}.shuffle`, b.conv(conv, y, preluOf(map, prelu, channelsOf(conv), UP ** 2)), UP);
  }
  // (tanh(x) + 1) / 2 is sigmoid(2 x).
  const [factor, shift] = layers.hasTanh ? [2, 0] : [0.5, 0.5];
  const out = b.convOf(layers.last, y, {
    ...rescaledConv(map, layers.last, factor, () => Array<number>(outputChannels).fill(shift)),
    activation: layers.hasTanh ? { kind: "sigmoid" } : { kind: "none" },
  });
  refuseUnused(map, namesOf(map, layers), layers.hasTanh ? "an SRGAN" : "an SRResNet");
  const scale = UP ** layers.ups.length;
  confirmScale(map, scale, "its number of up-convolutions");
  return {
    architecture,
    scale,
    blocks: layers.blocks.length,
    inputChannels,
    outputChannels,
    multiple: 1,
    graph: b.build(out),
  };
}

const UP = 2;

function namesOf(map: TensorMap, { first, blocks, body, ups, last }: Layers): Set<string> {
  const layers = new Set([...first, ...blocks.flat(), ...body, ...ups.flat(), last]);
  const layerOf = (name: string) => name.replace(/\.(?:weight|bias|running_(?:mean|var))$/, "");
  return new Set([...map.tensors.keys()].filter((name) => layers.has(layerOf(name))));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
