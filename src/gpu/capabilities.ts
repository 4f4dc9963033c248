// Owns the reading of a device's capabilities, and what is worth asking an adapter for.

import { EsrganError } from "../errors.js";
import type { MatrixSize } from "../ops/conv2d-variants/variant.js";
import { typeName } from "../options.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";

// Vulkan's and Direct3D's software implementations, by the names their adapters give.
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|warp|software/i;

// Mesa's driver for Apple's GPUs has Mesa's own vendor id, which Dawn takes for its software adapter's.
const HONEYKRISP = /honeykrisp/i;

// The last is newer than any typings.
type DeviceInfo = Partial<GPUAdapterInfo> & { readonly subgroupMatrixConfigs?: readonly SubgroupMatrixConfig[] };

/** As Dawn lists them. */
interface SubgroupMatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/**
 * What the planner needs to know of `device`. Dawn for Node lists the matrices of subgroups for an adapter alone: `info` is then the
 * adapter's.
 */
export function capabilitiesOf(device: GPUDevice, info: DeviceInfo = device.adapterInfo ?? {}): DeviceCapabilities {
  // Some implementations and mocks have no adapterInfo: the choices then fall to those for any GPU.
  const { limits, features } = device;
  const { description = "" } = info;
  const isHoneykrisp = HONEYKRISP.test(description);
  const { vendor = "", architecture = "" } = isHoneykrisp ? { vendor: "apple" } : info;
  const hasSubgroups = features.has("subgroups");
  return {
    kind: isSoftware(info) ? "software" : "gpu",
    vendor,
    architecture,
    description,
    shaderF16: features.has("shader-f16"),
    subgroupMinSize: hasSubgroups ? (info.subgroupMinSize ?? 0) : 0,
    subgroupMaxSize: hasSubgroups ? (info.subgroupMaxSize ?? 0) : 0,
    subgroupSizeControl: hasSubgroups && features.has("subgroup-size-control"),
    subgroupMatrices: features.has(SUBGROUP_MATRIX) ? matricesOf(info) : [],
    maxBufferSize: limits.maxBufferSize,
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
  };
}

/** @internal @throws EsrganError "bad-input" */
export function requireDevice(device: GPUDevice, what: string): void {
  if (typeof device?.createComputePipelineAsync === "function") return;
  throw new EsrganError("bad-input", `${what} takes a GPUDevice, got ${typeName(device)}`);
}

/** Whether an adapter computes on the CPU. */
export function isSoftware(info: Partial<GPUAdapterInfo>): boolean {
  const { vendor = "", architecture = "", description = "" } = info;
  const text = HONEYKRISP.test(description) ? description : `${vendor} ${architecture} ${description}`;
  return info.isFallbackAdapter === true || SOFTWARE.test(text);
}

/** The sizes of those of halves that are summed in f32. */
function matricesOf({ subgroupMatrixConfigs = [] }: DeviceInfo): MatrixSize[] {
  return subgroupMatrixConfigs
    .filter(({ componentType, resultComponentType }) => componentType === "f16" && resultComponentType === "f32")
    .map(({ M, N, K }) => ({ m: M, n: N, k: K }));
}

// An experiment of Dawn's, which no kernel that a device gets makes use of: who wants it asks for it.
const SUBGROUP_MATRIX = "chromium-experimental-subgroup-matrix";

// The last is newer than TypeScript's DOM library.
const USED_FEATURES = ["shader-f16", "subgroups", "subgroup-size-control", "bgra8unorm-storage"] as GPUFeatureName[];

/**
 * What to pass to `adapter.requestDevice`: only features and limits that this library makes use of.
 * @example
 * const adapter = await navigator.gpu.requestAdapter();
 * const device = await adapter.requestDevice(deviceRequirements(adapter));
 * @throws EsrganError "bad-input" without an adapter
 */
export function deviceRequirements(adapter: GPUAdapter): {
  /** Of those that kernels can use, what the adapter has. */
  requiredFeatures: GPUFeatureName[];
  /** The largest buffers and bindings that the adapter allows, in bytes. */
  requiredLimits: Record<string, number>;
} {
  if (typeof adapter?.features?.has !== "function" || !adapter.limits) {
    throw new EsrganError("bad-input", `deviceRequirements takes a GPUAdapter, got ${typeName(adapter)}`);
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  return {
    requiredFeatures: USED_FEATURES.filter((name) => adapter.features.has(name)),
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  };
}
