// Owns the network suite: whole networks from pixels to pixels, as the picture grows and as the network grows. Each network's
// kernels are held against the CPU before anything is timed.

import { EsrganError } from "../../src/errors.js";
import { runTensorOnGpu } from "../../src/gpu/run-tensor.js";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { fuse } from "../../src/graph/fuse.js";
import { detectNetwork } from "../../src/models/detect.js";
import type { Model } from "../../src/models/model.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { elementCount, tensor } from "../../src/ops/tensor.js";
import { choosePrecision, type Precision } from "../../src/plan/choose-kernel.js";
import { type ExecutionPlan, planExecution } from "../../src/plan/execution-plan.js";
import type { PlannedDispatch } from "../../src/plan/runnable-plan.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { createUpscaler, type Upscaler } from "../../src/upscaler.js";
import { rrdbWeights } from "../../test/cases/networks.js";
import { Dispatches } from "./dispatches.js";
import { measure } from "./measure.js";
import { mathOf, type Parity, parityOf, toleranceOf } from "./parity.js";
import { noise, noiseBytes } from "./random.js";
import type { NetworkRow } from "./row.js";
import type { Session } from "./session.js";
import { summarize } from "./statistics.js";

/** The same as a picture of RGB in 8 bits. */
const PIXELS_8 = { kind: "picture", source: { kind: "packed", channels: 3, bits: 8 }, bits: 8, gray: false } as const;

interface NetworkCase {
  readonly network: NetworkSource;
  readonly size: number;
  readonly precision: Precision;
}

interface NetworkSource {
  readonly name: string;
  readonly load: (session: Session) => Promise<Model>;
}

const BUNDLED = ["general-x4v3", "anime-6b", "x4plus"].map(
  (name): NetworkSource => ({ name, load: (session) => session.loadModel(name) }),
);

/** The network of x4plus with fewer blocks and random weights. */
function randomNetwork(blocks: number): NetworkSource {
  return {
    name: `RRDBNet ${blocks} blocks`,
    async load() {
      const network = detectNetwork(rrdbWeights({ blocks, features: 64, growth: 32 }));
      return { name: `rrdbnet-${blocks}`, network, byteLength: 0, metadata: {} };
    },
  };
}

const SIZES = [32, 64, 128, 256, 512];
const BLOCKS = [6, 12, 18, 23];

function casesOf({ capabilities, quick, storage }: Session): NetworkCase[] {
  const own: Precision = storage === "f32" ? "f32" : "f16";
  if (quick) return [{ network: BUNDLED[0]!, size: 32, precision: own }];
  const other: Precision = own === "f32" ? "f16" : "f32";
  const blocksSize = capabilities.kind === "software" ? 32 : 128;
  return BUNDLED.flatMap((network): NetworkCase[] => [
    ...SIZES.map((size) => ({ network, size, precision: own })),
    { network, size: 64, precision: other },
  ]).concat(BLOCKS.map((blocks) => ({ network: randomNetwork(blocks), size: blocksSize, precision: own })));
}

export async function benchNetworks(session: Session): Promise<void> {
  const speeds = new Map<NetworkSource, number>();
  const loaded = new Map<NetworkSource, Loaded>();
  for (const { network, size, precision } of casesOf(session)) {
    session.signal?.throwIfAborted();
    const { storage } = choosePrecision(precision, session.capabilities);
    const id = `networks ${network.name} ${size}x${size} ${storage}`;
    if (!session.wants(id, true)) continue;
    session.onStep(id);
    const found = loaded.get(network) ?? { model: await network.load(session), parity: new Map() };
    loaded.set(network, found);
    session.add(await benchNetwork(session, { network, size, precision }, { id, storage }, found, speeds));
  }
}

/** A network and how its kernels did against the CPU, by storage. */
interface Loaded {
  readonly model: Model;
  readonly parity: Map<Storage, Parity>;
}

async function benchNetwork(
  session: Session,
  { network, size, precision }: NetworkCase,
  { id, storage }: { readonly id: string; readonly storage: Storage },
  { model, parity }: Loaded,
  speeds: Map<NetworkSource, number>,
): Promise<NetworkRow> {
  const { blocks } = model.network;
  const nothing = { flops: 0, dispatches: 0, peakBytes: 0, variant: "" };
  const head = { suite: "networks" as const, id, shape: network.name, width: size, height: size, storage, blocks };
  let upscaler: Upscaler | undefined;
  try {
    upscaler = await createUpscaler(session.device, { model, precision, tuning: "off" });
    const plan = upscaler.plan(size, size);
    const figures = {
      flops: plan.flops,
      dispatches: plan.dispatches,
      peakBytes: plan.peakBytes,
      variant: mainVariant(plan.steps),
    };
    const expectedMs = plan.flops / (speeds.get(network) ?? Number.POSITIVE_INFINITY);
    if (expectedMs > session.rowMs) {
      const note = `at the speed measured so far it would take ${seconds(expectedMs)}, more than ${seconds(session.rowMs)} (--seconds)`;
      return { ...head, ...figures, status: "skipped", note };
    }
    const checked = parity.get(storage) ?? (await parityWithCpu(session, model, storage));
    parity.set(storage, checked);
    if (!checked.passed) return { ...head, ...figures, status: "failed", parity: checked, note: "its result is wrong" };
    const samples = await timeCalls(session, upscaler, size, expectedMs);
    const summary = summarize(samples);
    speeds.set(network, plan.flops / summary.median);
    const timing = { ...summary, samples, repeats: 1, gflops: plan.flops / summary.median / 1e6 };
    const kernelsGflops = await kernelsAlone(session, model, storage, size);
    return { ...head, ...figures, status: "timed", parity: checked, timing, kernelsGflops };
  } catch (error) {
    if (!(error instanceof EsrganError) || error.code === "device-lost") throw error;
    const status = error.code === "unsupported-device" ? "skipped" : "failed";
    return { ...head, ...nothing, status, note: error.message };
  } finally {
    upscaler?.destroy();
  }
}

/** The variant that does most of the work. */
function mainVariant(steps: readonly { readonly variant: string; readonly flops: number }[]): string {
  const work = new Map<string, number>();
  for (const { variant, flops } of steps) work.set(variant, (work.get(variant) ?? 0) + flops);
  return [...work].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

// Odd, so that workgroups overhang; small, as the CPU takes a second for each billion multiply-adds.
const PARITY_SIZE = { width: 9, height: 7 };

// Rounding adds up over the layers: a few times what a single kernel is off by.
const DEPTH_FACTOR = 20;

/** The network's kernels, whose code is the same at all sizes, against the CPU's plain implementations. */
async function parityWithCpu({ device, chosen }: Session, model: Model, storage: Storage): Promise<Parity> {
  const { graph } = model.network;
  const shape = { ...PARITY_SIZE, channels: graph.values[graph.input]!.channels };
  const input = tensor(
    shape,
    noise(elementCount(shape), 3).map((value) => (value + 1) / 2),
  );
  const actual = await runTensorOnGpu(device, graph, input, { storage });
  const variant = chosen({ kernel: 3, upsample: 1, shuffle: 1 }, storage);
  const tolerance = DEPTH_FACTOR * toleranceOf(storage, mathOf(variant));
  const against = `CPU at ${shape.width}x${shape.height}`;
  return parityOf(actual.data, runOnCpu(graph, input).data, against, tolerance);
}

const MIN_CALLS = 3;
const MAX_CALLS = 20;

// A call this long is not made for warming up alone: what is cold at its beginning does not matter to it.
const LONG_CALL_MS = 5000;

/** Milliseconds of whole calls, once everything is compiled and allocated. */
async function timeCalls(session: Session, upscaler: Upscaler, size: number, expectedMs: number): Promise<number[]> {
  const picture: Pixels = { data: noiseBytes(size * size * 3, 4), width: size, height: size, channels: 3, bits: 8 };
  const call = async () => {
    const start = performance.now();
    await upscaler.upscale(picture, { signal: session.signal });
    return performance.now() - start;
  };
  await upscaler.prepare(size, size);
  let spent = expectedMs > LONG_CALL_MS ? 0 : await call();
  const samples: number[] = [];
  while (samples.length < MIN_CALLS || (samples.length < MAX_CALLS && spent < session.effort.budgetMs)) {
    const ms = await call();
    samples.push(ms);
    spent += ms;
  }
  return samples;
}

/**
 * The speed of the network's dispatches each timed by itself, all of them together: what the network could reach if nothing
 * came between them. Undefined where the network does not fit the device in one piece.
 */
async function kernelsAlone(
  session: Session,
  model: Model,
  storage: Storage,
  size: number,
): Promise<number | undefined> {
  const { device, capabilities, clock, effort, signal } = session;
  const plan = planInOnePiece(session, model, storage, size);
  if (!plan) return undefined;
  const kinds = dispatchKinds(plan.dispatches);
  const dispatches = await Dispatches.create(
    device,
    plan,
    kinds.map(({ dispatch }) => dispatch),
  );
  try {
    let ms = 0;
    const brief = { ...effort, minSamples: 3, budgetMs: capabilities.kind === "software" ? 0 : effort.budgetMs / 4 };
    for (const [index, { count }] of kinds.entries()) {
      const { samples } = await measure(clock, (pass) => dispatches.record(pass, index), brief, signal);
      ms += count * summarize(samples).median;
    }
    return plan.flops / ms / 1e6;
  } finally {
    dispatches.destroy();
  }
}

/** Dispatches that do the same work by the same kernel, each kind once. */
export function dispatchKinds(
  dispatches: readonly PlannedDispatch[],
): { readonly dispatch: PlannedDispatch; readonly count: number }[] {
  const kinds = new Map<string, { readonly dispatch: PlannedDispatch; count: number }>();
  for (const dispatch of dispatches) {
    // One pipeline may serve several numbers of channels.
    const key = [dispatch.pipeline, ...dispatch.workgroups, dispatch.flops].join();
    const found = kinds.get(key);
    if (found) found.count++;
    else kinds.set(key, { dispatch, count: 1 });
  }
  return [...kinds.values()];
}

function planInOnePiece(
  { capabilities }: Session,
  { network }: Model,
  storage: Storage,
  size: number,
): ExecutionPlan | undefined {
  try {
    return planExecution(fuse(network.graph), {
      width: size,
      height: size,
      storage,
      device: capabilities,
      io: PIXELS_8,
    });
  } catch (error) {
    if (error instanceof EsrganError && error.code === "unsupported-device") return undefined;
    throw error;
  }
}
