// A call is one computation: what networks, means and resizes give each other is neither clamped nor rounded until the result is stored.

import { describe, expect, it } from "vitest";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { imageToTensorReference } from "../../src/ops/image-to-tensor.reference.js";
import { LUMA } from "../../src/ops/luma.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { resizeTensor } from "../../src/ops/resize.reference.js";
import { type Tensor, tensor } from "../../src/ops/tensor.js";
import { tensorToImageReference } from "../../src/ops/tensor-to-image.reference.js";
import { createUpscaler, type UpscaleOptions } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomPicture } from "../cases/random.js";
import { scaledWeights } from "../cases/scaled-weights.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";

// Most of its values lie outside of 0..1.
const MODEL = modelOf(scaledWeights(compactWeights({ scale: 2, blocks: 1 }), 4));
const { graph } = MODEL.network;

function tensorOf(pixels: Pixels): Tensor {
  const { width, height } = pixels;
  return imageToTensorReference(pixels, { channels: 3, width, height });
}

function imageOf(from: Tensor, { channels, bits }: Pick<Pixels, "channels" | "bits">): Pixels["data"] {
  const { width, height } = from;
  return tensorToImageReference(from, { width, height, channels: channels < 3 ? 1 : 3, bits }).data;
}

type Network = (input: Tensor) => Tensor;

const inColour: Network = (input) => runOnCpu(graph, input);

/** Gray pictures stay gray: what comes of one is the luma. */
const inGray: Network = (input) => {
  const { data, ...shape } = inColour(input);
  const size = shape.width * shape.height;
  const luma = (i: number) => LUMA.reduce((sum, weight, c) => sum + weight * data[c * size + (i % size)]!, 0);
  return tensor(
    shape,
    data.map((_, i) => luma(i)),
  );
};

/** With x and y as they are in another tensor. */
function mapped(from: Tensor, isTurned: boolean, place: (x: number, y: number) => readonly [number, number]): Tensor {
  const { channels } = from;
  const [width, height] = isTurned ? [from.height, from.width] : [from.width, from.height];
  const to = tensor({ channels, height, width });
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [fromX, fromY] = place(x, y);
        to.data[(c * height + y) * width + x] = from.data[(c * from.height + fromY) * from.width + fromX]!;
      }
    }
  }
  return to;
}

const mirrored = (from: Tensor) => mapped(from, false, (x, y) => [from.width - 1 - x, y]);
const flipped = (from: Tensor) => mapped(from, false, (x, y) => [x, from.height - 1 - y]);
const turned = (from: Tensor) => mapped(from, true, (x, y) => [y, x]);

/** The mean over the eight orientations. */
function meanOf(run: Network, input: Tensor): Tensor {
  const same = (each: Tensor) => each;
  const results = [same, mirrored].flatMap((mirror) =>
    [same, flipped].flatMap((flip) => [same, turned].map((turn) => mirror(flip(turn(run(turn(flip(mirror(input))))))))),
  );
  const [first] = results;
  const data = first!.data.map((_, i) => results.reduce((sum, each) => sum + each.data[i]!, 0) / results.length);
  return { ...first!, data };
}

function resized(from: Tensor, width: number, height: number): Tensor {
  return resizeTensor(from, { mode: "bicubic", antialias: true }, { width, height });
}

async function upscaled(source: Pixels, options: UpscaleOptions<"pixels">): Promise<Pixels> {
  const upscaler = kept(await createUpscaler(await softwareDevice(), { model: MODEL, precision: "f32" }));
  return upscaler.upscale(source, { ...options, output: "pixels" });
}

function most(found: Pixels["data"], wanted: Pixels["data"]): number {
  expect(found.length).toBe(wanted.length);
  return Array.from(wanted).reduce((off, value, i) => Math.max(off, Math.abs(value - found[i]!)), 0);
}

const OPAQUE = [randomPicture(13, 9, 3, 8, 1), randomPicture(9, 14, 3, 16, 2), randomPicture(11, 8, 1, 8, 3)];

// Sums are ordered otherwise on the GPU, so that levels of 16 bits may be a few off.
const TOLERANCE = { 8: 1, 16: 4 } as const;

type Size = { readonly width: number; readonly height: number };
type Step = (run: Network, input: Tensor, size: Size) => Tensor;
const CALLS: readonly [name: string, options: UpscaleOptions<"pixels">, wanted: Step][] = [
  ["self-ensemble", { tta: true }, meanOf],
  ["a second pass", { scale: 4 }, (run, input) => run(run(input))],
  ["a second pass of self-ensemble", { scale: 4, tta: true }, (run, input) => meanOf(run, meanOf(run, input))],
  ["resizing", { scale: 1.5 }, (run, input, { width, height }) => resized(run(input), width, height)],
  [
    "resizing a mean",
    { scale: 0.7, tta: true },
    (run, input, { width, height }) => resized(meanOf(run, input), width, height),
  ],
  [
    "a second pass and resizing",
    { scale: 3 },
    (run, input, { width, height }) => resized(run(run(input)), width, height),
  ],
];

function expected(wanted: Step, source: Pixels, size: Size): Pixels["data"] {
  return imageOf(wanted(source.channels < 3 ? inGray : inColour, tensorOf(source), size), source);
}

describe.each(CALLS)("%s clamps and rounds once, at the end", (_, options, wanted) => {
  it.each(OPAQUE)("$channels channels of $bits bits", async (source) => {
    const found = await upscaled(source, options);
    expect(most(found.data, expected(wanted, source, found))).toBeLessThanOrEqual(TOLERANCE[source.bits]);
  });

  it("by way of the CPU, where the GPU has no room for pictures between steps", async () => {
    const source = randomPicture(60, 44, 3, 8, 5);
    const upscaler = kept(await createUpscaler(await softwareDevice(), { model: MODEL, memoryBudget: 120_000 }));
    expect(upscaler.plan(60, 44, options).tiles).toBeGreaterThan(1);
    const found = await upscaler.upscale(source, { ...options, output: "pixels" });
    expect(most(found.data, expected(wanted, source, found))).toBeLessThanOrEqual(1);
  });

  it("of alpha that runs through the network", async () => {
    const source = randomPicture(12, 7, 4, 8, 4);
    const alpha = { ...source, channels: 1, data: source.data.filter((_, i) => i % 4 === 3) } as Pixels;
    const found = await upscaled(source, { ...options, alpha: "network" });
    const levels = expected(wanted, alpha, found);
    expect(
      most(
        found.data.filter((_, i) => i % 4 === 3),
        levels,
      ),
    ).toBeLessThanOrEqual(1);
  });
});
