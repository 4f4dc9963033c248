// Owns a plan on a device: its buffers and bind groups, and the only place that encodes compute passes.

import { PICTURE_HEADER_BYTES } from "../ops/picture.kernels.js";
import {
  type BufferRole,
  type DispatchRange,
  type GivenRole,
  type PlannedResource,
  type RunnablePlan,
  UNIFORM_ALIGN,
} from "../plan/runnable-plan.js";
import { NEVER } from "../weights/stop.js";
import { createBuffers, flushWrites, MAP_READ, USAGE } from "./buffers.js";
import { answered } from "./device-loss.js";
import { type CompiledPipeline, compilePipelines } from "./pipeline-cache.js";
import type { WeightStore } from "./weights.js";

/** The pictures that a plan is given: textures, or buffers that others own. */
export type GivenPictures = { readonly [R in GivenRole]?: GPUBindingResource };

/** Bind groups of the dispatches that touch what is given, by their index. */
export type BoundPictures = ReadonlyMap<number, GPUBindGroup>;

/** Which dispatches run, on which region, and between which pictures. By default all of them. */
export interface RunTarget {
  readonly range?: DispatchRange | undefined;
  readonly region?: number | undefined;
  readonly pictures?: BoundPictures | undefined;
}

export interface RunOptions extends RunTarget {
  /** Called before each submit; what it throws stops the run. */
  readonly checkpoint?: (() => void) | undefined;
  /** Called after each submit with the work done and in total, in dispatches weighed by their FLOPs. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const USAGES: { readonly [R in BufferRole]: number } = {
  activations: USAGE.storage | USAGE.copyDst | USAGE.copySrc,
  "picture-in": USAGE.storage | USAGE.copyDst,
  "picture-out": USAGE.storage | USAGE.copyDst | USAGE.copySrc,
  "packed-out": USAGE.storage | USAGE.copyDst | USAGE.copySrc,
  staging: USAGE.mapRead | USAGE.copyDst,
  sums: USAGE.storage | USAGE.copySrc,
  overflows: USAGE.storage | USAGE.copySrc | USAGE.copyDst,
  tables: USAGE.storage | USAGE.copyDst,
  "alpha-in": USAGE.storage | USAGE.copyDst,
  "alpha-tables": USAGE.storage | USAGE.copyDst,
  regions: USAGE.uniform | USAGE.copyDst,
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

/** A few milliseconds of copying. */
const READ_BYTES = 2 ** 22;

// A submit may take long on a software adapter that others keep busy, but not for ever.
const SUBMIT_LIMIT_MS = 600_000;

interface Submit {
  readonly start: number;
  readonly end: Promise<unknown>;
  readonly cost: number;
}

/** A dispatch as it is recorded. */
interface RecordedStep {
  readonly pipeline: GPUComputePipeline;
  /** Undefined: it comes with the pictures. */
  readonly group: GPUBindGroup | undefined;
  readonly workgroups: readonly [number, number, number];
  readonly isOfRegion: boolean;
}

const FLAGGED: readonly BufferRole[] = ["picture-out", "packed-out"];

/** A plan ready to run: pipelines compiled, buffers made, weights uploaded. */
export class PreparedPlan<P extends RunnablePlan = RunnablePlan> {
  readonly #costs: readonly number[];
  readonly #steps: readonly RecordedStep[];
  /** Buffers whose headers are cleared before a run. */
  readonly #flagged: readonly GPUBuffer[];
  #flopsPerMs = FIRST_SUBMIT_FLOPS / SUBMIT_MS;

  private constructor(
    readonly plan: P,
    private readonly device: GPUDevice,
    private readonly pipelines: readonly CompiledPipeline[],
    private readonly buffers: readonly GPUBuffer[],
    private readonly bind: (resource: PlannedResource) => GPUBindingResource,
    private readonly bindGroups: readonly (GPUBindGroup | undefined)[],
  ) {
    this.#costs = plan.dispatches.map(({ flops }) => flops + DISPATCH_FLOPS);
    // Computed once: recording is part of a frame of the caller's.
    this.#steps = plan.dispatches.map(({ pipeline, workgroups, resources }, index) => ({
      pipeline: pipelines[pipeline]!.pipeline,
      group: bindGroups[index],
      workgroups,
      isOfRegion: resources.some(({ kind }) => kind === "region"),
    }));
    this.#flagged = buffers.filter((_, index) => FLAGGED.includes(plan.buffers[index]!.role));
  }

  /**
   * Compiles the pipelines in parallel, uploads missing weights meanwhile, and makes the buffers.
   * @throws KernelRefused, EsrganError "out-of-memory", "device-lost" or "internal"; what stops it
   */
  static async create<P extends RunnablePlan>(
    device: GPUDevice,
    plan: P,
    weights: WeightStore,
    stop = NEVER,
  ): Promise<PreparedPlan<P>> {
    const compiling = compilePipelines(device, plan.pipelines, { stop });
    compiling.catch(() => {}); // it may fail before anybody waits for it
    await weights.require(plan.constants, stop); // packed while others compile
    const pipelines = await compiling;
    const requests = plan.buffers.map(({ label, role, byteLength }) => ({ label, byteLength, usage: USAGES[role] }));
    const buffers = await createBuffers(device, requests);
    try {
      const uniforms = plan.buffers.findIndex(({ role }) => role === "uniforms");
      if (uniforms >= 0) {
        device.queue.writeBuffer(buffers[uniforms]!, 0, plan.uniforms);
        flushWrites(device);
      }
      const regions = plan.buffers.findIndex(({ role }) => role === "regions");
      const bind = (resource: PlannedResource): GPUBindingResource => {
        if (resource.kind === "constant") return weights.binding(resource);
        if (resource.kind === "region") return { buffer: buffers[regions]!, size: resource.byteLength };
        if (resource.kind === "given") throw new Error(`${resource.role} was not given`);
        return { buffer: buffers[resource.buffer]!, offset: resource.offset, size: resource.byteLength };
      };
      const bindGroups = plan.dispatches.map(({ node, pipeline, resources }) => {
        if (resources.some(({ kind }) => kind === "given")) return undefined;
        const entries = resources.map((resource, binding) => ({ binding, resource: bind(resource) }));
        return device.createBindGroup({
          label: `esrgan-webgpu ${node}`,
          layout: pipelines[pipeline]!.layout,
          entries,
        });
      });
      return new PreparedPlan(plan, device, pipelines, buffers, bind, bindGroups);
    } catch (error) {
      // The weights may have been freed in the meantime.
      for (const buffer of buffers) buffer.destroy();
      throw error;
    }
  }

  /** The buffer of a role, of which there is one. */
  buffer(role: Exclude<BufferRole, "activations">): GPUBuffer {
    const found = this.buffers[this.plan.buffers.findIndex((buffer) => buffer.role === role)];
    if (!found) throw new Error(`the plan has no ${role}`);
    return found;
  }

  /** Makes the bind groups of the dispatches that read or store what is given. */
  bindPictures(given: GivenPictures): BoundPictures {
    const groups = new Map<number, GPUBindGroup>();
    this.plan.dispatches.forEach(({ node, pipeline, resources }, index) => {
      if (this.bindGroups[index]) return;
      const entries = resources.map((resource, binding) => ({
        binding,
        resource: (resource.kind === "given" && given[resource.role]) || this.bind(resource),
      }));
      const { layout } = this.pipelines[pipeline]!;
      groups.set(index, this.device.createBindGroup({ label: `esrgan-webgpu ${node}`, layout, entries }));
    });
    return groups;
  }

  slot(index: number): GPUBuffer {
    return this.buffers[index]!;
  }

  /** Records the dispatches of a run; where they are its first, the flags of the run before are cleared. Submits nothing. */
  encode(
    encoder: GPUCommandEncoder,
    { range = this.#all, region = 0, pictures }: RunTarget = {},
    isStart = true,
  ): void {
    if (isStart) {
      for (const buffer of this.#flagged) encoder.clearBuffer(buffer, 0, PICTURE_HEADER_BYTES);
    }
    const pass = encoder.beginComputePass({ label: "esrgan-webgpu" });
    const offset = [region * UNIFORM_ALIGN];
    let current: GPUComputePipeline | undefined;
    for (let index = range.from; index < range.to; index++) {
      const { pipeline, group = pictures?.get(index), workgroups, isOfRegion } = this.#steps[index]!;
      if (pipeline !== current) pass.setPipeline(pipeline);
      current = pipeline;
      if (!group) throw new Error("a dispatch was not given its pictures");
      if (isOfRegion) pass.setBindGroup(0, group, offset);
      else pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    }
    pass.end();
  }

  get #all(): DispatchRange {
    return { from: 0, to: this.plan.dispatches.length };
  }

  /**
   * Runs every dispatch, in submits of about 50 ms each by the speed measured so far, one of them waiting behind the one that
   * runs: the device is never idle, and never has more before it than a tenth of a second.
   * @throws what the checkpoint throws; EsrganError "device-lost", also where a submit does not end
   */
  async run({ checkpoint, onProgress, ...target }: RunOptions = {}): Promise<void> {
    const range = target.range ?? this.#all;
    const totalCost = this.#costs.slice(range.from, range.to).reduce((sum, cost) => sum + cost, 0);
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
      onProgress?.(done, totalCost);
    };
    let running: Submit | undefined;
    for (let from = range.from; from < range.to; ) {
      checkpoint?.();
      let cost = this.#costs[from]!;
      let to = from + 1;
      const budget = this.#flopsPerMs * SUBMIT_MS;
      while (to < range.to && cost + this.#costs[to]! <= budget) cost += this.#costs[to++]!;
      const next = this.#submit({ ...target, range: { from, to } }, cost, from === range.from);
      if (running) await finish(running);
      running = next;
      from = to;
    }
    if (running) await finish(running);
  }

  #submit(target: RunTarget, cost: number, isStart: boolean): Submit {
    const start = performance.now();
    const encoder = this.device.createCommandEncoder({ label: "esrgan-webgpu" });
    this.encode(encoder, target, isStart);
    this.device.queue.submit([encoder.finish()]);
    const { device } = this;
    const end = answered(device, "the end of a submit", () => device.queue.onSubmittedWorkDone(), SUBMIT_LIMIT_MS);
    // Nobody waits for it where the run is stopped.
    end.catch(() => {});
    return { start, end, cost };
  }

  /** Writes a buffer from its first byte on. */
  write(
    role: "picture-in" | "alpha-in" | "tables" | "alpha-tables" | "regions",
    data: ArrayBufferView<ArrayBuffer>,
  ): void {
    this.device.queue.writeBuffer(this.buffer(role), 0, data.buffer, data.byteOffset, data.byteLength);
  }

  /**
   * Reads the first `byteLength` bytes of what was stored, header and all.
   * @throws EsrganError "device-lost"
   */
  readPicture(role: "picture-out" | "packed-out", byteLength = this.buffer(role).size): Promise<ArrayBuffer> {
    return this.read(this.buffer(role), 0, this.buffer("staging"), byteLength);
  }

  /**
   * Reads `byteLength` bytes of `source` through `staging`, which must be as large.
   * @throws EsrganError "device-lost", also where the result does not come
   */
  async read(source: GPUBuffer, offset: number, staging: GPUBuffer, byteLength: number): Promise<ArrayBuffer> {
    const encoder = this.device.createCommandEncoder({ label: "esrgan-webgpu read" });
    encoder.copyBufferToBuffer(source, offset, staging, 0, byteLength);
    this.device.queue.submit([encoder.finish()]);
    const copy = new Uint8Array(byteLength);
    // Copying holds the thread, so a large result is mapped a part after another.
    for (let at = 0; at < byteLength; at += READ_BYTES) {
      const bytes = Math.min(READ_BYTES, byteLength - at);
      const mapped = () => staging.mapAsync(MAP_READ, at, bytes);
      await answered(this.device, `a result of ${byteLength} bytes`, mapped, READ_LIMIT_MS);
      copy.set(new Uint8Array(staging.getMappedRange(at, bytes)), at);
      staging.unmap();
    }
    return copy.buffer;
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
    // A run may have been stopped between what it wrote and its submit.
    flushWrites(this.device);
  }
}
