// Owns one convolution at work on a device by one kernel, to be held against another and timed. Whose turn it is and what follows from it is
// tuner.ts and job/idle-tuning.ts.

import { GraphBuilder } from "../graph/builder.js";
import { type FusedConv, fuse } from "../graph/fuse.js";
import { untilAborted } from "../models/shared-load.js";
import type { ConvVariant } from "../ops/conv2d.kernels.js";
import type { Tensor } from "../ops/tensor.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import { type ExecutionPlan, planExecution } from "../plan/execution-plan.js";
import type { Storage } from "../shaders/kernel.js";
import { WeightTensor } from "../weights/tensor-map.js";
import { createBuffers, USAGE } from "./buffers.js";
import { answered } from "./device-loss.js";
import { PreparedPlan } from "./executor.js";
import { noise, ROUNDING } from "./noise.js";
import { compilePipelines } from "./pipeline-cache.js";
import { packTensor, unpackTensor } from "./run-tensor.js";
import { WeightStore } from "./weights.js";

/** What is tried: a convolution's shape, over a square of noise. */
export interface ProbeSubject {
  readonly conv: FusedConv;
  readonly size: number;
  readonly storage: Storage;
  readonly capabilities: DeviceCapabilities;
}

export class KernelProbe {
  private constructor(
    private readonly device: GPUDevice,
    private readonly prepared: PreparedPlan<ExecutionPlan>,
    private readonly weights: WeightStore,
    private readonly storage: Storage,
  ) {}

  /**
   * Does not wait for a compiler once `signal` is aborted.
   * @throws KernelRefused, EsrganError "out-of-memory", "device-lost", signal.reason
   */
  static async create(
    device: GPUDevice,
    { conv, size, storage, capabilities }: ProbeSubject,
    variant: ConvVariant,
    signal?: AbortSignal,
  ): Promise<KernelProbe> {
    const graph = graphOf(conv);
    const plan = planExecution(fuse(graph), {
      width: size,
      height: size,
      io: { kind: "tensor" },
      storage,
      device: capabilities,
      chooseConv: () => variant,
    });
    await untilAborted(compilePipelines(device, plan.pipelines), signal);
    const weights = new WeightStore(device);
    try {
      const prepared = await PreparedPlan.create(device, plan, weights);
      const input = noise(conv.weight.shape[1]!, size);
      const packed = packTensor(input, plan.memory.values[graph.input]!.plane, storage);
      device.queue.writeBuffer(prepared.slot(plan.input.buffer), plan.input.offset, packed);
      return new KernelProbe(device, prepared, weights, storage);
    } catch (error) {
      weights.destroy();
      throw error;
    }
  }

  /** Runs it once, and reads the result back. */
  async output(): Promise<Tensor> {
    const { device, prepared, storage } = this;
    const { plan } = prepared;
    const { buffer, offset, byteLength } = plan.output!;
    const request = { label: "staging", byteLength, usage: USAGE.mapRead | USAGE.copyDst };
    const [staging] = await createBuffers(device, [request]);
    try {
      await prepared.run();
      const bytes = await prepared.read(prepared.slot(buffer), offset, staging!, byteLength);
      const id = plan.memory.nodes.at(-1)!.output;
      const { shape, plane } = plan.memory.values[id]!;
      return unpackTensor(bytes, shape, plane, storage);
    } finally {
      staging!.destroy();
    }
  }

  /** Milliseconds of so many runs in one submit, by the clock. */
  async time(repeats: number): Promise<number> {
    const { device, prepared } = this;
    const encoder = device.createCommandEncoder({ label: "esrgan-webgpu tune" });
    for (let i = 0; i < repeats; i++) prepared.encode(encoder);
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await answered(device, "the end of a submit", () => device.queue.onSubmittedWorkDone());
    return performance.now() - start;
  }

  destroy(): void {
    this.prepared.destroy();
    this.weights.destroy();
  }
}

/** Why `found` cannot be the result of the kernel that gave `wanted`; undefined where rounding explains what differs. */
export function differenceFrom(wanted: Tensor, found: Tensor, storage: Storage): string | undefined {
  const error = relativeError(found, wanted);
  return error <= ROUNDING[storage] ? undefined : `differs from the plain kernel by ${error.toExponential(1)}`;
}

/** The convolution alone, with weights of its own, without residuals. */
function graphOf({ weight, upsample, shuffle }: FusedConv) {
  const [outChannels, inChannels, kernel] = weight.shape as [number, number, number, number];
  const count = outChannels * inChannels * kernel * kernel;
  const values = noise(outChannels, Math.ceil(Math.sqrt(inChannels * kernel * kernel))).data.subarray(0, count);
  const b = new GraphBuilder({
    metadata: {},
    tensors: new Map([["probe.weight", new WeightTensor("probe.weight", weight.shape, values)]]),
  });
  const x = b.input(inChannels);
  const large = upsample === 1 ? x : b.upsampleNearest("upsample", x, upsample);
  const y = b.conv("probe", large, undefined, { bias: false });
  return b.build(shuffle.factor === 1 ? y : b.pixelShuffle("shuffle", y, shuffle.factor));
}

function relativeError(found: Tensor, wanted: Tensor): number {
  let largest = 0;
  let error = 0;
  for (let i = 0; i < wanted.data.length; i++) {
    largest = Math.max(largest, Math.abs(wanted.data[i]!));
    const difference = Math.abs(found.data[i]! - wanted.data[i]!);
    // NaN compares false with everything: it must not pass as no error.
    if (!(difference <= error)) error = difference;
  }
  return largest === 0 ? error : error / largest;
}
