// Owns what SRResNet, SRGAN, EDSR and MSRResNet share: residual blocks between a first convolution and up-convolutions. Each says by its layers
// how it differs, and how the values of its pictures lie.

import { EsrganError } from "../errors.js";
import { GraphBuilder } from "../graph/builder.js";
import type { ValueId } from "../graph/graph.js";
import type { Activation, Parameter } from "../ops/op.js";
import type { ShuffleOrder } from "../ops/pixel-shuffle.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { type ChannelAffine, normalizedConv, plainConv, preluOf, withAffine } from "./folded.js";
import {
  confirmScale,
  countFrom,
  inChannels,
  metadataInteger,
  outChannels,
  pictureChannels,
  refuseUnused,
} from "./inspect.js";
import type { Network } from "./network.js";

/** A convolution and what follows it, by the names of their tensors. */
export interface Layer {
  readonly conv: string;
  /** Batch normalisation; only with one may the convolution lack a bias. */
  readonly norm?: string;
  readonly prelu?: string;
  /** In place of PReLU. */
  readonly activation?: Activation;
}

export interface ResidualLayers {
  readonly first: Layer;
  readonly blocks: readonly (readonly [inner: Layer, outer: Layer])[];
  /** By what a block's result is multiplied before its input is added. */
  readonly residualScale?: number;
  /** After the blocks, before the first layer's result is added; without it that is not. */
  readonly body?: Layer;
  readonly ups: readonly Layer[];
  /** The pixels of up-convolutions that give no more channels than the next layer takes are repeated before; else those are shuffled. */
  readonly mayRepeat?: boolean;
  readonly hr?: Layer;
  /** Its bias is optional. */
  readonly last: string;
  readonly order?: ShuffleOrder;
  /** The picture enlarged bilinearly is added in the end. */
  readonly addsPicture?: boolean;
}

/** How pictures of 0 to 1 become what the network takes, and what it gives becomes one. */
export interface ValueRange {
  /** A convolution of 1x1. */
  readonly before?: { readonly weight: Parameter; readonly bias: Parameter } | undefined;
  /** Of the last convolution's result, and then its activation. */
  readonly after?: { readonly affine: () => ChannelAffine; readonly activation?: Activation } | undefined;
  /** Tensors that tell it. */
  readonly names?: readonly string[];
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function residualNetwork(
  map: TensorMap,
  { architecture, title }: { readonly architecture: Network["architecture"]; readonly title: string },
  layers: ResidualLayers,
  range: ValueRange,
): Network {
  const b = new GraphBuilder(map);
  const { first, blocks, body, ups, hr, last } = layers;
  const inputChannels = pictureChannels(inChannels(map, first.conv), `${first.conv}.weight`);
  const outputChannels = pictureChannels(outChannels(map, last), `${last}.weight`);
  const picture = b.input(inputChannels);
  const shown = range.before ? b.convOf("before", picture, { ...range.before, activation: NONE }) : picture;
  const firstResult = convolve(b, map, first, shown);
  let y = firstResult;
  for (const [inner, outer] of blocks) {
    const result = convolve(b, map, outer, convolve(b, map, inner, y));
    y = b.scaledAdd(`${outer.conv}.residual`, result, layers.residualScale ?? 1, y);
  }
  if (body) y = b.scaledAdd("skip", convolve(b, map, body, y), 1, firstResult);
  let scale = 1;
  ups.forEach((up, index) => {
    const next = ups[index + 1] ?? hr ?? { conv: last };
    const [made, taken] = [outChannels(map, up.conv), inChannels(map, next.conv)];
    const isRepeated = layers.mayRepeat === true && made === taken;
    const factor = isRepeated ? repetition(map, ups.length) : shuffleFactor(up.conv, made, taken);
    scale *= factor;
    if (isRepeated) y = convolve(b, map, up, b.upsampleNearest(`${up.conv}.larger`, y, factor));
    // PReLU before the shuffle is PReLU behind it, where the convolution does both.
    else y = b.pixelShuffle(`${up.conv}.shuffle`, convolve(b, map, up, y, factor ** 2), factor, layers.order);
  });
  if (hr) y = convolve(b, map, hr, y);
  const { after } = range;
  const lastConv = plainConv(map, last);
  y = b.convOf(last, y, {
    ...(after ? withAffine(lastConv, after.affine) : lastConv),
    activation: after?.activation ?? NONE,
  });
  if (layers.addsPicture) {
    const enlarged = b.resize("base", picture, { mode: "bilinear", antialias: false, factor: scale });
    y = b.scaledAdd("with-base", y, 1, enlarged);
  }
  refuseUnused(map, new Set([...tensorNames(map, layers), ...(range.names ?? [])]), title);
  confirmScale(map, scale, "the shuffle of its up-convolutions");
  const graph = b.build(y);
  return { architecture, scale, blocks: blocks.length, inputChannels, outputChannels, multiple: 1, graph };
}

const NONE: Activation = { kind: "none" };

/** The network's layers under the names that other-layouts.ts brings the implementations to; what a layer lacks is left out. */
export function namedLayers(map: TensorMap): ResidualLayers {
  const has = (layer: string) => map.tensors.has(`${layer}.weight`);
  const layer = (conv: string, norm: string, prelu?: string): Layer => ({
    conv,
    ...(has(norm) ? { norm } : {}),
    ...(prelu !== undefined && has(prelu) ? { prelu } : {}),
  });
  const id = (n: number) => `body.${n}`;
  const blocks = countFrom(map, 0, (n) => `${id(n)}.conv1.weight`);
  const ups = countFrom(map, 1, (n) => `conv_up${n}.weight`);
  return {
    first: layer("conv_first", "bn_first", "prelu_first"),
    blocks: Array.from(
      { length: blocks },
      (_, n) =>
        [layer(`${id(n)}.conv1`, `${id(n)}.bn1`, `${id(n)}.prelu`), layer(`${id(n)}.conv2`, `${id(n)}.bn2`)] as const,
    ),
    ...(has("conv_body") ? { body: layer("conv_body", "bn_body", "prelu_body") } : {}),
    ups: Array.from({ length: ups }, (_, n) => layer(`conv_up${n + 1}`, `bn_up${n + 1}`, `prelu_up${n + 1}`)),
    ...(has("conv_hr") ? { hr: { conv: "conv_hr" } } : {}),
    last: "conv_last",
  };
}

/** Whether `map` has residual blocks under those names. */
export function isResidual({ tensors }: TensorMap): boolean {
  return ["conv_first", "body.0.conv1", "body.0.conv2", "conv_last"].every((layer) => tensors.has(`${layer}.weight`));
}

function convolve(b: GraphBuilder, map: TensorMap, layer: Layer, x: ValueId, phases = 1): ValueId {
  const { conv, norm, prelu } = layer;
  const activation = prelu ? preluOf(map, prelu, outChannels(map, conv), phases) : (layer.activation ?? NONE);
  return norm ? b.convOf(conv, x, { ...normalizedConv(map, conv, norm), activation }) : b.conv(conv, x, activation);
}

function shuffleFactor(conv: string, made: number, taken: number): number {
  const factor = Math.sqrt(made / taken);
  if (Number.isInteger(factor) && factor > 1) return factor;
  throw new EsrganError(
    "bad-weights",
    `${conv}.weight gives ${made} channels, expected ${taken} times the square of a scale`,
  );
}

/** By what one of `ups` repeats pixels: 2 unless the metadata states another scale of a single one. */
function repetition(map: TensorMap, ups: number): number {
  const scale = ups === 1 ? metadataInteger(map, "scale") : undefined;
  return scale === 3 ? 3 : 2;
}

function tensorNames(map: TensorMap, { first, blocks, body, ups, hr, last }: ResidualLayers): string[] {
  const layers = [first, ...blocks.flat(), ...(body ? [body] : []), ...ups, ...(hr ? [hr] : [])];
  const named = new Set([...layers.flatMap(({ conv, norm, prelu }) => [conv, norm, prelu]), last]);
  return [...map.tensors.keys()].filter((name) =>
    named.has(name.replace(/\.(?:weight|bias|running_(?:mean|var))$/, "")),
  );
}

/** A convolution of 1x1 that multiplies each channel by its factor and adds its shift. */
export function scaledChannels(factors: () => ArrayLike<number>, shifts: () => ArrayLike<number>, channels: number) {
  const weight: Parameter = {
    name: "before.weight",
    shape: [channels, channels, 1, 1],
    floats: () => {
      const values = factors();
      const side = channels + 1;
      return Float32Array.from({ length: channels ** 2 }, (_, i) => (i % side === 0 ? values[i / side]! : 0));
    },
  };
  const bias: Parameter = { name: "before.bias", shape: [channels], floats: () => Float32Array.from(shifts()) };
  return { weight, bias };
}
