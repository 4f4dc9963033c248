// Owns the GPU kernels of the fused convolution, simplest first: the plain one is the oracle of the others. Which device
// gets which is plan/choose-kernel.ts, how weights are packed for them weights/pack-conv.ts.

import { convEpilogueWgsl, convPixelEpilogueWgsl, scalingWgsl, uniformScalingWgsl } from "../shaders/conv2d.wgsl.js";
import { convDirectWgsl } from "../shaders/conv2d-direct.js";
import { CONV_FETCH_WGSL, convPlainWgsl } from "../shaders/conv2d-plain.wgsl.js";
import { convSharedWgsl } from "../shaders/conv2d-shared.js";
import { convWinogradWgsl } from "../shaders/conv2d-winograd.js";
import type { KernelSource, MathType, Storage, SubgroupUse } from "../shaders/kernel.js";
import { madeOnce } from "../shaders/unroll.js";
import { activationWgsl, constantForm, uniformForm } from "./activation.kernels.js";
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
} from "./kernel.js";
import type { Activation } from "./op.js";
import { BLOCK_CHANNELS, channelBlocks, type Plane } from "./plane.js";
import { type PictureStore, pictureStore } from "./small.kernels.js";

/** The workgroup of a variant, and the size its subgroups are pinned to, if they are. */
export interface WorkgroupShape {
  readonly workgroupX: number;
  readonly workgroupY: number;
  /** Needs the features "subgroups" and "subgroup-size-control", and a workgroupX that is a multiple of it. */
  readonly subgroup?: 32;
}

/** How a convolution is computed; plain data that a table or the tuner chooses. `math` "f16" needs f16 storage. */
export type ConvVariant =
  | { readonly kind: "plain" }
  | (WorkgroupShape & {
      readonly kind: "direct";
      /** Pixels and channel blocks of one invocation. */
      readonly pixelsX: number;
      readonly pixelsY: number;
      readonly channelBlocks: number;
      readonly rows: "unrolled" | "looped";
      readonly math: MathType;
    })
  | (WorkgroupShape & {
      /** Lanes of a subgroup share weights: for adapters that load value by value. See shaders/conv2d-shared.ts. */
      readonly kind: "shared";
      readonly pixelsX: number;
      readonly pixelsY: number;
      readonly channelBlocks: number;
      readonly rows: "window" | "rolling";
      readonly math: "f32";
      /** Needs the feature "subgroups", with at least as many invocations in each. */
      readonly lanes: 4 | 8;
    })
  | (WorkgroupShape & {
      /** F(2x2,3x3). */
      readonly kind: "winograd";
      readonly channelBlocks: number;
      readonly math: MathType;
    });

/** A run of concatenated channel blocks that lie together. */
export interface ConvSource extends KernelTensor {
  readonly blocks: number;
}

export interface ConvResidual extends KernelTensor {
  readonly beta: number;
  readonly upsample: number;
}

/** A fused convolution (see graph/fuse.ts) with its operands placed. Inputs count sources first, then residuals. */
export interface ConvSpec {
  readonly kernel: number;
  readonly upsample: number;
  readonly outChannels: number;
  readonly shuffle: number;
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

/** What of a convolution decides which variants can compute it and how its weights are packed. */
export type ConvForm = Pick<ConvSpec, "kernel" | "upsample" | "shuffle">;

/** How weights are transformed when they are packed. "fold2" makes four 2x2 kernels of a 3x3 one, see DirectShape.folded. */
export type WeightTransform = "none" | "winograd" | "fold2";

/** Whether the variant can compute convolutions of this form with this storage. */
export function supports(variant: ConvVariant, form: ConvForm, storage: Storage): boolean {
  switch (variant.kind) {
    case "plain":
      return true;
    case "winograd":
      return form.kernel === 3 && form.upsample === 1 && (variant.math === "f32" || storage === "f16");
    case "direct": {
      if (variant.math === "f16" && (storage !== "f16" || variant.rows !== "unrolled" || form.kernel > 3)) return false;
      // Taps are constant offsets only where an invocation's first pixel falls on a source pixel.
      const aligned = variant.pixelsX % form.upsample === 0 && variant.pixelsY % form.upsample === 0;
      return aligned || isFolded(variant, form);
    }
    case "shared":
      return form.upsample === 1 || isFolded(variant, form);
  }
}

/** How a variant wants the weights. */
export interface WeightOrder {
  readonly transform: WeightTransform;
  /** Output channel blocks whose weights lie side by side. */
  readonly groupBlocks: number;
  /** What a vector of four weights counts. */
  readonly vector: "outputs" | "inputs";
}

export function packingOf(variant: ConvVariant, form: ConvForm, outBlocks: number): WeightOrder {
  const blocks = invocationBlocks(variant, outBlocks);
  const groupBlocks = variant.kind === "shared" ? sharingLanes(variant, blocks) / BLOCK_CHANNELS : blocks;
  const transform = variant.kind === "winograd" ? "winograd" : isFolded(variant, form) ? "fold2" : "none";
  return { transform, groupBlocks, vector: variant.kind === "shared" ? "inputs" : "outputs" };
}

/** Output channel blocks of one invocation: as many as the variant says, or fewer of which there is a whole number. */
function invocationBlocks(variant: ConvVariant, outBlocks: number): number {
  if (variant.kind === "plain") return 1;
  const fewer = variant.kind === "shared" ? [variant.lanes / BLOCK_CHANNELS] : [];
  return [variant.channelBlocks, ...fewer].find((blocks) => outBlocks % blocks === 0) ?? 1;
}

/** How many lanes share weights where an invocation computes so many channel blocks. */
function sharingLanes({ lanes }: ConvVariant & { kind: "shared" }, blocks: number): 4 | 8 {
  return (blocks * BLOCK_CHANNELS) % lanes === 0 ? lanes : 4;
}

function isFolded(variant: ConvVariant, { kernel, upsample, shuffle }: ConvForm): boolean {
  const canFold = variant.kind === "direct" || variant.kind === "shared";
  return canFold && kernel === 3 && upsample === 2 && shuffle === 1;
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
export function pipelineClass(
  variant: ConvVariant,
  spec: Omit<ConvSpec, "sources" | "destination">,
): string | undefined {
  if (variant.kind !== "shared" || spec.residuals.some(({ upsample }) => upsample !== 1)) return undefined;
  const { kernel, upsample, outChannels, shuffle, picture } = spec;
  const blocks = invocationBlocks(variant, convOutBlocks(outChannels, shuffle));
  return JSON.stringify([variant, kernel, upsample, shuffle, blocks, uniformForm(spec.activation).name, picture]);
}

/** The dispatch of `spec` by `variant`, in a pipeline of its class with `room` for operands, or in one of its own. */
export function convKernel(
  variant: ConvVariant,
  spec: ConvSpec,
  storage: Storage,
  constants: { readonly weights: ConstantData; readonly affine: ConstantData },
  room?: OperandCounts,
): KernelCall {
  const { sources, residuals, shuffle, destination } = spec;
  const outBlocks = convOutBlocks(spec.outChannels, shuffle);
  const blocks = invocationBlocks(variant, outBlocks);
  const activation = room ? uniformForm(spec.activation) : constantForm(spec.activation);
  const counts = room ?? { sources: sources.length, residuals: residuals.length };
  const loops = variantLoops(variant, spec, blocks, counts.sources);
  const { step, pixelsX, pixelsY, workgroupX, workgroupY } = loops;
  const store = spec.picture && pictureStore(spec.picture);
  const absentSources = range(sources.length, counts.sources).map((index, n) => nothing(`source${index}`, n));
  const absentResiduals = range(residuals.length, counts.residuals).map((index) =>
    constant(`residual${index}`, "array<Block>", constants.affine),
  );
  const [x, y, z] = cover(
    destination.width / step,
    destination.height / step,
    loops.groups * (outBlocks / blocks),
    pixelsX * workgroupX,
    pixelsY * workgroupY,
  );
  return kernelCall({
    variant: loops.name,
    storage,
    math: variant.kind === "plain" ? "f32" : variant.math,
    subgroups: subgroupsOf(variant),
    bind: [
      constant("weights", "array<Block>", constants.weights),
      constant("affine", "array<vec4f>", constants.affine),
      ...sources.map((source, index) => input(`source${index}`, index, source)),
      ...absentSources,
      store ? store.binding : OUTPUT,
      ...residuals.map((residual, index) => input(`residual${index}`, sources.length + index, residual)),
      ...absentResiduals,
    ],
    planes: [
      { plane: destination, aux: [outBlocks, ...(room ? [floatBits(spec.alpha), floatBits(activation.slope)] : [])] },
      { plane: sources[0]!.plane, aux: sources.map(({ blocks }) => blocks) },
      ...residuals.map(({ plane, beta }) => ({ plane, aux: room ? [floatBits(beta)] : [] })),
    ],
    constants: {
      SHUFFLE: { u32: shuffle },
      STEP: { u32: step },
      ...(room ? {} : scalingConstants(spec, activation.slope)),
      ...store?.constants,
      ...loops.constants,
    },
    text: [
      activationWgsl(activation),
      room ? uniformScalingWgsl(counts.residuals) : scalingWgsl(counts.residuals),
      ...(store ? [store.text, convPixelEpilogueWgsl] : [convEpilogueWgsl]),
      ...loops.text,
    ],
    workgroups: variant.kind === "shared" ? [z, x, y] : [x, y, z],
  });
}

/** What a variant puts before and after the shared epilogue. */
interface VariantLoops {
  readonly name: string;
  readonly text: readonly string[];
  readonly constants: KernelSource["constants"];
  /** Output pixels for each pixel that an invocation counts. */
  readonly step: number;
  readonly pixelsX: number;
  readonly pixelsY: number;
  readonly workgroupX: number;
  readonly workgroupY: number;
  /** Workgroups along z for each group of channel blocks. */
  readonly groups: number;
}

function subgroupsOf(variant: ConvVariant): SubgroupUse {
  if (variant.kind === "shared") return "used";
  return variant.kind !== "plain" && variant.subgroup !== undefined ? "pinned" : "none";
}

const directText = madeOnce(convDirectWgsl);
const sharedText = madeOnce(convSharedWgsl);
const winogradText = madeOnce(convWinogradWgsl);

function variantLoops(variant: ConvVariant, spec: ConvSpec, channelBlocks: number, sourceCount: number): VariantLoops {
  const { kernel, upsample, shuffle } = spec;
  const sources = spec.sources.map(({ blocks }) => blocks);
  const plain = { constants: {}, step: shuffle, groups: 1 };
  switch (variant.kind) {
    case "plain":
      return {
        ...plain,
        name: "plain",
        text: [CONV_FETCH_WGSL[sources.length - 1]!, convPlainWgsl],
        constants: {
          KERNEL: { u32: kernel },
          UPSAMPLE: { u32: upsample },
          PAD: { u32: convReach(kernel, upsample) },
        },
        pixelsX: 1,
        pixelsY: 1,
        workgroupX: 16,
        workgroupY: 4,
      };
    case "direct": {
      const folded = isFolded(variant, spec);
      const { subgroup, math } = variant;
      // From kernel size 5 on, unrolled code passes a thousand multiply-adds.
      const rows = kernel > 3 ? "looped" : variant.rows;
      const form = folded ? { kernel: 2, upsample: 1 } : { kernel, upsample };
      const pixels = `${variant.pixelsX}x${variant.pixelsY}x${channelBlocks * 4}`;
      return {
        ...variant,
        ...plain,
        name: variantName("direct", pixels, variant, [math, rows, folded ? "folded" : ""]),
        text: [directText({ ...variant, ...form, rows, folded, subgroup, channelBlocks, sources })],
        ...(folded ? { step: 2, groups: 4 } : {}),
      };
    }
    case "shared": {
      const folded = isFolded(variant, spec);
      const lanes = sharingLanes(variant, channelBlocks);
      const rows = kernel > 3 ? "rolling" : variant.rows; // for the same reason as above
      const pixels = `${variant.pixelsX}x${variant.pixelsY}x${channelBlocks * 4}`;
      const text = {
        ...variant,
        kernel: folded ? 2 : kernel,
        folded,
        rows,
        // A shuffle is one instruction on 8 lanes, and on SwiftShader's 4 not much less than loading.
        columns: variant.lanes === 8 ? ("passed" as const) : ("own" as const),
        lanes,
        channelBlocks,
        sources: sourceCount,
      };
      return {
        ...variant,
        ...plain,
        name: variantName("shared", pixels, variant, [
          variant.math,
          variant.rows,
          `lanes${lanes}`,
          folded ? "folded" : "",
        ]),
        text: [sharedText(text)],
        ...(folded ? { step: 2, groups: 4 } : {}),
      };
    }
    case "winograd":
      return {
        ...variant,
        ...plain,
        name: variantName("winograd", `2x2x${channelBlocks * 4}`, variant, [variant.math]),
        text: [winogradText({ ...variant, subgroup: variant.subgroup, channelBlocks, sources })],
        pixelsX: 2,
        pixelsY: 2,
      };
  }
}

function variantName(kind: string, pixels: string, shape: WorkgroupShape, more: readonly string[]): string {
  const pinned = shape.subgroup ? `wave${shape.subgroup}` : "";
  return [kind, pixels, `${shape.workgroupX}x${shape.workgroupY}`, ...more, pinned].filter(Boolean).join(" ");
}

/** How many source pixels a convolution reads beyond the picture. */
export function convReach(kernel: number, upsample: number): number {
  return Math.ceil((kernel - 1) / 2 / upsample);
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
