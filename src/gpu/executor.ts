// Owns a plan on a device: its buffers and bind groups, and the only place that encodes compute passes.

import type { PlannedBuffer, PlannedResource, RunnablePlan } from "../plan/execution-plan.js";
import { createBuffers, MAP_READ, USAGE } from "./buffers.js";
import { untilLost } from "./device-loss.js";
import { type CompiledPipeline, compilePipeline } from "./pipeline-cache.js";
import type { WeightStore } from "./weights.js";

export interface RunOptions {
  /** Called before each submit; what it throws stops the run. */
  readonly checkpoint?: (() => void) | undefined;
  /** Called after each submit with the work done and in total, in dispatches weighed by their FLOPs. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const USAGES: { readonly [R in PlannedBuffer["role"]]: number } = {
  activations: USAGE.storage | USAGE.copyDst | USAGE.copySrc,
  "picture-in": USAGE.storage | USAGE.copyDst,
  "picture-out": USAGE.storage | USAGE.copyDst | USAGE.copySrc,
  staging: USAGE.mapRead | USAGE.copyDst,
  tables: USAGE.storage | USAGE.copyDst,
  uniforms: USAGE.uniform | USAGE.copyDst,
  nothing: USAGE.storage,
};

// A submit should keep a GPU busy for about this long: long enough to hide the overhead, short enough for other users of
// the GPU and for cancelling, with another one waiting behind it.
const SUBMIT_MS = 50;

// The first submit's work, before any was measured: 0.1 ms on a fast GPU, 0.1 s on a slow software adapter.
const FIRST_SUBMIT_FLOPS = 1e8;

// What a dispatch costs beside its arithmetic, as FLOPs, so that many small ones are not one submit.
const DISPATCH_FLOPS = 2e7;

// What was computed only has to be copied. A device that has not done that by now never will: a driver hangs, or a page
// was put to sleep for good.
const READ_LIMIT_MS = 60_000;

// A submit may take long on a software adapter that others keep busy, but not for ever.
const SUBMIT_LIMIT_MS = 600_000;

interface Submit {
  readonly start: number;
  readonly end: Promise<unknown>;
  readonly cost: number;
}

/** A plan ready to run: pipelines compiled, buffers made, weights uploaded. */
export class PreparedPlan<P extends RunnablePlan = RunnablePlan> {
  readonly #costs: readonly number[];
  readonly #totalCost: number;
  #flopsPerMs = FIRST_SUBMIT_FLOPS / SUBMIT_MS;

  private constructor(
    readonly plan: P,
    private readonly device: GPUDevice,
    private readonly pipelines: readonly CompiledPipeline[],
    private readonly buffers: readonly GPUBuffer[],
    private readonly bindGroups: readonly GPUBindGroup[],
  ) {
    this.#costs = plan.dispatches.map(({ flops }) => flops + DISPATCH_FLOPS);
    this.#totalCost = this.#costs.reduce((sum, cost) => sum + cost, 0);
  }

  /**
   * Compiles the pipelines in parallel, uploads missing weights meanwhile, and makes the buffers.
   * @throws EsrganError "out-of-memory", "device-lost" or "internal"
   */
  static async create<P extends RunnablePlan>(
    device: GPUDevice,
    plan: P,
    weights: WeightStore,
  ): Promise<PreparedPlan<P>> {
    const compiling = untilLost(
      device,
      Promise.all(plan.pipelines.map((pipeline) => compilePipeline(device, pipeline))),
    );
    compiling.catch(() => {}); // it may fail before anybody waits for it
    await untilLost(device, weights.require(plan.constants)); // packed while others compile
    const pipelines = await compiling;
    const requests = plan.buffers.map(({ label, role, byteLength }) => ({ label, byteLength, usage: USAGES[role] }));
    const buffers = await untilLost(device, createBuffers(device, requests));
    try {
      const uniforms = plan.buffers.findIndex(({ role }) => role === "uniforms");
      device.queue.writeBuffer(buffers[uniforms]!, 0, plan.uniforms);
      const bind = (resource: PlannedResource): GPUBufferBinding =>
        resource.kind === "constant"
          ? weights.binding(resource.key, resource.byteLength)
          : { buffer: buffers[resource.buffer]!, offset: resource.offset, size: resource.byteLength };
      const bindGroups = plan.dispatches.map(({ node, pipeline, resources }) =>
        device.createBindGroup({
          label: `esrgan-webgpu ${node}`,
          layout: pipelines[pipeline]!.layout,
          entries: resources.map((resource, binding) => ({ binding, resource: bind(resource) })),
        }),
      );
      return new PreparedPlan(plan, device, pipelines, buffers, bindGroups);
    } catch (error) {
      // The weights may have been freed in the meantime.
      for (const buffer of buffers) buffer.destroy();
      throw error;
    }
  }

  /** The buffer of a role; `activations` are asked for by index. */
  buffer(role: Exclude<PlannedBuffer["role"], "activations">): GPUBuffer {
    return this.buffers[this.plan.buffers.findIndex((buffer) => buffer.role === role)]!;
  }

  slot(index: number): GPUBuffer {
    return this.buffers[index]!;
  }

  /** Records the dispatches from `from` until `to`; submits nothing. */
  encode(encoder: GPUCommandEncoder, from = 0, to = this.plan.dispatches.length): void {
    const pass = encoder.beginComputePass({ label: "esrgan-webgpu" });
    let current = -1;
    for (let index = from; index < to; index++) {
      const { pipeline, workgroups } = this.plan.dispatches[index]!;
      if (pipeline !== current) pass.setPipeline(this.pipelines[pipeline]!.pipeline);
      current = pipeline;
      pass.setBindGroup(0, this.bindGroups[index]!);
      pass.dispatchWorkgroups(...workgroups);
    }
    pass.end();
  }

  /**
   * Runs every dispatch, in submits of about 50 ms each by the speed measured so far, one of them waiting behind the one that
   * runs: the device is never idle, and never has more before it than a tenth of a second.
   * @throws what the checkpoint throws; EsrganError "device-lost", also where a submit does not end
   */
  async run({ checkpoint, onProgress }: RunOptions = {}): Promise<void> {
    const count = this.plan.dispatches.length;
    let done = 0;
    let lastEnd = 0;
    const finish = async (submit: Submit) => {
      await submit.end;
      const now = performance.now();
      // Speed is followed with a bound, so that one odd measurement cannot make a submit of seconds.
      const measured = submit.cost / Math.max(now - Math.max(submit.start, lastEnd), 0.1);
      this.#flopsPerMs = Math.min(Math.max(measured, this.#flopsPerMs / 4), this.#flopsPerMs * 4);
      lastEnd = now;
      done += submit.cost;
      onProgress?.(done, this.#totalCost);
    };
    let running: Submit | undefined;
    for (let from = 0; from < count; ) {
      checkpoint?.();
      let cost = this.#costs[from]!;
      let to = from + 1;
      const budget = this.#flopsPerMs * SUBMIT_MS;
      while (to < count && cost + this.#costs[to]! <= budget) cost += this.#costs[to++]!;
      const next = this.#submit(from, to, cost);
      if (running) await finish(running);
      running = next;
      from = to;
    }
    if (running) await finish(running);
  }

  #submit(from: number, to: number, cost: number): Submit {
    const start = performance.now();
    const encoder = this.device.createCommandEncoder({ label: "esrgan-webgpu" });
    this.encode(encoder, from, to);
    this.device.queue.submit([encoder.finish()]);
    const limit = { ms: SUBMIT_LIMIT_MS, what: "the end of a submit" };
    const end = untilLost(this.device, this.device.queue.onSubmittedWorkDone(), limit);
    // Nobody waits for it where the run is stopped.
    end.catch(() => {});
    return { start, end, cost };
  }

  /** Writes the picture to read, its header to write, or tables, from their first byte on. */
  write(role: "picture-in" | "picture-out" | "tables", data: ArrayBufferView<ArrayBuffer>): void {
    this.device.queue.writeBuffer(this.buffer(role), 0, data.buffer, data.byteOffset, data.byteLength);
  }

  /**
   * Reads the whole picture that was written, header and all.
   * @throws EsrganError "device-lost"
   */
  readPicture(): Promise<ArrayBuffer> {
    const out = this.buffer("picture-out");
    return this.read(out, 0, this.buffer("staging"), out.size);
  }

  /**
   * Reads `byteLength` bytes of `source` through `staging`, which must be as large.
   * @throws EsrganError "device-lost", also where the result does not come
   */
  async read(source: GPUBuffer, offset: number, staging: GPUBuffer, byteLength: number): Promise<ArrayBuffer> {
    const encoder = this.device.createCommandEncoder({ label: "esrgan-webgpu read" });
    encoder.copyBufferToBuffer(source, offset, staging, 0, byteLength);
    this.device.queue.submit([encoder.finish()]);
    await untilLost(this.device, staging.mapAsync(MAP_READ, 0, byteLength), {
      ms: READ_LIMIT_MS,
      what: `a result of ${byteLength} bytes`,
    });
    const copy = staging.getMappedRange(0, byteLength).slice(0);
    staging.unmap();
    return copy;
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
  }
}
