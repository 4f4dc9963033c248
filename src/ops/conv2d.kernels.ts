// Owns what the kernel variants of the fused convolution have in common: the dispatch and the
// epilogue. The variants are in conv2d-variants/, the choice by device in plan/choose-kernel.ts, the
// packing of weights in weights/pack-conv.ts.

import {
  convEpilogueWgsl,
  convPixelEpilogueWgsl,
  convReplicatingEpilogueWgsl,
  scalingWgsl,
  UNIFORM_WEIGHTS_WGSL,
  uniformScalingWgsl,
} from "../shaders/conv2d.wgsl.js";
import type { KernelSource, Storage, SubgroupUse } from "../shaders/kernel.js";
import { activationWgsl, constantForm, uniformForm } from "./activation.kernels.js";
import { type ConvVariant, kindOf } from "./conv2d-variants/table.js";
import type { ConvForm, ConvText, Tiling, VariantNeeds, WeightOrder } from "./conv2d-variants/variant.js";
import { weightParts } from "./conv2d-variants/weight-parts.js";
import {
  type ConstantData,
  constant,
  cover,
  input,
  type KernelCall,
  type KernelTensor,
  kernelCall,
  nothing,
  OUTPUT,
  uniformConstant,
} from "./kernel.js";
import type { Activation } from "./op.js";
import { type PictureStore, pictureStore } from "./picture.kernels.js";
import { channelBlocks, type Plane } from "./plane.js";
import { convTraffic, type Traffic, timesTraffic } from "./traffic.js";

export type { ConvVariant } from "./conv2d-variants/table.js";
export { type ConvForm, convBorder, type WeightOrder, type WeightTransform } from "./conv2d-variants/variant.js";

/** A run of concatenated channel blocks that lie together; `channels` leaves out padding where it is of one value. */
export interface ConvSource extends KernelTensor {
  readonly blocks: number;
}

export interface ConvResidual extends KernelTensor {
  readonly beta: number;
  readonly upsample: number;
}

/** A fused convolution (see graph/fuse.ts) with its operands placed. Inputs count sources first, then residuals. */
export interface ConvSpec extends ConvForm {
  readonly outChannels: number;
  readonly activation: Activation;
  readonly alpha: number;
  readonly sources: readonly ConvSource[];
  readonly residuals: readonly ConvResidual[];
  readonly destination: Plane;
  /** Stores the result, which is one block of channels, as the picture. `destination` then counts pixels. */
  readonly picture?: PictureStore | undefined;
}

/** Two of the eight storage buffers hold weights and bias, one the output and two residuals. */
export const MAX_SOURCES = 3;

/** Channel blocks of the convolution itself: with a shuffle, whole blocks for each of its phases. */
export function convOutBlocks(outChannels: number, shuffle: number): number {
  return channelBlocks(outChannels / shuffle ** 2) * shuffle ** 2;
}

/** Whether the variant can compute convolutions of this form with this storage. */
export function supports(variant: ConvVariant, form: ConvForm, storage: Storage): boolean {
  return (needsOf(variant).math === "f32" || storage === "f16") && kindOf(variant).supports(variant, form);
}

/** What the variant needs of the device and the storage. */
export function needsOf(variant: ConvVariant): VariantNeeds {
  return kindOf(variant).needs(variant);
}

/** The tile where the output has so many channel blocks. */
export function tilingOf(variant: ConvVariant, outBlocks: number): Tiling {
  return kindOf(variant).tiling(variant, outBlocks);
}

/** Values that an invocation computes where there are channels enough. */
export function tileSizeOf(variant: ConvVariant): number {
  const { pixelsX, pixelsY } = tilingOf(variant, MANY_BLOCKS);
  return pixelsX * pixelsY * invocationBlocks(variant, MANY_BLOCKS);
}

// A multiple of every number of blocks that an invocation may compute.
const MANY_BLOCKS = 24;

export function packingOf(variant: ConvVariant, form: ConvForm, outBlocks: number): WeightOrder {
  return kindOf(variant).packing(variant, form, invocationBlocks(variant, outBlocks));
}

function invocationBlocks(variant: ConvVariant, outBlocks: number): number {
  return kindOf(variant).invocationBlocks(variant, outBlocks);
}

/** How many operands a pipeline has room for. */
export interface OperandCounts {
  readonly sources: number;
  readonly residuals: number;
}

/**
 * A name that convolutions share which one pipeline can serve, with room for the most operands of any; undefined if there are none like it.
 * Software adapters compile for seconds, so their kernels read numbers from the uniform; GPUs gain from constants.
 */
export function pipelineClass(variant: ConvVariant, spec: Omit<ConvSpec, "sources">): string | undefined {
  if (!kindOf(variant).sharesPipelines || spec.residuals.some(({ upsample }) => upsample !== 1)) return undefined;
  const { kernel, upsample, outChannels, shuffle, picture, destination } = spec;
  const border = destination.edge === "replicate" ? destination.pad : undefined;
  const blocks = invocationBlocks(variant, convOutBlocks(outChannels, shuffle));
  return JSON.stringify([
    variant,
    kernel,
    upsample,
    shuffle,
    blocks,
    uniformForm(spec.activation).name,
    picture,
    border,
  ]);
}

/**
 * The dispatches of `spec` by `variant`, in a pipeline of its class with `room` for operands, or in one of its own. There is one,
 * or where weights are uniform as many as it takes to bind them part by part.
 */
export function convKernels(
  variant: ConvVariant,
  spec: ConvSpec,
  storage: Storage,
  constants: { readonly weights: ConstantData; readonly affine: ConstantData },
  room?: OperandCounts,
): KernelCall[] {
  const { kernel, upsample, shuffle, sources, residuals, destination } = spec;
  const replicates = destination.edge === "replicate";
  const outBlocks = convOutBlocks(spec.outChannels, shuffle);
  const blocks = invocationBlocks(variant, outBlocks);
  const activation = room ? uniformForm(spec.activation) : constantForm(spec.activation);
  const counts = room ?? { sources: sources.length, residuals: residuals.length };
  const needs = needsOf(variant);
  const form: ConvForm = { kernel, upsample, shuffle };
  const { transform } = kindOf(variant).packing(variant, form, blocks);
  const isFolded = transform === "fold2";
  const phases = isFolded ? 4 : 1;
  const weights = weightParts(
    kindOf(variant).weightSpace(variant),
    {
      byteLength: constants.weights.byteLength,
      groups: phases * (outBlocks / blocks),
      phases,
      rows: (isFolded ? 2 : kernel) * sources.reduce((sum, source) => sum + source.blocks, 0),
    },
    storage,
  );
  const { pixelsX, pixelsY, workgroupX, workgroupY } = tilingOf(variant, outBlocks);
  const text: ConvText = {
    kernel,
    upsample,
    shuffle,
    outBlocks,
    blocks,
    sources: sources.map((source) => source.blocks),
    sourceCapacity: counts.sources,
    inputLanes: sources.length > 1 ? 4 : Math.min(sources[0]!.channels, 4),
    outputLanes: outBlocks === 1 ? spec.outChannels : 4,
    weightSpace: weights.space,
  };
  const loops = kindOf(variant).loops(variant, text);
  // Output pixels for each that an invocation counts.
  const step = loops.folded ? 2 : shuffle;
  const dstWords = (firstGroup: number) => {
    if (room) return [floatBits(spec.alpha), floatBits(activation.slope)];
    return weights.space === "uniform" ? [firstGroup] : [];
  };
  const store = spec.picture && pictureStore(spec.picture);
  const absentSources = range(sources.length, counts.sources).map((index, n) => nothing(`source${index}`, n));
  const absentResiduals = range(residuals.length, counts.residuals).map((index) =>
    constant(`residual${index}`, "array<Block>", constants.affine),
  );
  const [x, y] = cover(
    destination.width / step,
    destination.height / step,
    1,
    pixelsX * workgroupX,
    pixelsY * workgroupY,
  );
  const z = weights.groups;
  const traffic = workgroupTraffic(variant, spec, text, storage);
  return weights.parts.map((part) =>
    kernelCall({
      variant: loops.name,
      storage,
      math: needs.math,
      subgroups: subgroupsOf(needs),
      bind: [
        weights.type
          ? uniformConstant("weights", weights.type, constants.weights, part)
          : constant("weights", needs.matrix ? "array<f16>" : "array<Block>", constants.weights),
        constant("affine", "array<vec4f>", constants.affine),
        ...sources.map((source, index) => input(`source${index}`, index, source)),
        ...absentSources,
        store ? store.binding : OUTPUT,
        ...residuals.map((residual, index) => input(`residual${index}`, sources.length + index, residual)),
        ...absentResiduals,
      ],
      planes: [
        { plane: destination, aux: [outBlocks, ...dstWords(part.firstGroup)] },
        { plane: sources[0]!.plane, aux: sources.map(({ blocks }) => blocks) },
        ...residuals.map(({ plane, beta }) => ({ plane, aux: room ? [floatBits(beta)] : [] })),
      ],
      constants: {
        SHUFFLE: { u32: shuffle },
        STEP: { u32: step },
        ...(replicates ? { EDGE: { u32: destination.pad } } : {}),
        ...(room ? {} : scalingConstants(spec, activation.slope)),
        ...store?.constants,
        ...loops.constants,
      },
      text: [
        ...(weights.type ? [UNIFORM_WEIGHTS_WGSL[storage]] : []),
        activationWgsl(activation, loops.activation),
        room ? uniformScalingWgsl(counts.residuals) : scalingWgsl(counts.residuals),
        ...(store
          ? [store.text, convPixelEpilogueWgsl]
          : [replicates ? convReplicatingEpilogueWgsl : convEpilogueWgsl]),
        loops.text,
      ],
      workgroups: loops.channelAxis === "x" ? [z, x, y] : [x, y, z],
      // A band would take its own last row for the picture's.
      rows: replicates
        ? undefined
        : {
            perGroup: step * pixelsY * workgroupY,
            axis: loops.channelAxis === "x" ? 2 : 1,
            multiple: residuals.reduce((multiple, each) => multiple * each.upsample, shuffle * upsample),
            scales: {
              src: shuffle * upsample,
              residual0: residuals[0]?.upsample ?? 1,
              residual1: residuals[1]?.upsample ?? 1,
            },
          },
      traffic,
    }),
  );
}

/** Invocations that overhang the picture count, though they may end at once. */
function workgroupTraffic(variant: ConvVariant, spec: ConvSpec, text: ConvText, storage: Storage): Traffic {
  const { pixelsX, pixelsY, workgroupX, workgroupY } = tilingOf(variant, text.outBlocks);
  const invocation = convTraffic(kindOf(variant).loads(variant, text), {
    storage,
    weightSpace: text.weightSpace,
    inBlocks: spec.sources.reduce((sum, { blocks }) => sum + blocks, 0),
    blocks: text.blocks,
    pixels: pixelsX * pixelsY,
    residuals: spec.residuals.length,
    hasSlopes: spec.activation.kind === "prelu",
    pictureBits: spec.picture?.bits,
  });
  return timesTraffic(invocation, workgroupX * workgroupY);
}

function subgroupsOf({ subgroupLanes, pinnedSubgroup, matrix }: VariantNeeds): SubgroupUse {
  if (matrix) return "matrices";
  if (pinnedSubgroup !== undefined) return "pinned";
  return subgroupLanes > 0 ? "used" : "none";
}

function scalingConstants({ alpha, residuals }: ConvSpec, slope: number): KernelSource["constants"] {
  const ofResiduals = residuals.flatMap(({ beta, upsample }, index) => [
    [`RESIDUAL${index}_BETA`, { f32: beta }],
    [`RESIDUAL${index}_UPSAMPLE`, { u32: upsample }],
  ]);
  return { ALPHA: { f32: alpha }, SLOPE: { f32: slope }, ...Object.fromEntries(ofResiduals) };
}

function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(to - from, 0) }, (_, index) => from + index);
}
