// Owns trying a network's convolution kernels on the device at hand: each is run once, over a few pixels and with the network's own
// weights, and some of what it computed is held against the CPU. Drivers that compile a kernel wrongly are a known kind of fault.

import type { FusedConv } from "../graph/fuse.js";
import { fusedFormula, type ValueAt } from "../graph/fused-formula.js";
import type { ValueId } from "../graph/graph.js";
import { LUMA } from "../ops/luma.js";
import { PICTURE_HEADER_BYTES } from "../ops/picture.kernels.js";
import { arrayOver, LARGEST_VALUE, type StepBits } from "../ops/pixels.js";
import type { Tensor } from "../ops/tensor.js";
import type { ExecutionPlan } from "../plan/execution-plan.js";
import { rangeOf } from "../plan/place.js";
import { kernelKey } from "../plan/refused-kernels.js";
import type { PlannedPipeline, PlannedRange } from "../plan/runnable-plan.js";
import { createBuffers, MAP_READ, USAGE } from "./buffers.js";
import { answered } from "./device-loss.js";
import { PreparedPlan } from "./executor.js";
import { noise, ROUNDING } from "./noise.js";
import { packTensor, unpackTensor } from "./run-tensor.js";
import type { WeightStore } from "./weights.js";

/** Pixels of the network's input along each side, where that takes any number. */
export const CHECK_SIZE = 8;

export interface WrongKernel {
  readonly pipeline: PlannedPipeline;
  /** The largest difference, relative to the largest value. */
  readonly error: number;
}

/**
 * Runs `plan`, a whole network for a picture of a few pixels, as far as the kernels go that are tried, and gives those that computed
 * something else than the CPU. Reads back once.
 * @throws as PreparedPlan.create
 */
export async function wrongKernels(
  device: GPUDevice,
  plan: ExecutionPlan,
  { keys, weights, store }: KernelCheck,
): Promise<WrongKernel[]> {
  const trials = trialsOf(plan, keys);
  if (trials.length === 0) return [];
  const prepared = await PreparedPlan.create(device, plan, weights);
  const reading = new Reading(plan, prepared);
  let staging: GPUBuffer | undefined;
  try {
    const { plane, shape } = plan.memory.values[INPUT]!;
    const { buffer, offset } = plan.input;
    device.queue.writeBuffer(prepared.slot(buffer), offset, packTensor(noisyPicture(shape), plane, plan.storage));
    const encoder = device.createCommandEncoder({ label: "esrgan-webgpu check" });
    const byteLength = trials.reduce((sum, { conv }) => sum + reading.byteLength(conv), 0);
    const request = { label: "staging", byteLength, usage: USAGE.mapRead | USAGE.copyDst };
    [staging] = await createBuffers(device, [request]);
    let done = plan.dispatches.findIndex(({ op }) => op !== "image-to-tensor");
    const places = trials.map(({ conv, from, to }, index) => {
      prepared.encode(encoder, { range: { from: done, to: from } }, index === 0);
      const read = reading.recordOperands(encoder, staging!, conv);
      prepared.encode(encoder, { range: { from, to } }, false);
      done = to;
      return { ...read, result: reading.recordResult(encoder, staging!, conv) };
    });
    device.queue.submit([encoder.finish()]);
    await answered(device, "what kernels computed", () => staging!.mapAsync(MAP_READ));
    const bytes = staging!.getMappedRange();
    return trials.flatMap(({ conv, pipeline }, index) => {
      const { inputs, residuals, result } = places[index]!;
      const tensors = (list: readonly Place[]) => list.map((place) => reading.tensor(bytes, place));
      const wanted = fusedFormula(conv, tensors(inputs), tensors(residuals));
      const found = reading.values(bytes, conv, result, store);
      const { shape } = plan.memory.values[conv.output]!;
      const isValue = "value" in result;
      const error = isValue ? errorOf(found, wanted, shape) : pictureError(found, wanted, shape, store);
      return error > ROUNDING[plan.storage] ? [{ pipeline, error }] : [];
    });
  } finally {
    staging?.destroy();
    prepared.destroy();
  }
}

export interface KernelCheck {
  /** Keys of the kernels that are tried. */
  readonly keys: ReadonlySet<string>;
  readonly weights: WeightStore;
  readonly store: PictureStore;
}

/** How the network's result is stored as a picture. */
interface PictureStore {
  readonly bits: StepBits;
  readonly gray: boolean;
}

// The first value of a graph.
const INPUT: ValueId = 0;

interface Trial {
  readonly conv: FusedConv;
  readonly pipeline: PlannedPipeline;
  readonly from: number;
  readonly to: number;
}

/** For each kernel one convolution, in the order that they run in: the first that reads several channel blocks, if there is one. */
function trialsOf(plan: ExecutionPlan, wanted: ReadonlySet<string>): Trial[] {
  const found = new Map<string, Trial>();
  for (const conv of plan.memory.nodes) {
    if (conv.op !== "conv2d") continue;
    const from = plan.dispatches.findIndex(({ node }) => node === conv.name);
    const to = from + plan.dispatches.filter(({ node }) => node === conv.name).length;
    const pipeline = plan.pipelines[plan.dispatches[from]!.pipeline]!;
    const key = pipeline.conv && kernelKey(pipeline.conv);
    if (key === undefined || !wanted.has(key)) continue;
    const before = found.get(key);
    if (!before || !isTelling(before.conv)) found.set(key, { conv, pipeline, from, to });
  }
  return [...found.values()].sort((a, b) => a.from - b.from);
}

function isTelling({ weight }: FusedConv): boolean {
  return weight.shape[1]! > 4;
}

/** Values 0..1. */
function noisyPicture({ channels, height, width }: Omit<Tensor, "data">): Tensor {
  const found = noise(channels, height, width);
  return { ...found, data: found.data.map((value) => value + 0.5) };
}

interface Place {
  readonly value: ValueId;
  readonly at: number;
  readonly byteLength: number;
}

/** What a convolution wrote: a value, or the picture. */
type ResultPlace = Place | { readonly at: number; readonly byteLength: number; readonly isPicture: true };

/** Copies operands and results into the staging buffer, one after another, and finds them there. */
class Reading {
  #end = 0;

  constructor(
    private readonly plan: ExecutionPlan,
    private readonly prepared: PreparedPlan<ExecutionPlan>,
  ) {}

  /** Bytes that all of a convolution's operands and its result take. */
  byteLength(conv: FusedConv): number {
    const values = [...conv.inputs, ...conv.residuals.map(({ value }) => value)];
    const operands = values.reduce((sum, id) => sum + this.#rangeOf(id)!.byteLength, 0);
    return operands + (this.#rangeOf(conv.output)?.byteLength ?? this.prepared.buffer("picture-out").size);
  }

  recordOperands(encoder: GPUCommandEncoder, staging: GPUBuffer, conv: FusedConv) {
    const copy = (value: ValueId): Place => {
      const { buffer, offset, byteLength } = this.#rangeOf(value)!;
      return { value, at: this.#copy(encoder, staging, this.prepared.slot(buffer), offset, byteLength), byteLength };
    };
    return { inputs: conv.inputs.map(copy), residuals: conv.residuals.map(({ value }) => copy(value)) };
  }

  recordResult(encoder: GPUCommandEncoder, staging: GPUBuffer, conv: FusedConv): ResultPlace {
    const range = this.#rangeOf(conv.output);
    const source = range ? this.prepared.slot(range.buffer) : this.prepared.buffer("picture-out");
    const byteLength = range?.byteLength ?? source.size;
    const at = this.#copy(encoder, staging, source, range?.offset ?? 0, byteLength);
    return range ? { value: conv.output, at, byteLength } : { at, byteLength, isPicture: true };
  }

  tensor(bytes: ArrayBuffer, { value, at, byteLength }: Place): Tensor {
    const { shape, plane } = this.plan.memory.values[value]!;
    return unpackTensor(bytes.slice(at, at + byteLength), shape, plane, this.plan.storage);
  }

  /** What was written. */
  values(bytes: ArrayBuffer, conv: FusedConv, place: ResultPlace, store: PictureStore): ValueAt {
    if ("value" in place) {
      const { data, width, height } = this.tensor(bytes, place);
      return (channel, x, y) => data[(channel * height + y) * width + x]!;
    }
    const { width } = this.plan.memory.values[conv.output]!.shape;
    const pixels = bytes.slice(place.at + PICTURE_HEADER_BYTES, place.at + place.byteLength);
    const levels = arrayOver(store.bits, pixels);
    const channels = store.bits === 32 ? 3 : 4;
    return (channel, x, y) => levels[(y * width + x) * channels + channel]! / LARGEST_VALUE[store.bits];
  }

  #copy(encoder: GPUCommandEncoder, to: GPUBuffer, from: GPUBuffer, offset: number, byteLength: number): number {
    const at = this.#end;
    encoder.copyBufferToBuffer(from, offset, to, at, byteLength);
    this.#end += byteLength;
    return at;
  }

  /** Undefined for what was stored as a picture. */
  #rangeOf(id: ValueId): PlannedRange | undefined {
    const place = this.plan.memory.placements.get(id);
    return place && rangeOf({ ...this.plan, firstSlot: 0 }, place);
  }
}

/** The largest difference beyond `rounding` in some pixels at the edges and inside, relative to the largest value there. */
function errorOf(found: ValueAt, wanted: ValueAt, shape: Omit<Tensor, "data">, rounding = 0): number {
  let largest = 0;
  let error = 0;
  for (const [index, [x, y]] of somePixels(shape.width, shape.height).entries()) {
    // Many channels are looked at by turns, as this holds the thread.
    const step = shape.channels < MANY_CHANNELS ? 1 : CHANNEL_STEP;
    for (let channel = index % step; channel < shape.channels; channel += step) {
      const value = wanted(channel, x, y);
      largest = Math.max(largest, Math.abs(value));
      const difference = Math.max(Math.abs(found(channel, x, y) - value) - rounding, 0);
      // NaN compares false with everything: it must not pass as no error.
      if (!(difference <= error)) error = difference;
    }
  }
  // Values that halves cannot hold, and those that are next to nothing, say nothing of a kernel.
  return largest > 1e-6 && largest < 3e4 ? error / largest : 0;
}

const MANY_CHANNELS = 16;
const CHANNEL_STEP = 4;

/** The same of a picture, whose values are clamped and rounded, unless they are floats. */
function pictureError(found: ValueAt, wanted: ValueAt, shape: Omit<Tensor, "data">, store: PictureStore): number {
  const rounding = store.bits === 32 ? 0 : 0.5 / LARGEST_VALUE[store.bits];
  return errorOf(found, storedPicture(wanted, shape, store), { ...shape, channels: 3 }, rounding);
}

/** What a picture holds of a network's result, before it is rounded to levels. */
function storedPicture(value: ValueAt, { channels }: Omit<Tensor, "data">, { gray, bits }: PictureStore): ValueAt {
  const color: ValueAt = (channel, x, y) => {
    if (channels === 1) return value(0, x, y);
    if (!gray) return value(channel, x, y);
    return LUMA.reduce((sum, weight, c) => sum + weight * value(c, x, y), 0);
  };
  return bits === 32 ? color : (...at) => Math.min(Math.max(color(...at), 0), 1);
}

function somePixels(width: number, height: number): [x: number, y: number][] {
  const [right, bottom] = [width - 1, height - 1];
  const [middle, center] = [width >> 1, height >> 1];
  const all = [
    [0, 0],
    [right, 0],
    [0, bottom],
    [right, bottom],
    [middle, center],
    [1, center],
    [middle, 1],
    [3, 2],
  ];
  return all.map(([x, y]) => [Math.min(x!, right), Math.min(y!, bottom)]);
}
