export interface DeviceCapabilities {
    /** "software" computes on the CPU: SwiftShader, lavapipe, WARP. */
    readonly kind: "gpu" | "software";
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    /** The feature "shader-f16". */
    readonly shaderF16: boolean;
    /** The fewest invocations of a subgroup; 0 without the feature "subgroups". */
    readonly subgroupMinSize: number;
    /** Whether subgroups can be pinned to 32 invocations: features "subgroups" and "subgroup-size-control". */
    readonly subgroups32: boolean;
    readonly maxBufferSize: number;
    readonly maxStorageBufferBindingSize: number;
    readonly maxWorkgroupsPerDimension: number;
}
/** A device with WebGPU's default limits and no features: everything must work on it. */
export declare const DEFAULT_CAPABILITIES: DeviceCapabilities;
