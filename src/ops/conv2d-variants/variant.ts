// Owns what a kernel variant of the convolution is. Each kind is one object in a file of its own;
// table.ts lists them.

import type { KernelSource, MathType } from "../../shaders/kernel.js";
import { ALIGN_X, roundUp } from "../plane.js";
import type { LoopLoads } from "../traffic.js";

/** The properties of a convolution that select a variant and how its weights are packed. */
export interface ConvForm {
  readonly kernel: number;
  /** The factor by which the input is upsampled nearest. */
  readonly upsample: number;
  /** The factor by which the result is pixel-shuffled. */
  readonly shuffle: number;
}

/** A kind of variant. `V` is the plain data that a table or the tuner chooses. */
export interface VariantKind<V extends { readonly kind: string }> {
  readonly kind: V["kind"];

  /**
   * Whether one pipeline serves convolutions that differ in numbers alone. The text then takes no
   * numbers of channels, and has room for `ConvText.sourceCapacity` sources.
   */
  readonly sharesPipelines: boolean;

  /** Whether it can compute convolutions of this form. `needs` says the rest. */
  supports(variant: V, form: ConvForm): boolean;

  needs(variant: V): VariantNeeds;

  /** The tile where the output has so many channel blocks. */
  tiling(variant: V, outBlocks: number): Tiling;

  /** Output channel blocks of one invocation: a divisor of `outBlocks`. */
  invocationBlocks(variant: V, outBlocks: number): number;

  /** How it wants the weights where an invocation computes `blocks` channel blocks. */
  packing(variant: V, form: ConvForm, blocks: number): WeightOrder;

  /** Where it reads the weights, if what it needs of them fits into a uniform. */
  weightSpace(variant: V): WantedWeights;

  /** The part of the kernel that is the variant's own. */
  loops(variant: V, conv: ConvText): VariantLoops;

  /** What that part loads. */
  loads(variant: V, conv: ConvText): LoopLoads;
}

/** What a variant needs of the device and the storage. */
export interface VariantNeeds {
  /** "f16" needs f16 storage, and so the feature "shader-f16". */
  readonly math: MathType;
  /** Invocations that each subgroup must have (feature "subgroups"); 0 if it uses none. */
  readonly subgroupLanes: number;
  /** The size that subgroups are pinned to (features "subgroups" and "subgroup-size-control"). */
  readonly pinnedSubgroup: PinnedSubgroup | undefined;
  /** The size of matrices of halves that are summed in f32 (feature "chromium-experimental-subgroup-matrix"). */
  readonly matrix: MatrixSize | undefined;
  /** GPUs could run it, but badly. */
  readonly softwareOnly: boolean;
}

/** The sizes that subgroups are pinned to. */
export type PinnedSubgroup = 8 | 16 | 32;

/** A product of `m` by `k` and `k` by `n` matrices. */
export interface MatrixSize {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Invocations of one workgroup. */
export interface Workgroup {
  readonly workgroupX: number;
  readonly workgroupY: number;
}

/** The workgroup, and the pixels of one invocation. */
export interface Tiling extends Workgroup {
  readonly pixelsX: number;
  readonly pixelsY: number;
}

/**
 * How weights are transformed when they are packed. "fold2" makes four 2x2 kernels of a 3x3 one, see
 * canFold.
 */
export type WeightTransform = "none" | "winograd" | "fold2";

/** How a variant wants the weights. */
export interface WeightOrder {
  readonly transform: WeightTransform;
  /** Output channel blocks whose weights lie side by side. */
  readonly groupBlocks: number;
  /** What a vector of four weights counts. */
  readonly vector: "outputs" | "inputs";
  /**
   * Leaves padding out where the input is one block; "both" also where the output is one channel, whose vectors then count inputs: see
   * lanes of ConvText.
   */
  readonly trims?: "inputs" | "both";
  /**
   * The weights of a tap are matrices of so many input by output channels, an output's inputs side by side, and those
   * that are missing are zero. Undefined: 4 by 4. Needs vectors of inputs.
   */
  readonly matrix?: { readonly inputs: number; readonly outputs: number };
}

/** Uniforms are read once for a whole subgroup on more GPUs than storage is; they hold 64 KiB. */
export type WeightSpace = "storage" | "uniform";

/** "whole-uniform" wants a uniform only where one holds all of the weights, so that there is one dispatch. */
export type WantedWeights = WeightSpace | "whole-uniform";

/** The convolution that a kernel's text is made for. */
export interface ConvText extends ConvForm {
  /** Output channel blocks of the convolution. */
  readonly outBlocks: number;
  /** Output channel blocks of one invocation. */
  readonly blocks: number;
  /** Channel blocks of each source. */
  readonly sources: readonly number[];
  /** Sources that the pipeline has room for: more than there are where it is shared. */
  readonly sourceCapacity: number;
  /** Channels of an input block that are no padding: fewer than 4 only where the input is one block. */
  readonly inputLanes: number;
  /** The same of the output. */
  readonly outputLanes: number;
  /** "uniform" only where the variant wants it. */
  readonly weightSpace: WeightSpace;
}

/** The part of a kernel that is the variant's own; the epilogue is common to all. */
export interface VariantLoops {
  readonly name: string;
  readonly text: string;
  readonly constants?: KernelSource["constants"];
  /** The workgroup dimension that counts channels; "x" takes all channels of the same pixels first. */
  readonly channelAxis: "x" | "z";
  /** Computes each phase of the pixels by itself, see canFold. */
  readonly folded: boolean;
  /** What the activation is computed in: "f32" by default. */
  readonly activation?: MathType;
}

/** What all variants need unless they say otherwise. */
export const NO_NEEDS: VariantNeeds = {
  math: "f32",
  subgroupLanes: 0,
  pinnedSubgroup: undefined,
  matrix: undefined,
  softwareOnly: false,
};

/**
 * Whether the form can be folded: a 3x3 convolution of an input upsampled by 2 is four 2x2
 * convolutions of the small input, one for each phase of an output pixel (see DirectShape.folded).
 */
export function canFold({ kernel, upsample, shuffle }: ConvForm): boolean {
  return kernel === 3 && upsample === 2 && shuffle === 1;
}

/** How many source pixels a convolution reads beyond the picture. */
export function convReach(kernel: number, upsample: number): number {
  return Math.ceil((kernel - 1) / 2 / upsample);
}

/**
 * The border around a source whose result is `grow` pixels larger on each side: it holds what is read, by invocations that overhang the
 * result too.
 */
export function convBorder(kernel: number, upsample: number, grow: number): number {
  const reach = convReach(kernel, upsample);
  return Math.max(reach + grow, reach - grow + roundUp(2 * grow, ALIGN_X));
}

/** The largest multiple of `step` up to `most` that divides `blocks`; undefined if none does. */
export function largestDivisor(blocks: number, most: number, step = 1): number | undefined {
  for (let divisor = most - (most % step); divisor > 0; divisor -= step) {
    if (blocks % divisor === 0) return divisor;
  }
  return undefined;
}

/** The name of a kernel in plans and benchmarks. */
export function variantName(
  kind: string,
  { pixelsX, pixelsY, workgroupX, workgroupY }: Tiling,
  blocks: number,
  details: readonly (string | undefined)[],
): string {
  const shape = [`${pixelsX}x${pixelsY}x${blocks * 4}`, `${workgroupX}x${workgroupY}`];
  return [kind, ...shape, ...details.filter(Boolean)].join(" ");
}
