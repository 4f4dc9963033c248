// Owns the kernels that keep a device busy in a known way: multiply-adds in registers, and copying. They measure what a device
// can do at best, and check its clock.

import { createBuffers, USAGE } from "../../src/gpu/buffers.js";
import { compilePipeline } from "../../src/gpu/pipeline-cache.js";
import type { KernelBinding } from "../../src/shaders/kernel.js";
import { noise } from "./random.js";

/** A kernel with its operands. */
export interface Spinner {
  readonly flops: number;
  readonly bytes: number;
  /** Records `repeats` dispatches. */
  record(pass: GPUComputePassEncoder, repeats: number): void;
  destroy(): void;
}

const GROUP = 64;
const TRIPS = 128;
const STEPS = 16;

export interface SpinShape {
  readonly type: "f32" | "f16";
  /** Independent chains of vec4 multiply-adds: more hide more latency and take more registers. */
  readonly accumulators: number;
  readonly invocations: number;
}

/** Multiply-adds of vec4 in registers, each a product and a sum as the convolutions write them. */
export async function spinner(device: GPUDevice, { type, accumulators, invocations }: SpinShape): Promise<Spinner> {
  const chains = Array.from({ length: accumulators }, (_, a) => `a${a}`);
  const steps = Array.from({ length: STEPS }, () => chains.map((a) => `${a} = ${a} * m + b;`).join(" "));
  const code = `${type === "f16" ? "enable f16;" : ""}
alias Vec = vec4<${type}>;
@group(0) @binding(0) var<storage, read_write> data: array<vec4f>;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let start = Vec(data[id.x]);
  let m = Vec(0.5) + start * Vec(0.25);
  let b = Vec(data[id.x].wzyx);
${chains.map((a, i) => `  var ${a} = start + Vec(${i});`).join("\n")}
  for (var i = 0u; i < ${TRIPS}u; i++) {
    ${steps.join("\n    ")}
  }
  data[id.x] = vec4f(${chains.join(" + ")}) * 0.001;
}`;
  const data = noise(invocations * 4, 1);
  const bindings: KernelBinding[] = [{ name: "data", access: "read_write", type: "array<vec4f>" }];
  const { pipeline, bindGroup, buffers } = await prepare(device, `spin ${type} x${accumulators}`, code, bindings, [
    data.byteLength,
  ]);
  device.queue.writeBuffer(buffers[0]!, 0, data as Float32Array<ArrayBuffer>);
  return {
    flops: invocations * accumulators * TRIPS * STEPS * 4 * 2,
    bytes: 2 * data.byteLength,
    record: (pass, repeats) => record(pass, pipeline, bindGroup, invocations / GROUP, repeats),
    destroy: () => buffers[0]!.destroy(),
  };
}

const MAX_GROUPS = 65_535;
const COPY_GROUP = 256;

/** Copies `byteLength` bytes from one buffer to another. */
export async function copier(device: GPUDevice, byteLength: number): Promise<Spinner> {
  const vectors = Math.floor(byteLength / 16);
  const groups = Math.min(Math.ceil(vectors / COPY_GROUP), MAX_GROUPS);
  // Neighbouring invocations at neighbouring addresses, as many trips as it takes.
  const code = `
@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4f>;
@compute @workgroup_size(${COPY_GROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var i = id.x; i < ${vectors}u; i += ${groups * COPY_GROUP}u) { target_[i] = source[i]; }
}`;
  const bindings: KernelBinding[] = [
    { name: "source", access: "read", type: "array<vec4f>" },
    { name: "target_", access: "read_write", type: "array<vec4f>" },
  ];
  const { pipeline, bindGroup, buffers } = await prepare(device, "copy", code, bindings, [vectors * 16, vectors * 16]);
  device.queue.writeBuffer(buffers[0]!, 0, noise(vectors * 4, 2) as Float32Array<ArrayBuffer>);
  return {
    flops: 0,
    bytes: 2 * vectors * 16,
    record: (pass, repeats) => record(pass, pipeline, bindGroup, groups, repeats),
    destroy: () => {
      for (const buffer of buffers) buffer.destroy();
    },
  };
}

async function prepare(
  device: GPUDevice,
  label: string,
  code: string,
  bindings: readonly KernelBinding[],
  byteLengths: readonly number[],
) {
  const { pipeline, layout } = await compilePipeline(device, { label: `bench ${label}`, code, bindings });
  const usage = USAGE.storage | USAGE.copyDst | USAGE.copySrc;
  const buffers = await createBuffers(
    device,
    byteLengths.map((byteLength) => ({ label: `bench ${label}`, byteLength, usage })),
  );
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  return { pipeline, buffers, bindGroup: device.createBindGroup({ layout, entries }) };
}

function record(
  pass: GPUComputePassEncoder,
  pipeline: GPUComputePipeline,
  bindGroup: GPUBindGroup,
  groups: number,
  repeats: number,
): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(groups);
}
