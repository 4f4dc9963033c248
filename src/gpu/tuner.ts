// Owns measuring which convolution variant is fastest on a device. Each is held against the plain kernel before it is
// trusted.

import { GraphBuilder } from "../graph/builder.js";
import { type FusedConv, type FusedGraph, fuse } from "../graph/fuse.js";
import type { Graph } from "../graph/graph.js";
import type { ConvForm, ConvVariant } from "../ops/conv2d.kernels.js";
import { type Tensor, tensor } from "../ops/tensor.js";
import type { DeviceCapabilities } from "../plan/capabilities.js";
import { planExecution } from "../plan/execution-plan.js";
import { candidates, deviceName, type TunedChoice, type TunedMeasurement, type TuningTable } from "../plan/tuning.js";
import type { Storage } from "../shaders/kernel.js";
import { WeightTensor } from "../weights/tensor-map.js";
import { createBuffers, USAGE } from "./buffers.js";
import { PreparedPlan } from "./executor.js";
import { packTensor, unpackTensor } from "./run-tensor.js";
import { WeightStore } from "./weights.js";

export interface TuneOptions {
  /** Milliseconds of GPU time for all measurements together; compiling is not counted. Half a second by default. */
  readonly budgetMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Measures software adapters too, which otherwise take the table of devices as it is. */
  readonly software?: boolean | undefined;
  /** Width and height of the measured picture. */
  readonly size?: number | undefined;
}

const BUDGET_MS = 500;

const ROUNDS = 2;

// A GPU that was idle takes this long to come to its speed: an H200 measured without it was out by a factor of two.
const WARM_UP_MS = 150;

// Large enough to fill a GPU, small enough for a budget of half a second.
const SIZE = 256;

/** The largest difference from the plain kernel, relative to the largest value, that rounding explains. */
const TOLERANCE: { readonly [S in Storage]: number } = { f32: 1e-4, f16: 3e-2, "packed-f16": 1e-2 };

/**
 * Measures the variants for each form of convolution in `fused`, at the shape of it that costs most.
 * @throws EsrganError "out-of-memory" or "device-lost"; signal.reason if aborted
 */
export async function tune(
  device: GPUDevice,
  fused: FusedGraph,
  capabilities: DeviceCapabilities,
  storage: Storage,
  options: TuneOptions = {},
): Promise<TuningTable> {
  const choices: TunedChoice[] = [];
  const shapes = capabilities.kind === "software" && !options.software ? [] : costliest(fused);
  const budget = (options.budgetMs ?? BUDGET_MS) / Math.max(shapes.length, 1);
  for (const [index, conv] of shapes.entries()) {
    const warmUpMs = index === 0 ? WARM_UP_MS : 0;
    choices.push(await tuneForm(device, conv, capabilities, storage, { budget, warmUpMs }, options));
  }
  return { version: 1, device: deviceName(capabilities), storage, choices };
}

/** For each form the convolution with the most weights: the others of a network are close to it or cheap. */
function costliest(fused: FusedGraph): FusedConv[] {
  const byForm = new Map<string, FusedConv>();
  for (const node of fused.nodes) {
    if (node.op !== "conv2d") continue;
    const key = JSON.stringify(formOf(node));
    const size = (conv: FusedConv) => conv.weight.shape.reduce((product, n) => product * n, 1);
    const found = byForm.get(key);
    if (!found || size(node) > size(found)) byForm.set(key, node);
  }
  return [...byForm.values()];
}

function formOf(conv: FusedConv): ConvForm {
  return { kernel: conv.weight.shape[2]!, upsample: conv.upsample, shuffle: conv.shuffle.factor };
}

async function tuneForm(
  device: GPUDevice,
  conv: FusedConv,
  capabilities: DeviceCapabilities,
  storage: Storage,
  { budget, warmUpMs }: { readonly budget: number; readonly warmUpMs: number },
  { signal, size = SIZE }: TuneOptions,
): Promise<TunedChoice> {
  const form = formOf(conv);
  const variants = candidates(capabilities, form, storage);
  const graph = probeGraph(conv, form);
  const input = noise(conv.weight.shape[1]!, size);
  const measure = (variant: ConvVariant) => new Probe(device, graph, input, capabilities, storage, variant);
  const oracle = await measure({ kind: "plain" }).run(signal, 0);
  if (warmUpMs > 0 && variants[0]) await measure(variants[0]).run(signal, warmUpMs);
  const share = budget / variants.length / ROUNDS;
  const found = new Map<ConvVariant, TunedMeasurement>();
  // In rounds, and the best of each, so that what slows the device down for a while does not decide.
  for (let round = 0; round < ROUNDS; round++) {
    for (const variant of variants) {
      signal?.throwIfAborted();
      const before = found.get(variant);
      if (before && before.ms === undefined) continue;
      const { output, ms } = await measure(variant).run(signal, share);
      const error = relativeError(output, oracle.output);
      const isRight = error <= TOLERANCE[storage];
      const refused = `differs from the plain kernel by ${error.toExponential(1)}`;
      found.set(
        variant,
        isRight ? { variant, ms: Math.min(ms, before?.ms ?? ms) } : { variant, ms: undefined, refused },
      );
    }
  }
  const measured = [...found.values()];
  measured.sort((a, b) => (a.ms ?? Number.POSITIVE_INFINITY) - (b.ms ?? Number.POSITIVE_INFINITY));
  const best = measured[0];
  return { form, variant: best?.ms === undefined ? { kind: "plain" } : best.variant, measured };
}

/** One convolution of the given shape with weights of its own, without residuals. */
function probeGraph(conv: FusedConv, { upsample, shuffle }: ConvForm): Graph {
  const [outChannels, inChannels, kernel] = conv.weight.shape as [number, number, number, number];
  const weights = noise(outChannels, Math.ceil(Math.sqrt(inChannels * kernel * kernel))).data.subarray(
    0,
    outChannels * inChannels * kernel * kernel,
  );
  const b = new GraphBuilder({
    metadata: {},
    tensors: new Map([["probe.weight", new WeightTensor("probe.weight", conv.weight.shape, weights)]]),
  });
  const x = b.input(inChannels);
  const y = b.conv("probe", upsample === 1 ? x : b.upsampleNearest("upsample", x, upsample), undefined, {
    bias: false,
  });
  return b.build(shuffle === 1 ? y : b.pixelShuffle("shuffle", y, shuffle));
}

/** Values -0.5..0.5 of a fixed generator, [channels,size,size]. */
function noise(channels: number, size: number): Tensor {
  const out = tensor({ channels, height: size, width: size });
  let state = 1;
  for (let i = 0; i < out.data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out.data[i] = state / 2 ** 32 - 0.5;
  }
  return out;
}

/** One variant at work on the probe. */
class Probe {
  constructor(
    private readonly device: GPUDevice,
    private readonly graph: Graph,
    private readonly input: Tensor,
    private readonly capabilities: DeviceCapabilities,
    private readonly storage: Storage,
    private readonly variant: ConvVariant,
  ) {}

  /** Runs it once, then for about `budgetMs`; everything it made is freed. */
  async run(signal: AbortSignal | undefined, budgetMs: number): Promise<{ output: Tensor; ms: number }> {
    const { device, graph, input, storage, capabilities } = this;
    const plan = planExecution(fuse(graph), {
      width: input.width,
      height: input.height,
      io: { kind: "tensor" },
      storage,
      device: capabilities,
      chooseConv: () => this.variant,
    });
    const weights = new WeightStore(device);
    let prepared: PreparedPlan | undefined;
    let staging: GPUBuffer | undefined;
    try {
      prepared = await PreparedPlan.create(device, plan, weights);
      const { buffer, offset, byteLength } = plan.output!;
      [staging] = await createBuffers(device, [{ label: "staging", byteLength, usage: USAGE.mapRead | USAGE.copyDst }]);
      const packed = packTensor(input, plan.memory.values[graph.input]!.plane, storage);
      device.queue.writeBuffer(prepared.slot(plan.input.buffer), plan.input.offset, packed);
      await prepared.run();
      const bytes = await prepared.read(prepared.slot(buffer), offset, staging!, byteLength);
      const { shape, plane } = plan.memory.values[graph.output]!;
      const output = unpackTensor(bytes, shape, plane, storage);
      return { output, ms: budgetMs > 0 ? await this.#time(prepared, signal, budgetMs) : 0 };
    } finally {
      staging?.destroy();
      prepared?.destroy();
      weights.destroy();
    }
  }

  /** The median over passes of many dispatches, so that neither submitting nor a coarse clock counts. */
  async #time(prepared: PreparedPlan, signal: AbortSignal | undefined, budgetMs: number): Promise<number> {
    const samples: number[] = [];
    let repeats = 1;
    for (let spent = 0; spent < budgetMs || samples.length < 3; ) {
      signal?.throwIfAborted();
      const encoder = this.device.createCommandEncoder({ label: "esrgan-webgpu tune" });
      for (let i = 0; i < repeats; i++) prepared.encode(encoder);
      const start = performance.now();
      this.device.queue.submit([encoder.finish()]);
      await this.device.queue.onSubmittedWorkDone();
      const elapsed = performance.now() - start;
      spent += elapsed;
      if (elapsed < MIN_PASS_MS && repeats < MAX_REPEATS) {
        repeats *= 2;
        samples.length = 0;
      } else {
        samples.push(elapsed / repeats);
      }
    }
    return samples.sort((a, b) => a - b)[samples.length >> 1]!;
  }
}

// A pass as long as this drowns the tenths of a millisecond that submitting and waiting take.
const MIN_PASS_MS = 7;
const MAX_REPEATS = 256;

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
