// Owns trying a network's convolution kernels on the device at hand: each is run once, over a few pixels of noise and with the network's own
// weights, and some of what it computed is held against the CPU. Drivers that compile a kernel wrongly are a known kind of fault.

import { fusedFormula, type ValueAt } from "../graph/fused-formula.js";
import type { ValueId } from "../graph/graph.js";
import { LUMA } from "../ops/luma.js";
import { PICTURE_HEADER_BYTES } from "../ops/picture.kernels.js";
import { arrayOver, LARGEST_VALUE, type StepBits } from "../ops/pixels.js";
import type { Tensor } from "../ops/tensor.js";
import type { ExecutionPlan } from "../plan/execution-plan.js";
import { type KernelTrial, kernelTrials, trialBytes } from "../plan/kernel-trials.js";
import type { PlannedPipeline } from "../plan/runnable-plan.js";
import type { Stop } from "../weights/stop.js";
import { createBuffers, MAP_READ, USAGE } from "./buffers.js";
import { answered } from "./device-loss.js";
import { PreparedPlan } from "./executor.js";
import { noise, ROUNDING } from "./noise.js";
import { packTensor, unpackTensor } from "./run-tensor.js";
import type { WeightStore } from "./weights.js";

export interface WrongKernel {
  readonly pipeline: PlannedPipeline;
  /** The largest difference, relative to the largest value. */
  readonly error: number;
}

/**
 * Runs those convolutions of `plan`, a whole network for a picture of a few pixels, whose kernels are tried, each between values made up
 * for it, and gives the kernels that computed something else than the CPU. One submit and one read-back.
 * @throws as PreparedPlan.create
 */
export async function wrongKernels(
  device: GPUDevice,
  plan: ExecutionPlan,
  { keys, weights, store, stop }: KernelCheck,
): Promise<WrongKernel[]> {
  const trials = kernelTrials(plan, keys);
  if (trials.length === 0) return [];
  const made = trials.map((trial) => operandsOf(plan, trial, store));
  // The rest of the network is left out: on a GPU a dispatch over few pixels takes as long as one over many.
  const dispatches = trials.flatMap(({ from, to }) => plan.dispatches.slice(from, to));
  const prepared = await PreparedPlan.create(device, { ...plan, dispatches }, weights, stop);
  const buffers: GPUBuffer[] = [];
  try {
    const bytesOf = trialBytes(trials);
    buffers.push(
      ...(await createBuffers(device, [
        { label: "operands", byteLength: bytesOf.operands, usage: USAGE.copySrc | USAGE.copyDst },
        { label: "staging", byteLength: bytesOf.results, usage: USAGE.mapRead | USAGE.copyDst },
      ])),
    );
    const [given, staging] = buffers as [GPUBuffer, GPUBuffer];
    const encoder = device.createCommandEncoder({ label: "esrgan-webgpu check" });
    let givenEnd = 0;
    let resultEnd = 0;
    let done = 0;
    const places = trials.map(({ from, to, operands, result }, index) => {
      for (const { value, place } of operands) {
        const bytes = made[index]!.packed.get(value)!;
        device.queue.writeBuffer(given, givenEnd, bytes);
        encoder.copyBufferToBuffer(given, givenEnd, prepared.slot(place.buffer), place.offset, bytes.byteLength);
        givenEnd += bytes.byteLength;
      }
      const range = { from: done, to: done + to - from };
      prepared.encode(encoder, { range }, index === 0);
      done = range.to;
      const at = resultEnd;
      encoder.copyBufferToBuffer(prepared.slot(result.buffer), result.offset, staging, at, result.byteLength);
      resultEnd += result.byteLength;
      return { at, byteLength: result.byteLength };
    });
    device.queue.submit([encoder.finish()]);
    await answered(device, "what kernels computed", () => staging.mapAsync(MAP_READ));
    const bytes = staging.getMappedRange();
    return trials.flatMap(({ conv, pipeline }, index) => {
      const { wanted } = made[index]!;
      const { at, byteLength } = places[index]!;
      const result = bytes.slice(at, at + byteLength);
      const { shape } = plan.memory.values[conv.output]!;
      const error = plan.memory.placements.has(conv.output)
        ? errorOf(valuesIn(result, plan, conv.output), wanted, shape)
        : pictureError(levelsIn(result, shape.width, store), wanted, shape, store);
      return error > ROUNDING[plan.storage] ? [{ pipeline, error }] : [];
    });
  } finally {
    for (const buffer of buffers) buffer.destroy();
    prepared.destroy();
  }
}

export interface KernelCheck {
  /** Keys of the kernels that are tried. */
  readonly keys: ReadonlySet<string>;
  readonly weights: WeightStore;
  readonly store: PictureStore;
  readonly stop?: Stop | undefined;
}

/** How the network's result is stored as a picture. */
interface PictureStore {
  readonly bits: StepBits;
  readonly gray: boolean;
}

/** What a convolution is given, and what it makes of that. */
interface Operands {
  readonly packed: ReadonlyMap<ValueId, ReturnType<typeof packTensor>>;
  readonly wanted: ValueAt;
}

// A network's last values are clamped to those of a picture, and of clamped ones little can be told: the first of these that leaves most
// in range is taken.
const AMPLITUDES = [1, 1 / 4, 1 / 16, 1 / 64];

function operandsOf(plan: ExecutionPlan, trial: KernelTrial, store: PictureStore): Operands {
  const { conv } = trial;
  if (plan.memory.placements.has(conv.output) || store.bits === 32) return noisyOperands(plan, trial, 1);
  const { shape } = plan.memory.values[conv.output]!;
  const inRange = ({ wanted }: Operands) => {
    const color = colorOf(wanted, shape, store);
    const values = somePixels(shape.width, shape.height).flatMap(([x, y]) => [0, 1, 2].map((c) => color(c, x, y)));
    return values.filter((value) => value > 0 && value < 1).length;
  };
  const all = AMPLITUDES.map((amplitude) => noisyOperands(plan, trial, amplitude));
  return all.reduce((best, each) => (inRange(each) > inRange(best) ? each : best));
}

/** Inputs of -amplitude / 2 to amplitude / 2, and residuals that have the middle of a picture's range added. */
function noisyOperands(
  { memory, storage }: ExecutionPlan,
  { conv, operands }: KernelTrial,
  amplitude: number,
): Operands {
  const tensors = new Map<ValueId, Tensor>();
  const packed = new Map<ValueId, ReturnType<typeof packTensor>>();
  const residuals = conv.residuals.map(({ value }) => value);
  for (const { value } of operands) {
    const { shape, plane } = memory.values[value]!;
    const made = noise(shape.channels, shape.height, shape.width);
    const middle = residuals.includes(value) ? 0.5 : 0;
    const bytes = packTensor({ ...made, data: made.data.map((x) => amplitude * x + middle) }, plane, storage);
    packed.set(value, bytes);
    tensors.set(value, unpackTensor(bytes.buffer, shape, plane, storage)); // as it was rounded
  }
  const of = (values: readonly ValueId[]) => values.map((value) => tensors.get(value)!);
  return { packed, wanted: fusedFormula(conv, of(conv.inputs), of(residuals)) };
}

function valuesIn(bytes: ArrayBuffer, { memory, storage }: ExecutionPlan, id: ValueId): ValueAt {
  const { shape, plane } = memory.values[id]!;
  const { data, width, height } = unpackTensor(bytes, shape, plane, storage);
  return (channel, x, y) => data[(channel * height + y) * width + x]!;
}

function levelsIn(bytes: ArrayBuffer, width: number, { bits }: PictureStore): ValueAt {
  const pixels = bytes.slice(PICTURE_HEADER_BYTES);
  const levels = arrayOver(bits, pixels);
  const channels = bits === 32 ? 3 : 4;
  return (channel, x, y) => levels[(y * width + x) * channels + channel]! / LARGEST_VALUE[bits];
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
  const color = colorOf(wanted, shape, store);
  const channels = { ...shape, channels: 3 };
  if (store.bits === 32) return errorOf(found, color, channels);
  const clamped: ValueAt = (...at) => Math.min(Math.max(color(...at), 0), 1);
  return errorOf(found, clamped, channels, 0.5 / LARGEST_VALUE[store.bits]);
}

/** What a picture holds of a network's result, before it is clamped and rounded to levels. */
function colorOf(value: ValueAt, { channels }: Omit<Tensor, "data">, { gray }: PictureStore): ValueAt {
  return (channel, x, y) => {
    if (channels === 1) return value(0, x, y);
    if (!gray) return value(channel, x, y);
    return LUMA.reduce((total, weight, c) => total + weight * value(c, x, y), 0);
  };
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
