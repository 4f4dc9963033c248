import { type ConvForm, type ConvVariant } from "../ops/conv2d.kernels.js";
import type { Storage } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";
export type Precision = "f32" | "f16";
export interface PrecisionChoice {
    readonly precision: Precision;
    readonly storage: Storage;
    /** Why this precision: half a sentence. */
    readonly why: string;
}
export interface KernelRule {
    readonly when: (device: DeviceCapabilities, storage: Storage, flops: number) => boolean;
    /** Best first; the first that can compute a convolution does. The plain kernel stands behind them all. */
    readonly variants: readonly ConvVariant[];
    readonly reason: string;
}
/** The first rule that holds gives the variants. Those of one device pack weights alike, so that one copy serves them all. */
export declare const CONV_RULES: readonly KernelRule[];
export declare function choosePrecision(requested: "auto" | Precision, device: DeviceCapabilities): PrecisionChoice;
/** Whether the device has what the variant needs beside the storage. Kernels that share weights spill on every GPU. */
export declare function canRun(variant: ConvVariant, device: DeviceCapabilities): boolean;
/** The variant for convolutions of this form, in a network of `flops` at the picture's size. */
export declare function chooseConv(device: DeviceCapabilities, form: ConvForm, storage: Storage, flops: number): ConvVariant;
/** Why those variants. */
export declare function kernelReason(device: DeviceCapabilities, storage: Storage, flops: number): string;
