import { type ProbedAdapter } from "./probe-drivers.js";
/** A WebGPU adapter that this machine has and that was seen to compute. */
export interface AdapterInfo extends ProbedAdapter {
    /** The Vulkan driver file it comes from; undefined on systems without Vulkan. */
    readonly driverFile: string | undefined;
}
/** The adapters of all drivers, in the drivers' order. @throws Error if the package webgpu is not installed, or SwiftShader's is damaged */
export declare function tryDrivers(): Promise<AdapterInfo[]>;
/** Where the package webgpu is. @throws Error if it is not installed */
export declare function webgpuUrl(): string;
