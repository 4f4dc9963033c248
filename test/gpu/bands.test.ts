// Dispatches in bands of rows against whole ones: the same bytes, whatever kernel, graph, windows and bands.

import { describe, expect, it } from "vitest";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { PreparedPlan } from "../../src/gpu/executor.js";
import { WeightStore } from "../../src/gpu/weights.js";
import { type FusedGraph, fuse } from "../../src/graph/fuse.js";
import type { Graph } from "../../src/graph/graph.js";
import { type ConvForm, type ConvVariant, supports } from "../../src/ops/conv2d.kernels.js";
import { rowWords } from "../../src/ops/picture.kernels.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { regionWords, UPRIGHT } from "../../src/ops/region.js";
import { type ExecutionPlan, planExecution } from "../../src/plan/execution-plan.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { LEAKY, RandomGraph } from "../cases/graphs.js";
import { randomPicture } from "../cases/random.js";
import { randomGraph } from "../cases/random-graphs.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { wrongValues } from "./pass-run.js";
import { convVariants, deviceFor } from "./variants.js";

const WIDTH = 21;
const HEIGHT = 37;

/** Graphs that take a picture of one channel or three. */
const SEEDS = Array.from({ length: 80 }, (_, seed) => seed).filter((seed) => {
  const { values, input } = randomGraph(seed, 7);
  return [1, 3].includes(values[input]!.channels);
});

/** One convolution of each form, few as kernels compile for seconds: of two values, with a residual, folded, shuffled, to a picture. */
function everyForm(): Graph {
  const g = new RandomGraph(1);
  const x = g.input(3);
  const a = g.conv(x, 8, { activation: LEAKY });
  const b = g.scaledAdd(g.conv([a, x], 8), 0.5, a);
  const up = g.pixelShuffle(g.conv(b, 16, { activation: "prelu" }), 2);
  return g.build(g.conv(g.upsample(up, 2), 3));
}

interface Case {
  readonly device: GPUDevice;
  readonly fused: FusedGraph;
  readonly variant: ConvVariant;
  readonly storage: Storage;
  readonly windows: { readonly columns: number; readonly rows: number };
}

function planOf({ device, fused, variant, storage, windows }: Case, mostFlops?: number): ExecutionPlan {
  const { channels } = fused.graph.values[fused.graph.input]!;
  return planExecution(fused, {
    width: WIDTH,
    height: HEIGHT,
    windows,
    storage,
    device: capabilitiesOf(device),
    chooseConv: (form: ConvForm) => (supports(variant, form, storage) ? variant : { kind: "plain" }),
    mostFlops,
    io: { kind: "picture", source: { kind: "packed", channels: channels as 1 | 3, bits: 8 }, bits: 16, gray: false },
  });
}

/** The result of 16 bits a channel, RGBA. */
async function run(device: GPUDevice, plan: ExecutionPlan, picture: Pixels): Promise<Uint16Array> {
  const weights = kept(new WeightStore(device));
  const prepared = kept(await PreparedPlan.create(device, plan, weights));
  const { width, height, channels, data } = picture;
  const pitch = rowWords(width, picture);
  const rows = new Uint8Array(pitch * 4 * height);
  for (let y = 0; y < height; y++)
    rows.set(data.subarray(y * width * channels, (y + 1) * width * channels), y * pitch * 4);
  prepared.write("picture-in", rows);
  const all = { x: 0, y: 0, width, height, pitch, offset: 0 };
  const region = {
    from: all,
    border: { x: "repeat", y: "repeat" },
    orientation: UPRIGHT,
    result: all,
    kept: all,
    to: all,
    isFirst: true,
  } as const;
  const target = { offset: 0, pitch: 0 };
  prepared.write(
    "regions",
    regionWords(region, { source: all, target, tables: all, alpha: all, alphaBorder: "repeat" }),
  );
  await prepared.run();
  return new Uint16Array(await prepared.readPicture("picture-out"));
}

/** A variant of each kind and loop: what they differ in beside is how many pixels they compute. */
const KINDS = [
  ...new Map(
    convVariants("f32").map(([, variant]) => [`${variant.kind} ${"rows" in variant ? variant.rows : ""}`, variant]),
  ),
];

/** Wants the same bytes in bands of every length, of which the last is as few rows as a workgroup computes. */
async function expectSameBytes(one: Case, shares: readonly number[]): Promise<void> {
  const { device, fused } = one;
  const { values, input } = fused.graph;
  const picture = randomPicture(WIDTH, HEIGHT, values[input]!.channels as 1 | 3);
  const whole = planOf(one);
  const wanted = await run(device, whole, picture);
  // Random networks may leave 0..1, but not everywhere.
  expect(new Set(wanted).size).toBeGreaterThan(50);
  const longest = Math.max(...whole.dispatches.map(({ flops }) => flops));
  for (const share of shares) {
    const banded = planOf(one, longest * share);
    expect(banded.dispatches.length > whole.dispatches.length).toBe(share < 1);
    expect(banded.pipelines).toEqual(whole.pipelines);
    expect(wrongValues(await run(device, banded, picture), wanted)).toBe(0);
  }
}

describe("bands give the same bytes", () => {
  it.each(KINDS)("of %s", async (_, variant) => {
    const device = await deviceFor(variant);
    if (!device) return;
    const storage = "f32";
    const windows = { columns: 2, rows: 2 };
    await expectSameBytes({ device, fused: fuse(everyForm()), variant, storage, windows }, [1, 0.4, 1e-9]);
  });

  it.each(Array.from({ length: 12 }, (_, nth) => nth))("in random graphs: %i", async (nth) => {
    const device = await softwareDevice();
    const storage = nth % 2 ? "packed-f16" : "f32";
    const windows = nth % 3 ? { columns: 2, rows: 3 } : { columns: 1, rows: 1 };
    const fused = fuse(randomGraph(SEEDS[nth]!, 7));
    await expectSameBytes({ device, fused, variant: { kind: "plain" }, storage, windows }, [1, 0.61, 0.3, 1e-9]);
  });
});
