// Passes of linear values beyond 1: what is bright survives, what is no colour does no harm, alpha travels as ever.

import { describe, expect, it } from "vitest";
import type { Model } from "../../src/models/model.js";
import { hdrDecoded, hdrEncoded } from "../../src/ops/color-curve.reference.js";
import { createUpscaler } from "../../src/upscaler.js";
import { WeightTensor } from "../../src/weights/tensor-map.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomFloats, seededRandom } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { encoded, inputOf, outputFor, passOf, plainTuning, smallUpscaler } from "./pass-run.js";

const SIZES = [
  { width: 37, height: 23 },
  { width: 1, height: 1 },
];
const FORMATS = ["rgba16float", "rgba32float"] as const;
const HDR = { range: "hdr" } as const;

/** A Compact that repeats each pixel: its convolutions add nothing. */
function repeating(): Model {
  const { tensors, metadata } = compactWeights({ scale: 2, blocks: 1 });
  const none = [...tensors].map(([name, { shape }]) => {
    const length = shape.reduce((product, side) => product * side, 1);
    return [name, new WeightTensor(name, shape, new Float32Array(length))] as const;
  });
  return modelOf({ tensors: new Map(none), metadata });
}

interface Floats {
  readonly data: number[];
  readonly width: number;
  readonly height: number;
}

/** Colours from 2^-8 to 2^15.9, with an alpha. */
function bright({ width, height }: { width: number; height: number }, alpha: (pixel: number) => number): Floats {
  const random = randomFloats(seededRandom(5), width * height * 4);
  const data = Array.from(random, (value, i) => (i % 4 === 3 ? alpha(i >> 2) : 2 ** (((value + 1) / 2) * 23.9 - 8)));
  return { data, width, height };
}

/** The texel of the source that a texel of twice the size lies in. */
function sourceOf({ data, width }: Floats, i: number): number {
  const [x, y] = [(i >> 2) % (2 * width), Math.floor((i >> 2) / (2 * width))];
  return data[((y >> 1) * width + (x >> 1)) * 4 + (i % 4)]!;
}

async function upscaled(source: Floats, options: Partial<Parameters<typeof passOf>[1]>, model?: Model) {
  const device = await softwareDevice();
  const owner = await smallUpscaler(model ? { model } : {});
  const { width, height } = source;
  const formats = { input: "rgba32float", output: "rgba32float" } as const;
  const pass = await passOf(owner, { width, height, ...formats, ...HDR, ...options });
  const from = inputOf(device, source, (options.input ?? formats.input) as GPUTextureFormat, (value) => value);
  return encoded(device, pass, from, outputFor(device, pass, options.output ?? formats.output));
}

/** The largest relative difference of colours from those wanted. */
function worst(got: ArrayLike<number>, wanted: (i: number) => number): number {
  return Array.from(got).reduce((most, value, i) => {
    if (i % 4 === 3) return most;
    const off = Math.abs(value - wanted(i)) / Math.max(wanted(i), 1e-3);
    return Math.max(most, off); // NaN stays
  }, 0);
}

describe.each(SIZES)("range hdr of $width x $height texels", (size) => {
  it.each(FORMATS)("keeps what is bright in %s", async (format) => {
    const source = bright(size, () => 1);
    const got = await upscaled(source, { input: format, output: format }, repeating());
    expect(got).toHaveLength(size.width * size.height * 16);
    expect(worst(got, (i) => sourceOf(source, i))).toBeLessThan(0.01);
    expect(Array.from(got).every((value, i) => i % 4 !== 3 || value === 1)).toBe(true);
  });

  it("gives what a network makes of the encoded values", async () => {
    const source = bright(size, () => 1);
    const got = await upscaled(source, {});
    const data = Uint16Array.from(source.data, (value, i) =>
      i % 4 === 3 ? 65535 : Math.round(hdrEncoded(value) * 65535),
    );
    const wanted = await (await smallUpscaler()).upscale({ ...source, data, channels: 4, bits: 16 });
    // A level of rounding before and one after.
    const off = Array.from(got).filter(
      (value, i) => i % 4 !== 3 && !(Math.abs(hdrEncoded(value) - wanted.data[i]! / 65535) <= 4 / 65535),
    );
    expect(off).toEqual([]);
  });

  it("takes NaN and what is negative for 0, infinity for the largest", async () => {
    for (const [value, wanted] of [
      [Number.NaN, 0],
      [-3, 0],
      [Number.NEGATIVE_INFINITY, 0],
      [Number.POSITIVE_INFINITY, 65504],
      [1e30, 65504],
    ] as const) {
      const source = {
        ...bright(size, () => 1),
        data: bright(size, () => 1).data.map((_, i) => (i % 4 === 3 ? 1 : value)),
      };
      for (const output of FORMATS) {
        const got = await upscaled(source, { output }, repeating());
        expect(worst(got, () => wanted)).toBeLessThan(0.001);
      }
    }
  });

  it("resizes alpha beside straight colours and premultiplied ones", async () => {
    const alpha = (pixel: number) => [1, 0.25, 0.5, 0.75][(pixel * 3) % 4]!;
    const straight = bright(size, alpha);
    const premultiplied = {
      ...straight,
      data: straight.data.map((value, i) => (i % 4 === 3 ? value : value * straight.data[i | 3]!)),
    };
    const plain = await upscaled(straight, { alpha: "straight" }, repeating());
    expect(worst(plain, (i) => sourceOf(straight, i))).toBeLessThan(0.01);
    const multiplied = await upscaled(premultiplied, { alpha: "premultiplied" }, repeating());
    expect(worst(multiplied, (i) => sourceOf(straight, i) * multiplied[i | 3]!)).toBeLessThan(0.01);
    const alphas = (values: ArrayLike<number>) => Array.from(values).filter((_, i) => i % 4 === 3);
    expect(alphas(multiplied)).toEqual(alphas(plain));
    expect(Math.min(...alphas(plain))).toBeLessThan(size.width > 1 ? 0.4 : 1.1);
  });

  it("fills bright colours in under alpha 0", async () => {
    const isVisible = (pixel: number) => size.width > 1 && pixel % 3 !== 0;
    const source = bright(size, (pixel) => (isVisible(pixel) ? 1 : 0));
    const data = source.data.map((value, i) => (i % 4 === 3 ? value : isVisible(i >> 2) ? 400 : 2));
    const got = await upscaled({ ...source, data }, { alpha: "straight" }, repeating());
    expect(worst(got, () => (size.width > 1 ? 400 : 2))).toBeLessThan(0.01);
  });
});

it("range hdr keeps what is bright within 2 % where the network computes in halves", async () => {
  const device = await softwareDevice();
  const tuning = plainTuning(device, "packed-f16");
  const owner = kept(await createUpscaler(device, { model: repeating(), precision: "f16", tuning }));
  const source = bright({ width: 37, height: 23 }, () => 1);
  const formats = { input: "rgba16float", output: "rgba16float" } as const;
  const pass = await passOf(owner, { width: 37, height: 23, ...formats, ...HDR });
  const from = inputOf(device, source, formats.input, (value) => value);
  const got = await encoded(device, pass, from, outputFor(device, pass, formats.output));
  expect(worst(got, (i) => sourceOf(source, i))).toBeLessThan(0.02);
});

describe("range", () => {
  const size = { width: 4, height: 3, input: "rgba16float", output: "rgba16float" } as const;

  it.each([
    [{ range: "wide" as "hdr" }, 'range must be one of "standard", "hdr", got "wide"'],
    [{ ...HDR, input: "rgba8unorm" }, 'The range "hdr" needs an input of rgba16float or rgba32float, got rgba8unorm'],
    [{ ...HDR, output: "bgra8unorm" }, 'The range "hdr" needs an output of rgba16float or rgba32float, got bgra8unorm'],
    [{ ...HDR, outputTransfer: "srgb" }, 'The range "hdr" is of linear values, got outputTransfer "srgb"'],
  ] as const)("refuses %o", async (options, message) => {
    const owner = await smallUpscaler();
    await expect(owner.createPass({ ...size, ...options })).rejects.toMatchObject({ code: "bad-input", message });
  });

  it("standard clamps to 0..1, as where nothing is said", async () => {
    const source = bright({ width: 5, height: 4 }, () => 1);
    const linear = { inputTransfer: "linear", outputTransfer: "linear" } as const;
    const got = await upscaled(source, { range: "standard", ...linear }, repeating());
    expect(worst(got, (i) => Math.min(sourceOf(source, i), 1))).toBeLessThan(0.01);
    expect(hdrDecoded(1)).toBeGreaterThan(1);
  });
});
