import type { MathType, Storage } from "../shaders/kernel.js";
import { type ConstantData, type KernelCall, type KernelTensor } from "./kernel.js";
import type { Activation } from "./op.js";
import { type Plane } from "./plane.js";
import { type PictureStore } from "./small.kernels.js";
/** The workgroup of a variant, and the size its subgroups are pinned to, if they are. */
export interface WorkgroupShape {
    readonly workgroupX: number;
    readonly workgroupY: number;
    /** Needs the features "subgroups" and "subgroup-size-control", and a workgroupX that is a multiple of it. */
    readonly subgroup?: 32;
}
/** How a convolution is computed; plain data that a table or the tuner chooses. `math` "f16" needs f16 storage. */
export type ConvVariant = {
    readonly kind: "plain";
} | (WorkgroupShape & {
    readonly kind: "direct";
    /** Pixels and channel blocks of one invocation. */
    readonly pixelsX: number;
    readonly pixelsY: number;
    readonly channelBlocks: number;
    readonly rows: "unrolled" | "looped";
    readonly math: MathType;
}) | (WorkgroupShape & {
    /** Lanes of a subgroup share weights: for adapters that load value by value. See shaders/conv2d-shared.ts. */
    readonly kind: "shared";
    readonly pixelsX: number;
    readonly pixelsY: number;
    readonly channelBlocks: number;
    readonly rows: "window" | "rolling";
    readonly math: "f32";
    /** Needs the feature "subgroups", with at least as many invocations in each. */
    readonly lanes: 4 | 8;
}) | (WorkgroupShape & {
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
export declare const MAX_SOURCES = 3;
/** Channel blocks of the convolution itself: with a shuffle, whole blocks for each of its phases. */
export declare function convOutBlocks(outChannels: number, shuffle: number): number;
/** What of a convolution decides which variants can compute it and how its weights are packed. */
export type ConvForm = Pick<ConvSpec, "kernel" | "upsample" | "shuffle">;
/** How weights are transformed when they are packed. "fold2" makes four 2x2 kernels of a 3x3 one, see DirectShape.folded. */
export type WeightTransform = "none" | "winograd" | "fold2";
/** Whether the variant can compute convolutions of this form with this storage. */
export declare function supports(variant: ConvVariant, form: ConvForm, storage: Storage): boolean;
/** How a variant wants the weights. */
export interface WeightOrder {
    readonly transform: WeightTransform;
    /** Output channel blocks whose weights lie side by side. */
    readonly groupBlocks: number;
    /** What a vector of four weights counts. */
    readonly vector: "outputs" | "inputs";
}
export declare function packingOf(variant: ConvVariant, form: ConvForm, outBlocks: number): WeightOrder;
/** How many operands a pipeline has room for. */
export interface OperandCounts {
    readonly sources: number;
    readonly residuals: number;
}
/**
 * A name that convolutions share which one pipeline can serve, with room for the most operands of any; undefined if there are none like it.
 * Software adapters compile for seconds, so their kernels read numbers from the uniform; GPUs gain from constants.
 */
export declare function pipelineClass(variant: ConvVariant, spec: Omit<ConvSpec, "sources" | "destination">): string | undefined;
/** The dispatch of `spec` by `variant`, in a pipeline of its class with `room` for operands, or in one of its own. */
export declare function convKernel(variant: ConvVariant, spec: ConvSpec, storage: Storage, constants: {
    readonly weights: ConstantData;
    readonly affine: ConstantData;
}, room?: OperandCounts): KernelCall;
/** How many source pixels a convolution reads beyond the picture. */
export declare function convReach(kernel: number, upsample: number): number;
/** One slope for each output channel where the kernel reads slopes, else undefined. */
export declare function slopesOf(activation: Activation): Float32Array | undefined;
