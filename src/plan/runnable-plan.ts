// Owns what runs on a device, as plain printable data: buffers, pipelines and dispatches.

import { EsrganError } from "../errors.js";
import type { ConstantData, KernelArgument } from "../ops/kernel.js";
import { roundUp } from "../ops/plane.js";
import type { Traffic } from "../ops/traffic.js";
import type { KernelBinding } from "../shaders/kernel.js";
import type { DeviceCapabilities } from "./capabilities.js";
import type { ConvKernel } from "./refused-kernels.js";

/** What a buffer is for. A plan has one of each, but for activations. */
export type BufferRole =
  | "activations"
  | "picture-in"
  | "picture-out"
  | "packed-out"
  | "staging"
  | "sums"
  | "overflows"
  | "tables"
  | "alpha-in"
  | "alpha-tables"
  | "regions"
  | "uniforms"
  | "nothing";

export interface PlannedBuffer {
  readonly label: string;
  readonly role: BufferRole;
  readonly byteLength: number;
}

/** What whoever runs the plan gives it: pictures that the plan does not own. */
export type GivenRole = "picture-in" | "packed-out" | "texture-in" | "texture-out";

/** A range of a planned buffer or of constant data, the uniform of the region at work, or what is given. */
export type PlannedResource =
  | {
      readonly kind: "buffer";
      readonly buffer: number;
      readonly offset: number;
      readonly byteLength: number;
    }
  | { readonly kind: "constant"; readonly key: string; readonly offset: number; readonly byteLength: number }
  | { readonly kind: "region"; readonly byteLength: number }
  | { readonly kind: "given"; readonly role: GivenRole; readonly byteLength: number };

export type PlannedRange = PlannedResource & { kind: "buffer" };

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
  /** Bytes that all invocations load and store; undefined where it is not counted, as for all but convolutions. */
  readonly traffic: Traffic | undefined;
}

export interface PlannedPipeline {
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly KernelBinding[];
  /** What it is a kernel of, where another one could take its place. */
  readonly conv?: ConvKernel | undefined;
}

/** A run of dispatches, from the one until the other. */
export interface DispatchRange {
  readonly from: number;
  readonly to: number;
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

/** What the buffers of a plan take together, without its constants. */
export function bytesOfBuffers(buffers: readonly PlannedBuffer[]): number {
  return buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Bytes from one kernel's uniform to the next: what offsets of uniform bindings must be multiples of. */
export const UNIFORM_ALIGN = 256;

const CONSTANT_ALIGN = 256;

/** Bytes a constant takes on the GPU: each starts at a multiple that bindings may have as their offset. */
export function constantBytes(data: ConstantData): number {
  return roundUp(data.byteLength, CONSTANT_ALIGN);
}

export function bytesOfConstants(constants: Iterable<ConstantData>): number {
  return [...constants].reduce((sum, data) => sum + constantBytes(data), 0);
}

/** A buffer of whole words. */
export function plannedBuffer(label: string, role: BufferRole, byteLength: number): PlannedBuffer {
  return { label, role, byteLength: roundUp(byteLength, 4) };
}

/** The role of the buffer behind an argument that is neither a tensor nor a constant. */
export const ROLE_OF_ARGUMENT = {
  "picture-in": "picture-in",
  "picture-out": "picture-out",
  "packed-out": "packed-out",
  sums: "sums",
  overflows: "overflows",
  tables: "tables",
  "alpha-in": "alpha-in",
  "alpha-tables": "alpha-tables",
  "texture-in": "texture-in",
  "texture-out": "texture-out",
} as const satisfies Partial<Record<KernelArgument["kind"], BufferRole | GivenRole>>;

/**
 * Refuses a plan that passes the device's limits.
 * @throws EsrganError "unsupported-device" naming the buffer, its size and the limit it passes
 */
export function requireFits(plan: RunnablePlan, device: DeviceCapabilities, what: string): void {
  for (const buffer of plan.buffers) {
    if (buffer.byteLength > device.maxBufferSize) {
      throw new EsrganError(
        "unsupported-device",
        `${what} needs a buffer of ${buffer.byteLength} bytes (${buffer.label}), this device allows ${device.maxBufferSize}`,
      );
    }
  }
  for (const dispatch of plan.dispatches) {
    for (const resource of dispatch.resources) {
      if (resource.byteLength > device.maxStorageBufferBindingSize) {
        throw new EsrganError(
          "unsupported-device",
          `${what} needs a storage binding of ${resource.byteLength} bytes for ${dispatch.node}, ` +
            `this device allows ${device.maxStorageBufferBindingSize}`,
        );
      }
    }
    const groups = Math.max(...dispatch.workgroups);
    if (groups > device.maxWorkgroupsPerDimension) {
      throw new EsrganError(
        "unsupported-device",
        `${what} needs ${groups} workgroups along one dimension for ${dispatch.node}, ` +
          `this device allows ${device.maxWorkgroupsPerDimension}`,
      );
    }
  }
}
