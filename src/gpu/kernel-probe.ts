// Owns one convolution at work on a device by one kernel, to be held against another and timed. Whose turn it is and what follows from it is
// tuner.ts and job/idle-tuning.ts.

import { GraphBuilder } from "../graph/builder.js";
import { type FusedConv, fuse } from "../graph/fuse.js";
import type { ConvVariant } from "../ops/conv2d.kernels.js";
import type { Tensor } from "../ops/tensor.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import { type ExecutionPlan, planExecution } from "../plan/execution-plan.js";
import type { Storage } from "../shaders/kernel.js";
import { EventLoopYield } from "../weights/event-loop-yield.js";
import { NEVER, type Stop } from "../weights/stop.js";
import { WeightTensor } from "../weights/tensor-map.js";
import { createBuffers, USAGE } from "./buffers.js";
import { answered } from "./device-loss.js";
import { PreparedPlan } from "./executor.js";
import { noise, ROUNDING } from "./noise.js";
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
    private readonly stop: Stop,
  ) {}

  /**
   * Does not wait for the compiler nor the device once it is stopped.
   * @throws KernelRefused, EsrganError "out-of-memory", "device-lost"; what stops it
   */
  static async create(
    device: GPUDevice,
    subject: ProbeSubject,
    variant: ConvVariant,
    stop = NEVER,
  ): Promise<KernelProbe> {
    const plan = probePlan(subject, variant);
    const weights = new WeightStore(device);
    let prepared: PreparedPlan<ExecutionPlan> | undefined;
    try {
      prepared = await PreparedPlan.create(device, plan, weights, stop);
      await writeNoise(device, prepared, subject, stop);
      return new KernelProbe(device, prepared, weights, subject.storage, stop);
    } catch (error) {
      prepared?.destroy();
      weights.destroy();
      throw error;
    }
  }

  /** Runs it once, and reads the result back. */
  async output(): Promise<Tensor> {
    const { device, prepared, storage, stop } = this;
    const { plan } = prepared;
    const { buffer, offset, byteLength } = plan.output!;
    const request = { label: "staging", byteLength, usage: USAGE.mapRead | USAGE.copyDst };
    const [staging] = await createBuffers(device, [request]);
    try {
      await stop.until(prepared.run({ checkpoint: stop.check }));
      const bytes = await stop.until(prepared.read(prepared.slot(buffer), offset, staging!, byteLength));
      const id = plan.memory.nodes.at(-1)!.output;
      const { shape, plane } = plan.memory.values[id]!;
      return unpackTensor(bytes, shape, plane, storage);
    } finally {
      staging!.destroy();
    }
  }

  /** Milliseconds of so many runs in one submit, by the clock. */
  async time(repeats: number): Promise<number> {
    const { device, prepared, stop } = this;
    const encoder = device.createCommandEncoder({ label: "esrgan-webgpu tune" });
    for (let i = 0; i < repeats; i++) prepared.encode(encoder);
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await stop.until(answered(device, "the end of a submit", () => device.queue.onSubmittedWorkDone()));
    return performance.now() - start;
  }

  destroy(): void {
    this.prepared.destroy();
    this.weights.destroy();
  }
}

/** Bytes of a probe that is timed. */
export function probeBytes(subject: ProbeSubject, variant: ConvVariant): number {
  return probePlan(subject, variant).peakBytes;
}

/** Bytes of a probe whose output is read back. */
export function trialBytes(subject: ProbeSubject, variant: ConvVariant): number {
  const { peakBytes, output } = probePlan(subject, variant);
  return peakBytes + output!.byteLength;
}

function probePlan({ conv, size, storage, capabilities }: ProbeSubject, variant: ConvVariant): ExecutionPlan {
  return planExecution(fuse(graphOf(conv)), {
    width: size,
    height: size,
    io: { kind: "tensor" },
    storage,
    device: capabilities,
    chooseConv: () => variant,
  });
}

/** Fills the input, channel block by channel block: a tensor may be large, and packing it holds the thread. */
async function writeNoise(
  device: GPUDevice,
  prepared: PreparedPlan<ExecutionPlan>,
  { conv, size, storage }: ProbeSubject,
  stop: Stop,
): Promise<void> {
  const { input, memory } = prepared.plan;
  const { plane } = memory.values[memory.nodes[0]!.inputs[0]!]!;
  const channels = conv.weight.shape[1]!;
  const turns = new EventLoopYield();
  let { offset } = input;
  for (let first = 0; first < channels; first += 4) {
    const packed = packTensor(noise(Math.min(4, channels - first), size, size, first + 1), plane, storage);
    device.queue.writeBuffer(prepared.slot(input.buffer), offset, packed);
    offset += packed.byteLength;
    if (turns.isOver()) await turns.next();
    stop.check();
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
