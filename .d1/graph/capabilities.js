// Owns what a plan needs to know of a device, as plain data. gpu/capabilities.ts fills it in.
/** A device with WebGPU's default limits and no features: everything must work on it. */
export const DEFAULT_CAPABILITIES = {
    kind: "gpu",
    vendor: "",
    architecture: "",
    description: "",
    shaderF16: false,
    subgroupMinSize: 0,
    subgroups32: false,
    maxBufferSize: 268_435_456,
    maxStorageBufferBindingSize: 134_217_728,
    maxWorkgroupsPerDimension: 65_535,
};
