// Owns the reading of a device's capabilities, and what is worth asking an adapter for.

import type { DeviceCapabilities } from "../plan/capabilities.js";

// Vulkan's and Direct3D's software implementations, by the names their adapters give.
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|warp|software/i;

// Mesa's driver for Apple's GPUs has Mesa's own vendor id, which Dawn takes for its software adapter's.
const HONEYKRISP = /honeykrisp/i;

/** What the planner needs to know of `device`. */
export function capabilitiesOf(device: GPUDevice): DeviceCapabilities {
  const { limits, features } = device;
  // Some implementations and mocks have no adapterInfo: the choices then fall to those for any GPU.
  const info: Partial<GPUAdapterInfo> = device.adapterInfo ?? {};
  const { description = "" } = info;
  const isHoneykrisp = HONEYKRISP.test(description);
  const { vendor = "", architecture = "" } = isHoneykrisp ? { vendor: "apple" } : info;
  const hasSubgroups = features.has("subgroups");
  const software = info.isFallbackAdapter === true || SOFTWARE.test(`${vendor} ${architecture} ${description}`);
  return {
    kind: software ? "software" : "gpu",
    vendor,
    architecture,
    description,
    shaderF16: features.has("shader-f16"),
    subgroupMinSize: hasSubgroups ? (info.subgroupMinSize ?? 0) : 0,
    subgroupMaxSize: hasSubgroups ? (info.subgroupMaxSize ?? 0) : 0,
    subgroupSizeControl: hasSubgroups && features.has("subgroup-size-control"),
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
