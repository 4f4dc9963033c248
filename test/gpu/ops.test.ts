// Every operation's kernel against the CPU reference and PyTorch. What convolutions do fused is fused-conv.test.ts.

import { describe, expect, it } from "vitest";
import { packTensor, runTensorOnGpu, unpackTensor } from "../../src/gpu/run-tensor.js";
import { runReference } from "../../src/graph/op-references.js";
import { ArraySource, packedRows } from "../../src/job/pixel-source.js";
import { activate } from "../../src/ops/activate.js";
import { conv2d } from "../../src/ops/conv2d.js";
import { type ConvForm, type ConvVariant, supports } from "../../src/ops/conv2d.kernels.js";
import { imageToTensorReference } from "../../src/ops/image-to-tensor.reference.js";
import { type KernelCall, withWindow } from "../../src/ops/kernel.js";
import {
  imageToTensorKernel,
  PICTURE_HEADER_BYTES,
  pictureByteLength,
  tensorToImageKernel,
} from "../../src/ops/picture.kernels.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { channelBlocks, plane } from "../../src/ops/plane.js";
import { regionWords, UPRIGHT } from "../../src/ops/region.js";
import type { ResizeFilter } from "../../src/ops/resize.js";
import { concatKernels, resizeKernel, type SmallSpec, scaledAddKernel } from "../../src/ops/small.kernels.js";
import { type Tensor, tensor } from "../../src/ops/tensor.js";
import { tensorToImageReference } from "../../src/ops/tensor-to-image.reference.js";
import { BLOCK_BYTES, type Storage } from "../../src/shaders/kernel.js";
import { floatsToHalves, halvesToFloats } from "../../src/weights/half.js";
import { activateCases } from "../cases/activate.js";
import type { OpCase } from "../cases/case.js";
import { concatChannelsCases } from "../cases/concat-channels.js";
import { convTranspose2dCases } from "../cases/conv-transpose2d.js";
import { conv2dCases } from "../cases/conv2d.js";
import { expectedOutput } from "../cases/fixtures.js";
import { graphOfOneNode } from "../cases/graphs.js";
import { type ImageToTensorCase, imageToTensorCases } from "../cases/image-to-tensor.js";
import { leakyReluCases } from "../cases/leaky-relu.js";
import { pixelShuffleCases } from "../cases/pixel-shuffle.js";
import { pixelUnshuffleCases } from "../cases/pixel-unshuffle.js";
import { preluCases } from "../cases/prelu.js";
import { resizeCases, resizeToSize, resizeToSizeCases } from "../cases/resize.js";
import { scaledAddCases } from "../cases/scaled-add.js";
import { type TensorToImageCase, tensorToImageCases } from "../cases/tensor-to-image.js";
import { upsampleNearestCases } from "../cases/upsample-nearest.js";
import { expectClose } from "../ops/parity.js";
import { f16Device, softwareDevice } from "./device.js";
import { runKernels } from "./run-kernels.js";
import { convVariants, deviceFor, ofEachTile, readersOf } from "./variants.js";

/** Values of a half are within this of those stored, relative to them; conversions on a GPU may also round towards zero. */
const HALF_ROUNDING = 2 ** -11;

/** Halves below 2^-14 lose digits: their error is that of a value this large. */
const HALF_SMALLEST = 2 ** -13;

interface Options {
  readonly storage?: Storage;
  readonly chooseConv?: (form: ConvForm) => ConvVariant | undefined;
  /** How often a term is rounded to a half on its way: as an input, as a weight, in the output. */
  readonly roundings?: number;
}

/** One test a case, several at a time so that shaders compile side by side. */
function itMatches<A>(
  cases: readonly OpCase<A>[],
  options: Options = {},
  open: () => Promise<GPUDevice | undefined> = softwareDevice,
): void {
  it.concurrent.for(cases.map((one) => [one.name, one] as const))("%s", async ([_, one], { skip }) => {
    const device = await open();
    if (!device) return skip("no adapter can run it");
    await expectParity(device, one, options);
  });
}

async function expectParity<A>(device: GPUDevice, one: OpCase<A>, options: Options): Promise<void> {
  const { storage = "f32", roundings = 2 } = options;
  const call = one.build();
  const [input] = call.inputs as [Tensor];
  const result =
    call.inputs.length === 1 && !isToSize(one)
      ? await runTensorOnGpu(device, graphOfOneNode(one, call.attributes), input, options)
      : await runWithInputs(device, one, call.inputs, call.attributes, storage);
  const reference = runReference(one.op, call.inputs, call.attributes);
  const expected = expectedOutput(one.op.name, one.name);
  expect([result.channels, result.height, result.width]).toEqual(expected.shape);
  const magnitudes = one.magnitudes(call).map((value) => value + (storage === "f32" ? 0 : HALF_SMALLEST));
  const tolerance = one.tolerance + (storage === "f32" ? 0 : roundings * HALF_ROUNDING);
  expectClose(result.data, reference.data, magnitudes, tolerance);
  expectClose(result.data, expected.data, magnitudes, tolerance);
}

/** What no graph of one node and one input can hold, kernel by kernel. */
async function runWithInputs<A>(
  device: GPUDevice,
  one: OpCase<A>,
  inputs: readonly Tensor[],
  attributes: A,
  storage: Storage,
): Promise<Tensor> {
  const shape = one.op.outputShape(inputs, attributes);
  // A border of another width than the inputs', as values of other planes may have.
  const planes = inputs.map(({ width, height }, index) => plane(width, height, index % 3));
  const outPlane = plane(shape.width, shape.height, 1);
  const spec: SmallSpec = {
    storage,
    inputs: inputs.map(({ channels }, index) => ({ plane: planes[index]!, channels, access: "read" })),
    output: { plane: outPlane, channels: shape.channels },
  };
  const bytes = await runKernels(device, kernelsOf(one, spec, attributes), {
    inputs: inputs.map((input, index) => packTensor(input, planes[index]!, storage)),
    resultBytes: channelBlocks(shape.channels) * outPlane.size * BLOCK_BYTES[storage],
  });
  return unpackTensor(bytes, shape, outPlane, storage);
}

function kernelsOf<A>(one: OpCase<A>, spec: SmallSpec, attributes: A): KernelCall[] {
  if (isToSize(one)) return [resizeKernel(spec, attributes as ResizeFilter, one.name)];
  if (one.op.name === "concat-channels") return concatKernels(spec);
  return [scaledAddKernel(spec, (attributes as { alpha: number }).alpha)];
}

function isToSize<A>({ op }: OpCase<A>): boolean {
  return (op as unknown) === resizeToSize;
}

function named<T extends { readonly name: string }>(cases: readonly T[], ...names: readonly string[]): T[] {
  return names.map((name) => {
    const found = cases.find((one) => one.name === name);
    if (!found) throw new Error(`There is no case "${name}"`);
    return found;
  });
}

describe("f32, the device's own kernels", () => {
  describe("conv2d", () => itMatches(conv2dCases));
  describe("conv-transpose2d", () => itMatches(convTranspose2dCases));
  describe("leaky-relu", () => itMatches(leakyReluCases));
  describe("prelu", () => itMatches(preluCases));
  describe("activate", () => itMatches(activateCases));
  describe("concat-channels", () => itMatches(concatChannelsCases));
  describe("scaled-add", () => itMatches(scaledAddCases));
  describe("pixel-shuffle", () => itMatches(pixelShuffleCases));
  describe("pixel-unshuffle", () => itMatches(pixelUnshuffleCases));
  describe("upsample-nearest", () => itMatches(upsampleNearestCases));
  describe("resize", () => itMatches(resizeCases));
  describe("resize to a size", () => itMatches(resizeToSizeCases));
});

// At every device some other line of the table is the default: those of GPUs are held to the same here. Kernels compile for seconds, so what
// differs by its workgroup or its tile alone has the cases that would show it.
describe("f32, the convolutions of other devices", () => {
  const ofWorkgroups = named(conv2dCases, "k3 3->5 33x17 leaky-relu 0.2 bias");
  const ofTiles = named(
    conv2dCases,
    "k3 7->9 9x5 leaky-relu 0.2 bias",
    "k1 5->7 9x7 prelu bias",
    "k5 5->7 9x7 prelu",
    "k3 64->48 9x5 leaky-relu 0.2 bias",
  );
  const ofReaders = named(
    conv2dCases,
    "k7 3->5 1x3 leaky-relu 0.2 bias",
    "k3 5->7 9x7 tanh bias",
    "k5 5->7 9x7 sigmoid bias",
  );
  const variants = convVariants("f32");
  const tiles = new Set(ofEachTile(variants).map(([name]) => name));
  const readers = readersOf(variants);
  describe.each(variants)("%s", (name, variant) => {
    const cases = [...ofWorkgroups, ...(tiles.has(name) ? ofTiles : []), ...(readers.has(name) ? ofReaders : [])];
    const possible = cases.filter((one) => {
      const kernel = one.build().attributes.weight.shape[2]!;
      return supports(variant, { kernel, upsample: 1, shuffle: 1 }, "f32");
    });
    itMatches(possible, { chooseConv: () => variant }, () => deviceFor(variant));
  });
});

// The adapter with shader-f16 that tests use is lavapipe, which has kernels of its own. Each activation and bias has been added by the same text
// above, and compiles anew: here two of them are enough.
describe("f32, another software adapter's own convolutions", () => {
  const others = conv2dCases.filter(({ name }) => !name.includes(" 5->7 "));
  const two = [1, 3, 5, 7].flatMap((kernel) => [`k${kernel} 5->7 9x7 none`, `k${kernel} 5->7 9x7 prelu bias`]);
  itMatches([...others, ...named(conv2dCases, ...two)], {}, f16Device);
});

const F16_CASES = {
  conv2d: named(
    conv2dCases,
    "k3 3->5 33x17 leaky-relu 0.2 bias",
    "k1 5->7 9x7 prelu bias",
    "k5 3->5 2x1 leaky-relu 0.2 bias",
    "k3 64->32 9x5 leaky-relu 0.2 bias",
  ),
  "leaky-relu": named(leakyReluCases, "3 33x17 slope 0.2", "7 5x3 slope 0.2", "5 5x3 slope -0.5"),
  prelu: named(preluCases, "3 1x1", "3 33x17", "64 5x3"),
  activate: named(activateCases, "tanh 3 33x17", "sigmoid 5 5x3"),
  "concat-channels": named(concatChannelsCases, "3+2 33x17", "3+5+7 5x3", "64+32+32 5x3"),
  "scaled-add": named(scaledAddCases, "3 33x17 alpha 0.2", "7 5x3 alpha 0.2", "5 5x3 alpha -1.5"),
  "pixel-shuffle": named(
    pixelShuffleCases,
    "3 33x17 factor 2 pytorch",
    "5 4x3 factor 3 tensorflow",
    "1 4x3 factor 4 pytorch",
  ),
  "pixel-unshuffle": named(
    pixelUnshuffleCases,
    "3 33x17 factor 2 pytorch",
    "5 4x3 factor 3 tensorflow",
    "1 4x3 factor 4 pytorch",
  ),
  "upsample-nearest": named(upsampleNearestCases, "3 33x17 factor 2", "5 4x3 factor 3", "7 4x3 factor 4"),
  resize: named(
    resizeToSizeCases,
    "2 bicubic antialias 31x17 to 13x5",
    "5 bilinear 6x5 to 4x9",
    "2 bicubic 5x3 to 20x12",
  ),
};

// tanh and sigmoid are made of exponentials, which overflow.
describe("curved activations of large values, infinities and NaN", () => {
  const INPUTS = [0, 1e-3, -1e-3, 5, -5, 9.9, -9.9, 11, -11, 79, -79, 81, -81, 1e4, -1e4, 3e38, -3e38];
  const values = [...INPUTS, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  const input = tensor({ channels: 1, height: 1, width: values.length }, Float32Array.from(values));

  it.each([
    ["tanh", "by itself"],
    ["tanh", "of a convolution"],
    ["sigmoid", "by itself"],
    ["sigmoid", "of a convolution"],
  ] as const)("%s %s", async (kind, where) => {
    const one = { name: "one", shape: [1, 1, 1, 1], floats: () => Float32Array.of(1) };
    const op = where === "by itself" ? activate : conv2d;
    const attributes = where === "by itself" ? { kind } : { weight: one, activation: { kind } };
    const call = { op, name: kind, inputs: [input] } as unknown as OpCase<unknown>;
    const expected = runReference(activate, [input], { kind }).data;
    expect(expected.slice(0, -1).every((value) => Math.abs(value) <= 1)).toBe(true);
    for (const open of [softwareDevice, f16Device]) {
      const device = await open();
      if (!device) continue;
      const result = await runTensorOnGpu(device, graphOfOneNode(call, attributes), input);
      expect(result.data.at(-1)).toBeNaN();
      const magnitudes = expected.map(() => 1);
      expectClose(result.data.slice(0, -1), expected.slice(0, -1), magnitudes.slice(0, -1), 1e-5);
    }
  });
});

/** Roundings to halves: input, weights or what else is stored, output. */
const F16_ROUNDINGS: Readonly<Record<string, number>> = { conv2d: 3 };

describe("packed f16", () => {
  for (const [name, cases] of Object.entries(F16_CASES) as [string, OpCase<unknown>[]][]) {
    describe(name, () => itMatches(cases, { storage: "packed-f16", roundings: F16_ROUNDINGS[name] ?? 2 }));
  }
});

// The shaders differ from those of packed f16 by the preamble alone; lavapipe takes seconds for each.
describe("f16", () => {
  it.concurrent.for([
    ["conv2d", F16_CASES.conv2d[0]],
    ["prelu", F16_CASES.prelu[1]],
    ["activate", F16_CASES.activate[0]],
    ["concat-channels", F16_CASES["concat-channels"][1]],
    ["scaled-add", F16_CASES["scaled-add"][0]],
    ["pixel-shuffle", F16_CASES["pixel-shuffle"][1]],
    ["pixel-unshuffle", F16_CASES["pixel-unshuffle"][1]],
    ["upsample-nearest", F16_CASES["upsample-nearest"][1]],
    ["resize", F16_CASES.resize[0]],
  ] as [string, OpCase<unknown>][])("%s", async ([name, one], { skip }) => {
    const device = await f16Device();
    if (!device) return skip("no adapter with shader-f16");
    await expectParity(device, one, { storage: "f16", roundings: F16_ROUNDINGS[name] ?? 2 });
  });
});

// Sums of products in f16 lose more than storage does: up to 72 terms, or Winograd's transforms of 16 values.
const F16_MATH_ROUNDINGS = 12;

describe("f16 arithmetic", () => {
  // Nine channels are an odd number of blocks, one an invocation: lavapipe compiles two for a minute and more.
  const cases = named(conv2dCases, "k3 7->9 9x5 leaky-relu 0.2 bias");
  describe.each(convVariants("f16"))("%s", (_, variant) => {
    it.each(cases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
      const device = await f16Device();
      if (!device) return;
      await expectParity(device, one, {
        storage: "f16",
        chooseConv: () => variant,
        roundings: F16_MATH_ROUNDINGS,
      });
    });
  });
});

/** The region that is the picture from its first pixel on, padded as for a network. */
function paddedRegion(picture: Pixels, padded: { readonly width: number; readonly height: number }) {
  const all = { x: 0, y: 0, width: picture.width, height: picture.height };
  const border = (axis: "width" | "height") => (padded[axis] - picture[axis] >= picture[axis] ? "repeat" : "reflect");
  const rows = packedRows(all, picture);
  return regionWords(
    {
      from: all,
      border: { x: border("width"), y: border("height") },
      orientation: UPRIGHT,
      result: all,
      kept: all,
      to: all,
      isFirst: true,
    },
    { source: rows, target: rows, tables: all, alpha: rows, alphaBorder: "repeat" },
  );
}

async function expectTensorOfImage(one: ImageToTensorCase, storage: Storage): Promise<void> {
  const picture = one.build();
  const outPlane = plane(one.attributes.width, one.attributes.height, 1);
  const output = { plane: outPlane, channels: one.attributes.channels };
  const source = { kind: "packed", channels: picture.channels, bits: picture.bits } as const;
  const bytes = await runKernels(await softwareDevice(), [imageToTensorKernel(source, output, storage)], {
    inputs: [],
    pixels: await new ArraySource(picture).pack({ x: 0, y: 0, width: picture.width, height: picture.height }),
    region: paddedRegion(picture, one.attributes),
    resultBytes: outPlane.size * BLOCK_BYTES[storage],
  });
  const expected = expectedOutput("image-to-tensor", one.name);
  const [channels, height, width] = expected.shape as [number, number, number];
  const result = unpackTensor(bytes, { channels, height, width }, outPlane, storage);
  const reference = imageToTensorReference(picture, one.attributes);
  const magnitudes = expected.data.map((value) => value + (storage === "f32" ? 0 : HALF_SMALLEST));
  const tolerance = one.tolerance + (storage === "f32" ? 0 : HALF_ROUNDING);
  expectClose(result.data, reference.data, magnitudes, tolerance);
  expectClose(result.data, expected.data, magnitudes, tolerance);
}

async function expectImageOfTensor(one: TensorToImageCase, storage: Storage): Promise<void> {
  const built = one.build();
  const { channels, bits, width, height } = one.attributes;
  // What is stored in halves is what is turned into a picture.
  const input = storage === "f32" ? built : { ...built, data: halvesToFloats(floatsToHalves(built.data)) };
  const inPlane = plane(input.width, input.height, 1);
  const tensor = { plane: inPlane, channels: input.channels, access: "read" } as const;
  const whole = tensorToImageKernel(tensor, width, { bits, gray: channels === 1 }, storage);
  const kernel = { ...whole, planes: withWindow(whole.planes, [0, 0, width, height]) };
  const bytes = await runKernels(await softwareDevice(), [kernel], {
    inputs: [packTensor(input, inPlane, storage)],
    resultBytes: PICTURE_HEADER_BYTES + pictureByteLength({ width, height, bits }),
  });
  const [notFinite] = new Uint32Array(bytes);
  expect(notFinite).toBe(input.data.every(Number.isFinite) ? 0 : 1);
  const stored = bytes.slice(PICTURE_HEADER_BYTES);
  const levels = bits === 16 ? new Uint16Array(stored) : new Uint8Array(stored);
  expect(levels.filter((_, i) => i % 4 === 3).every((level) => level === 2 ** bits - 1)).toBe(true);
  const data = levels.filter((_, i) => i % 4 < channels);
  const expected = expectedOutput("tensor-to-image", one.name);
  expect([height, width, channels]).toEqual(expected.shape);
  expectLevels(data, tensorToImageReference(input, one.attributes).data, bits);
  if (storage === "f32") expectLevels(data, expected.data, bits);
}

describe("image-to-tensor", () => {
  it.concurrent.each(imageToTensorCases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    await expectTensorOfImage(one, "f32");
  });

  it.concurrent.each(imageToTensorCases.filter((_, index) => index % 5 === 0).map((one) => [one.name, one] as const))(
    "packed f16: %s",
    async (_, one) => {
      await expectTensorOfImage(one, "packed-f16");
    },
  );
});

describe("tensor-to-image", () => {
  it.concurrent.each(tensorToImageCases.map((one) => [one.name, one] as const))("%s", async (_, one) => {
    await expectImageOfTensor(one, "f32");
  });

  it.concurrent.each(tensorToImageCases.filter((_, index) => index % 5 === 0).map((one) => [one.name, one] as const))(
    "packed f16: %s",
    async (_, one) => {
      await expectImageOfTensor(one, "packed-f16");
    },
  );
});

/** The same levels; of 65535, whose steps near 1 are a few of float32's, one in fifty may be off by one. */
function expectLevels(actual: ArrayLike<number>, expected: ArrayLike<number>, bits: 8 | 16): void {
  const errors = Array.from(expected, (level, i) => Math.abs(level - actual[i]!));
  expect(errors.length).toBe(actual.length);
  expect(Math.max(...errors)).toBeLessThanOrEqual(bits === 8 ? 0 : 1);
  expect(errors.filter((error) => error > 0).length).toBeLessThanOrEqual(errors.length / 50);
}
