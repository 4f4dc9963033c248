// Owns the reading of a device's capabilities, and what is worth asking an adapter for.

import type { DeviceCapabilities } from "../plan/capabilities.js";

// Vulkan's and Direct3D's software implementations, by the names their adapters give.
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|warp|software/i;

/** What the planner needs to know of `device`. */
export function capabilitiesOf(device: GPUDevice): DeviceCapabilities {
  const { limits, features } = device;
  // Some implementations and mocks have no adapterInfo: the choices then fall to those for any GPU.
  const info: Partial<GPUAdapterInfo> = device.adapterInfo ?? {};
  const { vendor = "", architecture = "", description = "" } = info;
  const software = info.isFallbackAdapter === true || SOFTWARE.test(`${vendor} ${architecture} ${description}`);
  return {
    kind: software ? "software" : "gpu",
    vendor,
    architecture,
    description,
    shaderF16: features.has("shader-f16"),
    subgroupMinSize: features.has("subgroups") ? (info.subgroupMinSize ?? 0) : 0,
    subgroups32:
      features.has("subgroups") &&
      features.has("subgroup-size-control") &&
      (info.subgroupMinSize ?? Number.POSITIVE_INFINITY) <= 32 &&
      (info.subgroupMaxSize ?? 0) >= 32,
    maxBufferSize: limits.maxBufferSize,
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
  };
}

// The last is newer than TypeScript's DOM library.
const USED_FEATURES = ["shader-f16", "subgroups", "subgroup-size-control", "bgra8unorm-storage"] as GPUFeatureName[];

/** What to pass to `adapter.requestDevice`: only features and limits that this library makes use of. */
export function deviceRequirements(adapter: GPUAdapter): {
  requiredFeatures: GPUFeatureName[];
  requiredLimits: Record<string, number>;
} {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  return {
    requiredFeatures: USED_FEATURES.filter((name) => adapter.features.has(name)),
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  };
}

/** Whether this environment has a WebGPU adapter, and if not, why: one sentence. Never throws. */
export async function isSupported(): Promise<{ supported: boolean; reason: string }> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (!gpu) return { supported: false, reason: "This environment has no WebGPU (navigator.gpu is missing)" };
  try {
    const adapter = await gpu.requestAdapter();
    if (!adapter) return { supported: false, reason: "WebGPU is there but offers no adapter" };
    const { description, vendor } = adapter.info;
    return { supported: true, reason: `WebGPU adapter: ${description || vendor || "unnamed"}` };
  } catch (error) {
    return { supported: false, reason: `WebGPU refused to give an adapter: ${String(error)}` };
  }
}
