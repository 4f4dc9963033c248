// The kernels that read textures and copy them. What they do with a pixel of a region is picture-kernels.test.ts; storing is
// picture-texture-store.test.ts.

import { describe, expect, it } from "vitest";
import { unpackTensor } from "../../src/gpu/run-tensor.js";
import { ArraySource, packedRows } from "../../src/job/pixel-source.js";
import { hdrEncoded } from "../../src/ops/color-curve.reference.js";
import { imageToTensorKernel, type SourceForm } from "../../src/ops/picture.kernels.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { plane } from "../../src/ops/plane.js";
import { ORIENTATIONS, UPRIGHT } from "../../src/ops/region.js";
import { copyTextureKernel, type StorableFormat } from "../../src/ops/texture-copy.kernels.js";
import { floatsToHalves } from "../../src/weights/half.js";
import { randomPicture } from "../cases/random.js";
import { testRegion } from "../cases/region.js";
import { softwareDevice } from "./device.js";
import { runKernels } from "./run-kernels.js";
import { sourceTexture, type TexelFormat, targetTexture } from "./texels.js";
import { readTexture } from "./textures.js";

type TextureSource = SourceForm & { readonly kind: "texture" };

const PLAIN: TextureSource = {
  kind: "texture",
  hasLevels: false,
  isDecoded: false,
  encode: "none",
  unpremultiply: false,
  flip: false,
  countsNaN: false,
};

const WIDTH = 19;
const HEIGHT = 7;
const ALL = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
/** A region that begins before the picture and ends behind it. */
const CUT = { from: { x: -2, y: -3 }, border: { x: "reflect", y: "wrap" } } as const;
const TO = { width: 24, height: 13 };

/** The tensor that a kernel reads of a texture. */
async function readRegion(
  source: TextureSource,
  format: TexelFormat,
  texels: ArrayBufferView<ArrayBuffer>,
  orientation = UPRIGHT,
): Promise<Float32Array> {
  const device = await softwareDevice();
  const texture = sourceTexture(device, format, ALL, texels);
  const { call, region, resultBytes, unpack } = reading(source, orientation);
  const bytes = await runKernels(device, [call], {
    inputs: [],
    textures: { "texture-in": texture },
    region,
    resultBytes,
  });
  texture.destroy();
  return unpack(bytes);
}

function reading(source: SourceForm, orientation = UPRIGHT) {
  const { width, height } = orientation.transpose ? { width: TO.height, height: TO.width } : TO;
  const to = plane(width, height, 0);
  return {
    call: imageToTensorKernel(source, { plane: to, channels: 3 }, "f32"),
    region: testRegion({ ...CUT, orientation }, { source: packedRows(ALL, { channels: 4, bits: 8 }) }),
    resultBytes: to.size * 16,
    unpack: (bytes: ArrayBuffer) => unpackTensor(bytes, { channels: 3, width, height }, to, "f32").data,
  };
}

/** The same of a picture in packed rows. */
async function readPacked(picture: Pixels, orientation = UPRIGHT): Promise<Float32Array> {
  const { channels, bits } = picture;
  const { call, region, resultBytes, unpack } = reading({ kind: "packed", channels, bits }, orientation);
  const pixels = await new ArraySource(picture).pack(ALL);
  return unpack(await runKernels(await softwareDevice(), [call], { inputs: [], pixels, region, resultBytes }));
}

/** RGBA as a texture of 8 bits holds it. */
function bytesFor(format: TexelFormat, { data }: Pixels): Uint8Array<ArrayBuffer> {
  const swapped = format === "bgra8unorm" ? [2, 1, 0, 3] : [0, 1, 2, 3];
  return Uint8Array.from(data, (_, i) => data[i - (i % 4) + swapped[i % 4]!]!);
}

function flipped(picture: Pixels): Pixels {
  const { data, width, height } = picture;
  const row = width * 4;
  const source = Uint8Array.from(data);
  return { ...picture, data: source.map((_, i) => source[(height - 1 - Math.floor(i / row)) * row + (i % row)]!) };
}

/** Every level of 8 bits in each channel, and random ones. */
function everyLevel(): Pixels {
  const picture = randomPicture(WIDTH, HEIGHT, 4, 8, 5);
  return { ...picture, data: picture.data.map((level, i) => (i < 3 * 128 ? Math.floor(i / 4) * 2 + (i % 2) : level)) };
}

describe("reading a texture", () => {
  const forms: readonly [TexelFormat, Partial<TextureSource>][] = [
    ["rgba8unorm", { hasLevels: true }],
    ["bgra8unorm", { hasLevels: true }],
    ["rgba8unorm-srgb", { hasLevels: true, isDecoded: true }],
  ];

  it.each(forms)("of %s gives what the packed picture gives, bit by bit: %o", async (format, form) => {
    for (const flip of [false, true]) {
      const picture = everyLevel();
      const texels = bytesFor(format, flip ? flipped(picture) : picture);
      for (const orientation of [UPRIGHT, ORIENTATIONS[3]!, ORIENTATIONS[6]!]) {
        const found = await readRegion({ ...PLAIN, ...form, flip }, format, texels, orientation);
        expect([...found]).toEqual([...(await readPacked(picture, orientation))]);
      }
    }
  });

  const floats: readonly [TexelFormat, (values: Float32Array) => ArrayBufferView<ArrayBuffer>][] = [
    ["rgba32float", (values) => Float32Array.from(values)],
    ["rgba16float", (values) => Uint16Array.from(floatsToHalves(values))],
  ];

  it.each(floats)("of %s takes values as they are, within 0 and 1", async (format, texelsOf) => {
    const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0.5, 1.5, 1, 0];
    const values = Float32Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) => specials[i] ?? ((i * 37) % 256) / 256);
    const exact = Float32Array.from(values, (value) => (value > 0 ? Math.min(value, 1) : 0));
    // Pixel by pixel without a border: the region is the picture.
    const expected = await readCut(PLAIN, format, texelsOf(exact));
    expect([...expected]).toEqual([...planar(exact)]);
    expect([...(await readCut(PLAIN, format, texelsOf(values)))]).toEqual([...expected]);
    // As levels of 8 bits.
    const levels = await readCut({ ...PLAIN, hasLevels: true }, format, texelsOf(values));
    const rounded = planar(exact).map((value) => Math.floor(value * 255 + 0.5) / 255);
    levels.forEach((value, i) => {
      expect(value).toBeCloseTo(rounded[i]!, 6);
    });
  });

  it("encodes linear values as sRGB", async () => {
    const values = Float32Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) => (i / (WIDTH * HEIGHT * 4)) ** 2);
    values[0] = Number.NaN;
    const found = await readCut({ ...PLAIN, encode: "srgb" }, "rgba32float", values);
    const expected = planar(values).map((value) => encoded(value || 0));
    found.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(2e-6);
    });
  });

  it("encodes linear values beyond 1 by the HDR curve", async () => {
    const specials = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -2,
      0,
      1,
      65504,
      1e30,
      1.0001,
      0.9999,
    ];
    const values = Float32Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) => specials[i] ?? 2 ** ((i % 97) / 4 - 8));
    const found = await readCut({ ...PLAIN, encode: "hdr" }, "rgba32float", values);
    const expected = planar(values).map(hdrEncoded);
    expect(Math.max(...expected)).toBe(1);
    found.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(2e-6);
    });
  });

  it("divides colours by their alpha", async () => {
    const picture = everyLevel();
    const found = await readCut(
      { ...PLAIN, hasLevels: true, unpremultiply: true },
      "rgba8unorm",
      bytesFor("rgba8unorm", picture),
    );
    const straight = Float32Array.from(picture.data, (level, i) => {
      const alpha = picture.data[i - (i % 4) + 3]!;
      return alpha === 0 ? 0 : Math.min(level / alpha, 1) * 255;
    });
    const expected = planar(straight);
    // What is half way between two levels may be rounded either way.
    const wrong = [...found].filter((value, i) => {
      const level = Math.round(value * 255);
      return !(Math.abs(level - expected[i]!) <= 0.5 + 1e-4 && Math.abs(value - level / 255) <= 1e-7);
    });
    expect(wrong).toEqual([]);
  });

  /** The whole picture as a tensor. */
  async function readCut(source: TextureSource, format: TexelFormat, texels: ArrayBufferView<ArrayBuffer>) {
    const device = await softwareDevice();
    const texture = sourceTexture(device, format, ALL, texels);
    const to = plane(WIDTH, HEIGHT, 0);
    const bytes = await runKernels(device, [imageToTensorKernel(source, { plane: to, channels: 3 }, "f32")], {
      inputs: [],
      textures: { "texture-in": texture },
      region: testRegion({}, { source: packedRows(ALL, { channels: 4, bits: 8 }) }),
      resultBytes: to.size * 16,
    });
    texture.destroy();
    return unpackTensor(bytes, { channels: 3, width: WIDTH, height: HEIGHT }, to, "f32").data;
  }
});

/** RGBA, pixel by pixel, as three planes. */
function planar(values: Float32Array): Float32Array {
  const count = values.length / 4;
  return Float32Array.from({ length: 3 * count }, (_, i) => values[(i % count) * 4 + Math.floor(i / count)]!);
}

const encoded = (linear: number) => (linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055);
describe("copying a texture", () => {
  const cases: readonly [TexelFormat, StorableFormat, boolean][] = [
    ["rgba8unorm", "rgba8unorm", false],
    ["rgba8unorm-srgb", "rgba8unorm", true],
    ["bgra8unorm", "rgba8unorm", false],
  ];

  it.each(cases)("from %s to %s keeps every level", async (format, to, encode) => {
    const device = await softwareDevice();
    const picture = everyLevel();
    const [from, target] = [
      sourceTexture(device, format, ALL, bytesFor(format, picture)),
      targetTexture(device, to, ALL),
    ];
    const textures = { "texture-in": from, "texture-out": target };
    await runKernels(device, [copyTextureKernel({ encode }, to, ALL)], { inputs: [], textures, resultBytes: 4 });
    expect(await readTexture(device, target)).toEqual(picture.data);
    from.destroy();
    target.destroy();
  });

  it.each(["rgba16float", "rgba32float"] as const)("of %s keeps every value, beyond 0 and 1 too", async (format) => {
    const device = await softwareDevice();
    const values = Float32Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) => (i - 200) / 64);
    const texels = format === "rgba32float" ? values : Uint16Array.from(floatsToHalves(values));
    const [from, target] = [sourceTexture(device, format, ALL, texels), targetTexture(device, format, ALL)];
    const textures = { "texture-in": from, "texture-out": target };
    const copy = copyTextureKernel({ encode: false }, format, ALL);
    await runKernels(device, [copy], { inputs: [], textures, resultBytes: 4 });
    expect(await readTexture(device, target)).toEqual(values);
    from.destroy();
    target.destroy();
  });
});
