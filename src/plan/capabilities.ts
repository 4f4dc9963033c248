// Owns what a plan needs to know of a device, as plain data. gpu/capabilities.ts fills it in.

import type { MatrixSize } from "../ops/conv2d-variants/variant.js";

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
  /** The most invocations of a subgroup; 0 without the feature "subgroups". */
  readonly subgroupMaxSize: number;
  /** Whether subgroups can be pinned to a size between those two (feature "subgroup-size-control"). */
  readonly subgroupSizeControl: boolean;
  /**
   * The matrices of halves that a subgroup multiplies and sums in f32; none without the feature
   * "chromium-experimental-subgroup-matrix".
   */
  readonly subgroupMatrices: readonly MatrixSize[];
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxWorkgroupsPerDimension: number;
}

/** A device with WebGPU's default limits and no features: everything must work on it. */
export const DEFAULT_CAPABILITIES: DeviceCapabilities = {
  kind: "gpu",
  vendor: "",
  architecture: "",
  description: "",
  shaderF16: false,
  subgroupMinSize: 0,
  subgroupMaxSize: 0,
  subgroupSizeControl: false,
  subgroupMatrices: [],
  maxBufferSize: 268_435_456,
  maxStorageBufferBindingSize: 134_217_728,
  maxWorkgroupsPerDimension: 65_535,
};
