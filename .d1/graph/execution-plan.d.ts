import { type ConvForm, type ConvVariant } from "../ops/conv2d.kernels.js";
import { type ConstantData } from "../ops/kernel.js";
import { type KernelBinding, type Storage } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";
import type { FusedGraph } from "./fuse.js";
import { type MemoryPlan } from "./memory-plan.js";
import { type Tail } from "./tail.js";
import { type AxisTiles } from "./tile-plan.js";
/** How the picture comes and goes. `tensor` leaves both to the caller, who writes and reads the slots: tests do. */
export type PlanIo = {
    readonly kind: "tensor";
} | {
    readonly kind: "pixels";
    readonly bits: 8 | 16;
    readonly outBits: 8 | 16;
    /** The result is the luma. */
    readonly gray: boolean;
};
export interface PlanRequest {
    /** The size of the network's input. */
    readonly width: number;
    readonly height: number;
    readonly io: PlanIo;
    readonly storage: Storage;
    readonly device: DeviceCapabilities;
    /** Cuts the tail into so many windows, pixels out alone; by default one. Without a tail it does nothing. */
    readonly windows?: {
        readonly columns: number;
        readonly rows: number;
    };
    /** Overrides the choice by device where it gives a variant, which must support the form: tests and the tuner do. */
    readonly chooseConv?: (form: ConvForm) => ConvVariant | undefined;
}
export interface PlannedBuffer {
    readonly label: string;
    readonly role: "activations" | "picture-in" | "picture-out" | "staging" | "tables" | "uniforms" | "nothing";
    readonly byteLength: number;
}
/** A range of a planned buffer or of constant data. */
export type PlannedResource = {
    readonly kind: "buffer";
    readonly buffer: number;
    readonly offset: number;
    readonly byteLength: number;
} | {
    readonly kind: "constant";
    readonly key: string;
    readonly byteLength: number;
};
export interface PlannedDispatch {
    readonly node: string;
    readonly op: string;
    readonly variant: string;
    /** Index into `pipelines`. */
    readonly pipeline: number;
    readonly workgroups: readonly [number, number, number];
    /** In binding order. */
    readonly resources: readonly PlannedResource[];
    readonly flops: number;
    /** Bytes read and written if each value moved once. */
    readonly bytes: number;
}
export interface PlannedPipeline {
    readonly label: string;
    readonly code: string;
    readonly bindings: readonly KernelBinding[];
}
/** What can be put on a device and run. */
export interface RunnablePlan {
    readonly buffers: readonly PlannedBuffer[];
    readonly pipelines: readonly PlannedPipeline[];
    readonly dispatches: readonly PlannedDispatch[];
    readonly constants: readonly ConstantData[];
    /** The words of the uniform buffer, each dispatch's planes at a multiple of 256 bytes. */
    readonly uniforms: Uint32Array<ArrayBuffer>;
}
export interface ExecutionPlan extends RunnablePlan {
    readonly storage: Storage;
    /** Everything on the GPU while the plan runs, weights included. */
    readonly peakBytes: number;
    readonly weightBytes: number;
    readonly flops: number;
    /** Why these kernels: half a sentence. */
    readonly reason: string;
    readonly memory: MemoryPlan;
    /** Windows that the tail is computed in. */
    readonly windows: number;
    /** Where the network's input and output lie; the output has no slot where the last kernel stores pixels. */
    readonly input: PlannedResource & {
        kind: "buffer";
    };
    readonly output: (PlannedResource & {
        kind: "buffer";
    }) | undefined;
}
/** Bytes from one kernel's planes to the next: what offsets of uniform bindings must be multiples of. */
export declare const UNIFORM_ALIGN = 256;
/**
 * Plans `fused` for an input of the requested size.
 * @throws EsrganError "unsupported-device" naming the buffer, its size and the limit it passes
 */
export declare function planExecution(fused: FusedGraph, request: PlanRequest): ExecutionPlan;
/** The weightBytes of the plan, without making its convolutions' kernels: a third of the time. */
export declare function planWeightBytes(fused: FusedGraph, request: PlanRequest): number;
/** The windows of the tail along both axes, in pixels of the trunk, and the tail itself. */
export declare function tailWindows(fused: FusedGraph, { width, height, windows }: Pick<PlanRequest, "width" | "height" | "windows">): {
    readonly tail: Tail;
    readonly columns: AxisTiles;
    readonly rows: AxisTiles;
} | undefined;
/** Whether the last node can store its result as pixels: a convolution whose result is one block of channels. */
export declare function storesPixels({ graph, nodes }: FusedGraph): boolean;
/** Bytes a constant takes on the GPU: each starts at a multiple that bindings may have as their offset. */
export declare function constantBytes(data: ConstantData): number;
