import type { DeviceCapabilities } from "../graph/capabilities.js";
/** What the planner needs to know of `device`. */
export declare function capabilitiesOf(device: GPUDevice): DeviceCapabilities;
/** What to pass to `adapter.requestDevice`: only features and limits that this library makes use of. */
export declare function deviceRequirements(adapter: GPUAdapter): {
    requiredFeatures: GPUFeatureName[];
    requiredLimits: Record<string, number>;
};
/** Whether this environment has a WebGPU adapter, and if not, why: one sentence. Never throws. */
export declare function isSupported(): Promise<{
    supported: boolean;
    reason: string;
}>;
