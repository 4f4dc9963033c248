// Owns the GPU kernels of the fused convolution, simplest first: the plain one is the oracle of the others. Which device
// gets which is graph/choose-kernel.ts, how weights are packed for them weights/pack-conv.ts.

import { ACTIVATION_WGSL, convEpilogueWgsl, RESIDUAL_WGSL } from "../shaders/conv2d.wgsl.js";
import { convDirectWgsl } from "../shaders/conv2d-direct.js";
import { CONV_FETCH_WGSL, convPlainWgsl } from "../shaders/conv2d-plain.wgsl.js";
import type { Storage } from "../shaders/kernel.js";
import {
  type ConstantData,
  constant,
  cover,
  input,
  type KernelCall,
  type KernelTensor,
  kernelCall,
  OUTPUT,
} from "./kernel.js";
import type { Activation } from "./op.js";
import { channelBlocks, type Plane } from "./plane.js";

/** How a convolution is computed; plain data that a table or the tuner chooses. */
export type ConvVariant =
  | { readonly kind: "plain" }
  | {
      readonly kind: "direct";
      /** Pixels and channel blocks of one invocation. */
      readonly pixelsX: number;
      readonly pixelsY: number;
      readonly channelBlocks: number;
      readonly workgroupX: number;
      readonly workgroupY: number;
      readonly rows: "unrolled" | "looped";
    };

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
}

/** Two of the eight storage buffers hold weights and bias, one the output and two residuals. */
export const MAX_SOURCES = 3;

/** Channel blocks of the convolution itself: with a shuffle, whole blocks for each of its phases. */
export function convOutBlocks(outChannels: number, shuffle: number): number {
  return channelBlocks(outChannels / shuffle ** 2) * shuffle ** 2;
}

/** Output channel blocks that one invocation computes, and that weights are packed for. */
export function groupBlocks(variant: ConvVariant, outBlocks: number): number {
  if (variant.kind === "plain") return 1;
  return outBlocks % variant.channelBlocks === 0 ? variant.channelBlocks : 1;
}

/** Whether the variant can compute a convolution on input upsampled by `upsample`. */
export function supports(variant: ConvVariant, upsample: number): boolean {
  if (variant.kind === "plain" || upsample === 1) return true;
  // Taps are constant offsets only where an invocation's first pixel falls on a source pixel.
  return variant.pixelsX % upsample === 0 && variant.pixelsY % upsample === 0;
}

/** The dispatch of `spec` by `variant`. */
export function convKernel(
  variant: ConvVariant,
  spec: ConvSpec,
  storage: Storage,
  constants: { readonly weights: ConstantData; readonly affine: ConstantData },
): KernelCall {
  const { kernel, upsample, sources, residuals, shuffle, destination } = spec;
  const outBlocks = convOutBlocks(spec.outChannels, shuffle);
  const inBlocks = sources.reduce((sum, { blocks }) => sum + blocks, 0);
  const [width, height] = [destination.width / shuffle, destination.height / shuffle];
  const shared = {
    storage,
    bind: [
      constant("weights", "array<Block>", constants.weights),
      constant("affine", "array<vec4f>", constants.affine),
      ...sources.map((source, index) => input(`source${index}`, index, source)),
      OUTPUT,
      ...residuals.map((residual, index) => input(`residual${index}`, sources.length + index, residual)),
    ],
    planes: [destination, sources[0]!.plane, ...residuals.map((residual) => residual.plane)].map((plane) => ({
      plane,
    })),
  };
  const activation = activationOf(spec.activation);
  const epilogue = [ACTIVATION_WGSL[activation.kind], RESIDUAL_WGSL[residuals.length]!, convEpilogueWgsl];
  const epilogueConstants = {
    ALPHA: { f32: spec.alpha },
    SLOPE: { f32: activation.slope },
    SHUFFLE: { u32: shuffle },
    OUT_BLOCKS: { u32: outBlocks },
    ...Object.fromEntries(
      residuals.flatMap(({ beta, upsample: factor }, index) => [
        [`RESIDUAL${index}_BETA`, { f32: beta }],
        [`RESIDUAL${index}_UPSAMPLE`, { u32: factor }],
      ]),
    ),
  };
  if (variant.kind === "plain") {
    return kernelCall({
      ...shared,
      variant: "plain",
      constants: {
        ...epilogueConstants,
        KERNEL: { u32: kernel },
        UPSAMPLE: { u32: upsample },
        PAD: { u32: convReach(kernel, upsample) },
        IN_BLOCKS: { u32: inBlocks },
        SOURCE0_BLOCKS: { u32: sources[0]!.blocks },
        SOURCE1_BLOCKS: { u32: sources[1]?.blocks ?? 0 },
      },
      text: [...epilogue, CONV_FETCH_WGSL[sources.length - 1]!, convPlainWgsl],
      workgroups: cover(width, height, outBlocks, 16, 4),
    });
  }
  const blocks = groupBlocks(variant, outBlocks);
  const { pixelsX, pixelsY, workgroupX, workgroupY } = variant;
  return kernelCall({
    ...shared,
    variant: `direct ${pixelsX}x${pixelsY}x${blocks * 4} ${workgroupX}x${workgroupY} ${variant.rows}`,
    constants: epilogueConstants,
    text: [
      ...epilogue,
      convDirectWgsl({
        ...variant,
        // From kernel size 5 on, unrolled code passes a thousand multiply-adds.
        rows: kernel > 3 ? "looped" : variant.rows,
        kernel,
        upsample,
        channelBlocks: blocks,
        sources: sources.map((source) => source.blocks),
      }),
    ],
    workgroups: cover(width, height, outBlocks / blocks, pixelsX * workgroupX, pixelsY * workgroupY),
  });
}

/** How many source pixels a convolution reads beyond the picture. */
export function convReach(kernel: number, upsample: number): number {
  return Math.ceil((kernel - 1) / 2 / upsample);
}

/** The form of the activation in WGSL: a slope outside 0..1 is a PReLU whose slopes are all the same. */
function activationOf(activation: Activation): { kind: keyof typeof ACTIVATION_WGSL; slope: number } {
  if (activation.kind !== "leaky-relu") return { kind: activation.kind, slope: 0 };
  const { slope } = activation;
  if (slope === 0) return { kind: "relu", slope };
  return { kind: slope > 0 && slope <= 1 ? "leaky-relu" : "prelu", slope };
}

/** One slope for each output channel where the kernel reads slopes, else undefined. */
export function slopesOf(activation: Activation, outChannels: number): Float32Array | undefined {
  if (activation.kind === "prelu") return activation.slopes.floats();
  if (activationOf(activation).kind !== "prelu") return undefined;
  return new Float32Array(outChannels).fill((activation as { slope: number }).slope);
}
