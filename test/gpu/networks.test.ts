// Whole networks on the GPU and the CPU: the bundled ones against what PyTorch computes for the same weights, and small ones
// of every kind with random weights, the GPU against the CPU.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { upscaleOnCpu } from "../../src/cpu.js";
import { runTensorOnGpu } from "../../src/gpu/run-tensor.js";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { loadModel } from "../../src/models/bundled.js";
import { detectNetwork } from "../../src/models/detect.js";
import type { Model } from "../../src/models/model.js";
import { readPicture } from "../../src/node/index.js";
import { imageToTensorReference } from "../../src/ops/image-to-tensor.reference.js";
import type { Pixels } from "../../src/ops/pixels.js";
import type { Tensor } from "../../src/ops/tensor.js";
import { tensorToImageReference } from "../../src/ops/tensor-to-image.reference.js";
import { createUpscaler, type UpscalerOptions } from "../../src/upscaler.js";
import type { TensorMap } from "../../src/weights/tensor-map.js";
import { RandomGraph } from "../cases/graphs.js";
import { compactWeights, rdnWeights, rrdbWeights, rrdnWeights } from "../cases/networks.js";
import { parseNpy } from "../cases/npy.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { f16Device, softwareDevice } from "./device.js";

const golden = (name: string) => new URL(`../golden/${name}`, import.meta.url);
const picture = async (name: string) => (await readPicture(golden(`${name}.png`).pathname)).pixels;
const fromPyTorch = (model: string, name: string) => parseNpy(readFileSync(golden(`${model}.${name}.npy`)));

/** The output within 0..1, as finely as 16 bits have it. */
async function upscaled(device: GPUDevice, options: UpscalerOptions, source: Pixels): Promise<Pixels> {
  const upscaler = await createUpscaler(device, options);
  try {
    const data = Uint16Array.from(source.data, (level) => level * 257);
    return await upscaler.upscale({ ...source, data, bits: 16 });
  } finally {
    upscaler.destroy();
  }
}

/** The largest error, of values in 0..1. */
function largestError(actual: Pixels, expected: Tensor): number {
  const planar = expected.data.length / expected.channels;
  let largest = 0;
  expect([actual.width, actual.height, actual.channels]).toEqual([expected.width, expected.height, expected.channels]);
  expected.data.forEach((value, i) => {
    const level = actual.data[(i % planar) * actual.channels + Math.floor(i / planar)]!;
    const error = Math.abs(level / 65535 - Math.min(Math.max(value, 0), 1));
    largest = Math.max(largest, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  });
  return largest;
}

/** How many levels of 255 two pictures differ by, at most and as a signal-to-noise ratio. */
function difference(actual: Pixels, expected: Pixels): { levels: number; psnr: number } {
  expect([actual.width, actual.height, actual.channels]).toEqual([expected.width, expected.height, expected.channels]);
  let levels = 0;
  let squares = 0;
  expected.data.forEach((level, i) => {
    const error = Math.abs(level - actual.data[i]!);
    levels = Math.max(levels, error);
    squares += error ** 2;
  });
  return { levels, psnr: 10 * Math.log10(255 ** 2 / Math.max(squares / expected.data.length, 1e-12)) };
}

function eightBit(tensor: Tensor): Pixels {
  const { width, height } = tensor;
  return tensorToImageReference(tensor, { width, height, channels: 3, bits: 8 });
}

const SIXTEEN_BIT_STEP = 1 / 65535;

// A busy machine without a GPU takes minutes where an idle one takes half of one.
const PATIENCE_MS = 600_000;

describe("f32 against PyTorch", () => {
  // x4plus is the network of anime-6b with more blocks: the smallest picture is enough.
  it.each([
    ["general-x4v3", "tiny-32x24"],
    ["general-x4v3", "tiny-37x23"],
    ["anime-6b", "tiny-37x23"],
    ["x4plus", "tiny-32x24"],
  ])(
    "%s, %s",
    async (model, name) => {
      const expected = fromPyTorch(model, name);
      const fine = await upscaled(await softwareDevice(), { model, precision: "f32" }, await picture(name));
      expect(largestError(fine, expected)).toBeLessThanOrEqual(2e-4 + SIXTEEN_BIT_STEP);
    },
    PATIENCE_MS,
  );

  it.each(["tiny-32x24", "tiny-37x23"])("general-x4v3, %s in 8 bits", async (name) => {
    const upscaler = await createUpscaler(await softwareDevice(), { model: "general-x4v3", precision: "f32" });
    const result = await upscaler.upscale(await picture(name));
    upscaler.destroy();
    expect(difference(result, eightBit(fromPyTorch("general-x4v3", name))).levels).toBeLessThanOrEqual(1);
  });
});

describe("the CPU against PyTorch", () => {
  it.each([
    ["general-x4v3", "tiny-37x23"],
    ["anime-6b", "tiny-32x24"],
  ])("%s, %s", async (name, image) => {
    const model = await loadModel(name);
    const source = await picture(image);
    const expected = fromPyTorch(name, image);
    const input = imageToTensorReference(source, { channels: 3, width: source.width, height: source.height });
    const output = runOnCpu(model.network.graph, input);
    const errors = output.data.map((value, i) => Math.abs(value - expected.data[i]!));
    expect(errors.length).toBe(expected.data.length);
    expect(errors.some(Number.isNaN)).toBe(false);
    expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(1e-4);
  });

  it("upscaleOnCpu gives PyTorch's picture", async () => {
    const result = upscaleOnCpu(await loadModel("general-x4v3"), await picture("tiny-37x23"));
    expect(difference(result, eightBit(fromPyTorch("general-x4v3", "tiny-37x23"))).levels).toBeLessThanOrEqual(1);
  });
});

describe("f16 against PyTorch", () => {
  it.for([["general-x4v3"], ["anime-6b"]] as const)(
    "%s, tiny-37x23",
    { timeout: PATIENCE_MS },
    async ([model], { skip }) => {
      const device = await f16Device();
      if (!device) return skip("no adapter with shader-f16");
      await expectHalves(device, model);
    },
  );

  it("general-x4v3, tiny-37x23, packed without shader-f16", async () => {
    await expectHalves(await softwareDevice(), "general-x4v3");
  });
});

async function expectHalves(device: GPUDevice, model: string): Promise<void> {
  const upscaler = await createUpscaler(device, { model, precision: "f16" });
  expect(upscaler.precision).toBe("f16");
  const result = await upscaler.upscale(await picture("tiny-37x23"));
  upscaler.destroy();
  const { levels, psnr } = difference(result, eightBit(fromPyTorch(model, "tiny-37x23")));
  expect(psnr).toBeGreaterThanOrEqual(50);
  expect(levels).toBeLessThanOrEqual(6);
}

const SYNTHETIC: readonly (readonly [name: string, weights: TensorMap, scale: number])[] = [
  ["RRDBNet of 2 blocks", rrdbWeights({ blocks: 2 }), 4],
  ["RRDBNet in ESRGAN's layout", rrdbWeights({ layout: "esrgan" }), 4],
  ["RRDBNet in the old layout", rrdbWeights({ layout: "old-arch" }), 4],
  ["RRDBNet 1x", rrdbWeights({ ups: 0 }), 1],
  ["RRDBNet 2x", rrdbWeights({ ups: 1 }), 2],
  ["RRDBNet 8x in the old layout", rrdbWeights({ ups: 3, layout: "old-arch" }), 8],
  ["RRDBNet 3x by its metadata", rrdbWeights({ ups: 1, metadata: { scale: "3" } }), 3],
  ["RRDBNet 2x, unshuffled by 2", rrdbWeights({ unshuffle: 2 }), 2],
  ["RRDBNet 1x, unshuffled by 4", rrdbWeights({ unshuffle: 4 }), 1],
  ["RRDBNet 1x, unshuffled by 2", rrdbWeights({ unshuffle: 2, ups: 1 }), 1],
  ["RRDBNet of odd channels", rrdbWeights({ features: 7, growth: 5 }), 4],
  ["RRDBNet of 1 channel", rrdbWeights({ channels: 1 }), 4],
  ["RRDBNet of 1 channel 2x, unshuffled by 2", rrdbWeights({ channels: 1, unshuffle: 2 }), 2],
  ["ESRGAN+", rrdbWeights({ plus: true, blocks: 2, layout: "esrgan" }), 4],
  ["ESRGAN+ in the old layout, odd channels", rrdbWeights({ plus: true, growth: 3, layout: "old-arch" }), 4],
  ["RRDN 2x", rrdnWeights({ blocks: 2 }), 2],
  ["RRDN 4x of 2 dense blocks of 3 convolutions", rrdnWeights({ scale: 4, denseBlocks: 2, convs: 3 }), 4],
  ["RRDN 3x, leaky", rrdnWeights({ scale: 3, metadata: { activation: "leaky-relu" } }), 3],
  ["RRDN of 1 channel", rrdnWeights({ channels: 1 }), 2],
  ["RDN 4x", rdnWeights({ scale: 4, convs: 1 }), 4],
  ["RDN 2x of 4 blocks of 3 convolutions, shuffled", rdnWeights({ blocks: 4, convs: 3, isShuffled: true }), 2],
  ["Compact 1x", compactWeights({ scale: 1 }), 1],
  ["Compact 2x", compactWeights({ scale: 2, blocks: 3 }), 2],
  ["Compact 3x", compactWeights({ scale: 3, features: 6 }), 3],
  ["Compact 4x", compactWeights({ scale: 4 }), 4],
  ["Compact of 1 channel", compactWeights({ scale: 2, channels: 1 }), 2],
];

// The networks' shapes are what is tested, so the variant is the one that compiles fastest.
describe("small networks, the GPU against the CPU", () => {
  it.concurrent.each(SYNTHETIC)("%s", async (_, weights, scale) => {
    const { graph, inputChannels, multiple, scale: detected } = detectNetwork(weights);
    expect(detected).toBe(scale);
    const shape = { channels: inputChannels, width: 5 * multiple, height: 3 * multiple };
    const input = randomTensor(seededRandom(7), shape);
    const expected = runOnCpu(graph, input);
    expect([expected.width, expected.height]).toEqual([shape.width * scale, shape.height * scale]);
    const actual = await runTensorOnGpu(await softwareDevice(), graph, input, {
      chooseConv: () => ({ kind: "plain" }),
    });
    expectNear(actual, expected);
  });
});

function expectNear(actual: Tensor, expected: Tensor): void {
  expect([actual.channels, actual.width, actual.height]).toEqual([expected.channels, expected.width, expected.height]);
  const largest = expected.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(0.1);
  const wrong = expected.data.findIndex(
    (value, i) => !(Math.abs(value - actual.data[i]!) <= 1e-5 * Math.max(1, largest)),
  );
  if (wrong >= 0) expect.fail(`value ${wrong} is ${actual.data[wrong]}, expected ${expected.data[wrong]}`);
}

function compactModel(channels: number): Model {
  const network = detectNetwork(compactWeights({ channels, scale: 3 }));
  return { name: "compact", network, byteLength: 0, metadata: {} };
}

/** One convolution of the unshuffled picture: what RRDBNets with such an input do, in less. */
function unshufflingModel(multiple: number, scale: number): Model {
  const g = new RandomGraph(multiple);
  const x = g.pixelUnshuffle(g.input(3), multiple);
  const graph = g.build(g.pixelShuffle(g.conv(x, 3 * (multiple * scale) ** 2), multiple * scale));
  const network = {
    architecture: "rrdbnet",
    scale,
    blocks: 0,
    inputChannels: 3,
    outputChannels: 3,
    multiple,
  } as const;
  return { name: "unshuffling", network: { ...network, graph }, byteLength: 0, metadata: {} };
}

// Sizes that are no multiple of what the network unshuffles: continued by reflection, or by the edge where too small.
describe("pictures of any size and form, the GPU against the CPU", () => {
  const X2 = unshufflingModel(2, 2);
  const X1 = unshufflingModel(4, 1);
  const GRAY = compactModel(1);
  const COLOUR = compactModel(3);
  it.concurrent.each([
    ["2x, 7x5", X2, { width: 7, height: 5, channels: 3, bits: 8 }],
    ["2x, 1x1", X2, { width: 1, height: 1, channels: 3, bits: 8 }],
    ["2x, 1x4 with alpha, 16 bits", X2, { width: 1, height: 4, channels: 4, bits: 16 }],
    ["1x, 7x5", X1, { width: 7, height: 5, channels: 3, bits: 8 }],
    ["1x, 2x3", X1, { width: 2, height: 3, channels: 3, bits: 8 }],
    ["1x, 1x9 gray", X1, { width: 1, height: 9, channels: 1, bits: 8 }],
    ["colour through a gray network", GRAY, { width: 6, height: 4, channels: 3, bits: 8 }],
    ["gray through a gray network", GRAY, { width: 6, height: 4, channels: 1, bits: 16 }],
    ["gray with alpha through a colour network", COLOUR, { width: 5, height: 4, channels: 2, bits: 8 }],
    ["colour with alpha through a colour network", COLOUR, { width: 5, height: 4, channels: 4, bits: 8 }],
  ] as [string, Model, Omit<Pixels, "data">][])("%s", async (_, model, shape) => {
    const random = seededRandom(3);
    const length = shape.width * shape.height * shape.channels;
    const data = shape.bits === 8 ? new Uint8Array(length) : new Uint16Array(length);
    for (let i = 0; i < length; i++) data[i] = random() >>> (32 - shape.bits);
    const source: Pixels = { ...shape, data };
    const upscaler = await createUpscaler(await softwareDevice(), { model });
    const actual = await upscaler.upscale(source);
    upscaler.destroy();
    const expected = upscaleOnCpu(model, source);
    const { data: actualData, ...actualShape } = actual;
    const { data: expectedData, ...expectedShape } = expected;
    expect(actualShape).toEqual(expectedShape);
    expect(new Set(expectedData).size).toBeGreaterThan(1);
    const errors = Array.from(expectedData, (level, i) => Math.abs(level - actualData[i]!));
    expect(Math.max(...errors)).toBeLessThanOrEqual(1);
    expect(errors.filter((error) => error > 0).length).toBeLessThanOrEqual(errors.length / 20);
  });
});
