// Owns some of a plan's dispatches on a device: only their pipelines are compiled, only their constants uploaded. The library's
// own executor always takes a whole plan.

import { type BufferRequest, createBuffers, MAP_READ, USAGE } from "../../src/gpu/buffers.js";
import { untilLost } from "../../src/gpu/device-loss.js";
import { type CompiledPipeline, compilePipeline } from "../../src/gpu/pipeline-cache.js";
import { WeightStore } from "../../src/gpu/weights.js";
import type { ExecutionPlan } from "../../src/plan/execution-plan.js";
import type { PlannedDispatch, PlannedResource } from "../../src/plan/runnable-plan.js";

export class Dispatches {
  private constructor(
    private readonly device: GPUDevice,
    readonly plan: ExecutionPlan,
    /** The dispatches of the plan, in order. */
    readonly planned: readonly PlannedDispatch[],
    private readonly pipelines: ReadonlyMap<number, CompiledPipeline>,
    private readonly bindGroups: readonly GPUBindGroup[],
    private readonly buffers: ReadonlyMap<number, GPUBuffer>,
    private readonly weights: WeightStore,
  ) {}

  /** @throws EsrganError "internal" where the device refuses a kernel, "out-of-memory", "device-lost" */
  static async create(
    device: GPUDevice,
    plan: ExecutionPlan,
    planned: readonly PlannedDispatch[],
  ): Promise<Dispatches> {
    const pipelines = new Map<number, CompiledPipeline>();
    for (const { pipeline } of planned) {
      if (pipelines.has(pipeline)) continue;
      pipelines.set(pipeline, await untilLost(device, compilePipeline(device, plan.pipelines[pipeline]!)));
    }
    const resources = planned.flatMap((dispatch) => dispatch.resources);
    const keys = new Set(resources.map((resource) => (resource.kind === "constant" ? resource.key : "")));
    const weights = new WeightStore(device);
    await weights.require(plan.constants.filter(({ key }) => keys.has(key)));
    const regions = plan.buffers.findIndex(({ role }) => role === "regions");
    const bufferOf = (resource: PlannedResource): number[] => {
      if (resource.kind === "region") return [regions];
      return resource.kind === "buffer" ? [resource.buffer] : [];
    };
    const indices = [...new Set(resources.flatMap(bufferOf))];
    const made = await createBuffers(
      device,
      indices.map((index) => requestFor(plan, index)),
    );
    const buffers = new Map(indices.map((index, at) => [index, made[at]!]));
    const uniforms = plan.buffers.findIndex(({ role }) => role === "uniforms");
    const uniformBuffer = buffers.get(uniforms);
    if (uniformBuffer) device.queue.writeBuffer(uniformBuffer, 0, plan.uniforms);
    const bind = (resource: PlannedResource): GPUBufferBinding => {
      if (resource.kind === "constant") return weights.binding(resource);
      const buffer = buffers.get(bufferOf(resource)[0]!)!;
      const offset = resource.kind === "buffer" ? resource.offset : 0;
      return { buffer, offset, size: resource.byteLength };
    };
    const bindGroups = planned.map(({ pipeline, resources: bound }) =>
      device.createBindGroup({
        layout: pipelines.get(pipeline)!.layout,
        entries: bound.map((resource, binding) => ({ binding, resource: bind(resource) })),
      }),
    );
    return new Dispatches(device, plan, planned, pipelines, bindGroups, buffers, weights);
  }

  /** Puts the dispatches into a pass: all of them, or the one at `index`. */
  record(pass: GPUComputePassEncoder, index?: number): void {
    const [from, to] = index === undefined ? [0, this.planned.length] : [index, index + 1];
    for (let at = from; at < to; at++) {
      const { pipeline, workgroups } = this.planned[at]!;
      pass.setPipeline(this.pipelines.get(pipeline)!.pipeline);
      const hasRegion = this.planned[at]!.resources.some(({ kind }) => kind === "region");
      pass.setBindGroup(0, this.bindGroups[at]!, hasRegion ? [0] : []);
      pass.dispatchWorkgroups(...workgroups);
    }
  }

  write(buffer: number, offset: number, data: ArrayBufferView<ArrayBuffer>): void {
    this.device.queue.writeBuffer(this.buffers.get(buffer)!, offset, data.buffer, data.byteOffset, data.byteLength);
  }

  writeRegion(words: Uint32Array<ArrayBuffer>): void {
    this.write(
      this.plan.buffers.findIndex(({ role }) => role === "regions"),
      0,
      words,
    );
  }

  /** Runs all dispatches once and reads a range of a buffer. */
  async run(buffer: number, offset: number, byteLength: number): Promise<ArrayBuffer> {
    const { device } = this;
    const [staging] = await createBuffers(device, [
      { label: "bench staging", byteLength, usage: USAGE.mapRead | USAGE.copyDst },
    ]);
    try {
      const encoder = device.createCommandEncoder({ label: "bench" });
      const pass = encoder.beginComputePass({ label: "bench" });
      this.record(pass);
      pass.end();
      encoder.copyBufferToBuffer(this.buffers.get(buffer)!, offset, staging!, 0, byteLength);
      device.queue.submit([encoder.finish()]);
      await untilLost(device, staging!.mapAsync(MAP_READ));
      return staging!.getMappedRange().slice(0);
    } finally {
      staging!.destroy();
    }
  }

  destroy(): void {
    for (const buffer of this.buffers.values()) buffer.destroy();
    this.weights.destroy();
  }
}

function requestFor(plan: ExecutionPlan, index: number): BufferRequest {
  const { label, role, byteLength } = plan.buffers[index]!;
  const usage =
    role === "uniforms" || role === "regions"
      ? USAGE.uniform | USAGE.copyDst
      : USAGE.storage | USAGE.copyDst | USAGE.copySrc;
  return { label: `bench ${label}`, byteLength, usage };
}
