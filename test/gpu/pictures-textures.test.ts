// Textures of every format through upscale(): what they become, of which size, level, layer, format and usage, and what is refused.

import { describe, expect, it } from "vitest";
import type { Pixels } from "../../src/ops/pixels.js";
import { createUpscaler, type Upscaler } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomPicture as picture } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { readTexture, TEXTURE, textureOf } from "./textures.js";

const MODEL = modelOf(compactWeights({ scale: 2, blocks: 1, features: 4 }));
const FORMATS = [
  ...(["rgba8unorm", "rgba8unorm-srgb", "bgra8unorm", "bgra8unorm-srgb"] as const),
  ...(["rgba16float", "rgba32float"] as const),
];
async function upscaler(): Promise<Upscaler> {
  const found = await createUpscaler(await softwareDevice(), { model: MODEL, precision: "f32" });
  kept(found);
  return found;
}

/** Random colours, of which every second one is under alpha 0. */
function translucent(width: number, height: number): Pixels {
  const source = picture(width, height, 4);
  return { ...source, data: source.data.map((value, i) => (i % 4 === 3 && (i >> 2) % 2 === 0 ? 0 : value)) };
}

const isFloat = (format: GPUTextureFormat) => format.endsWith("float");

function withSixteenBits(source: Pixels): Pixels {
  return { ...source, bits: 16, data: Uint16Array.from(source.data, (level) => level * 257) };
}

/** The most that values differ in levels of 8 bits. */
function levelsOff(found: Uint8Array | Float32Array, { data, bits }: Pixels): number {
  expect(found).toHaveLength(data.length);
  const scale = found instanceof Float32Array ? 255 : 1;
  const wantedScale = bits === 16 ? 1 / 257 : 1;
  let most = 0;
  for (const [i, value] of found.entries()) most = Math.max(most, Math.abs(value * scale - data[i]! * wantedScale));
  return most;
}

async function expectTexture(result: GPUTexture, wanted: Pixels, tolerance: number): Promise<void> {
  kept(result);
  expect([result.width, result.height]).toEqual([wanted.width, wanted.height]);
  expect(levelsOff(await readTexture(await softwareDevice(), result), wanted)).toBeLessThanOrEqual(tolerance);
}

describe("a texture", () => {
  const pairs = FORMATS.flatMap((from) => FORMATS.map((to) => ({ from, to })));
  it.each(pairs)("of $from becomes one of $to", async ({ from, to }) => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const source = translucent(37, 23);
    // Colours that are filled in are no levels of 8 bits in floats.
    const wanted = await owner.upscale(isFloat(from) ? withSixteenBits(source) : source);
    const texture = textureOf(device, source, from, TEXTURE.binding);
    kept(texture);
    const result = await owner.upscale(texture, { textureFormat: to });
    expect(result.format).toBe(to);
    expect(result.usage & (TEXTURE.binding | TEXTURE.copySrc)).toBe(TEXTURE.binding | TEXTURE.copySrc);
    await expectTexture(result, wanted, isFloat(from) || isFloat(to) ? 1 : 0);
  });

  it.each(FORMATS)("of %s becomes another of its own format, by default", async (format) => {
    const device = await softwareDevice();
    const texture = textureOf(device, translucent(5, 4), format, TEXTURE.binding);
    kept(texture);
    const result = await (await upscaler()).upscale(texture);
    kept(result);
    expect(result.format).toBe(format);
  });

  it.each([
    [1, 1],
    [1, 9],
    [65, 1],
    [64, 3],
    [127, 5],
  ])("of %i x %i texels has its bytes", async (width, height) => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const source = translucent(width, height);
    const wanted = await owner.upscale(source);
    const texture = textureOf(device, source, "rgba8unorm", TEXTURE.binding);
    kept(texture);
    await expectTexture(await owner.upscale(texture), wanted, 0);
    const pixels = await owner.upscale(texture, { output: "pixels" });
    expect([...pixels.data]).toEqual([...wanted.data]);
  });

  it.each(["rgba16float", "rgba32float"] as const)("of %s has 16 bits as pixels", async (format) => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const source = translucent(13, 7);
    const texture = textureOf(device, source, format, TEXTURE.binding);
    kept(texture);
    const pixels = await owner.upscale(texture, { output: "pixels" });
    expect(pixels).toMatchObject({ width: 26, height: 14, channels: 4, bits: 16 });
    const wanted = await owner.upscale(source);
    const off = [...pixels.data].map((level, i) => Math.abs(level / 257 - wanted.data[i]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(1);
  });

  it("in parts and strips is the same picture", async () => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const source = translucent(40, 30);
    const wanted = await owner.upscale(source);
    const texture = textureOf(device, source, "rgba8unorm", TEXTURE.binding);
    const rows: number[] = [];
    const strips = owner.strips(texture, { tile: { size: 16, overlap: 4 } });
    texture.destroy();
    for await (const { pixels } of strips) rows.push(...pixels.data);
    expect(rows).toEqual([...wanted.data]);
  });
});

describe("a level and layer of a texture", () => {
  it.each([
    [0, 0],
    [0, 2],
    [1, 1],
    [2, 2],
  ])("is read and written: level %i, layer %i", async (mipLevel, arrayLayer) => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const layered = (width: number, height: number, usage: number) => {
      const size = [width, height, 3];
      const texture = device.createTexture({ label: "mine", size, mipLevelCount: 3, format: "rgba8unorm", usage });
      kept(texture);
      return texture;
    };
    const from = layered(37, 23, TEXTURE.binding | TEXTURE.copyDst);
    const [width, height] = [37 >> mipLevel, 23 >> mipLevel];
    const source = translucent(width, height);
    const wanted = await owner.upscale(source);
    const size = [width, height];
    const place = { texture: from, mipLevel, origin: [0, 0, arrayLayer] };
    device.queue.writeTexture(place, source.data as Uint8Array<ArrayBuffer>, { bytesPerRow: width * 4 }, size);
    const slice = { texture: from, mipLevel, arrayLayer };
    await expectTexture(await owner.upscale(slice), wanted, 0);
    // The level of another texture that has the result's size.
    const to = layered((width * 2) << mipLevel, (height * 2) << mipLevel, TEXTURE.storage | TEXTURE.copySrc);
    const texture = { texture: to, mipLevel, arrayLayer };
    expect(await owner.upscale(source, { texture })).toBe(to);
    const whole = device.createTexture({ size: [width * 2, height * 2], format: "rgba8unorm", usage: 1 | 2 });
    const encoder = device.createCommandEncoder();
    const origin = [0, 0, arrayLayer];
    encoder.copyTextureToTexture({ texture: to, mipLevel, origin }, { texture: whole }, [width * 2, height * 2]);
    device.queue.submit([encoder.finish()]);
    await expectTexture(whole, wanted, 0);
  });
});

describe("a result texture", () => {
  const usages = { storage: TEXTURE.storage, copy: TEXTURE.copyDst, render: TEXTURE.render };
  it.each(FORMATS)("of the caller's may be of %s, with no more usage than is named", async (format) => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const source = translucent(9, 6);
    const wanted = await owner.upscale(source);
    const draws = format === "bgra8unorm" && !device.features.has("bgra8unorm-storage");
    const usage = draws ? usages.render : format.endsWith("-srgb") ? usages.copy : usages.storage;
    const size = [18, 12];
    const texture = device.createTexture({ label: "mine", size, format, usage: usage | TEXTURE.copySrc });
    expect(await owner.upscale(source, { texture })).toBe(texture);
    await expectTexture(texture, wanted, isFloat(format) ? 1 : 0);
  });

  it("of 16-bit pixels keeps them in floats", async () => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const source = picture(21, 9, 3, 16);
    const wanted = await owner.upscale(source);
    for (const [textureFormat, tolerance] of [
      ["rgba32float", 0.5],
      ["rgba16float", 32], // of 65535: 11 bits
    ] as const) {
      const result = await owner.upscale(source, { output: "texture", textureFormat });
      kept(result);
      const found = await readTexture(device, result);
      let most = 0;
      for (let i = 0; i < found.length; i++) {
        const level = i % 4 === 3 ? 65535 : wanted.data[(i >> 2) * 3 + (i % 4)]!;
        most = Math.max(most, Math.abs(found[i]! * 65535 - level));
      }
      expect(most, textureFormat).toBeLessThanOrEqual(tolerance);
    }
  });

  it.each([
    { bits: 8, textureFormat: "rgba32float" },
    { bits: 16, textureFormat: "rgba32float" },
    { bits: 16, textureFormat: "rgba8unorm" },
  ] as const)("has alpha of $bits bits in $textureFormat", async ({ bits, textureFormat }) => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const source = picture(21, 9, 4, bits);
    for (const alpha of ["bicubic", "network"] as const) {
      const wanted = await owner.upscale(source, { alpha });
      const result = await owner.upscale(source, { output: "texture", textureFormat, alpha });
      kept(result);
      const largest = bits === 16 ? 257 : 1;
      const levels = { ...wanted, bits: 8 as const, data: wanted.data.map((level) => Math.round(level / largest)) };
      expect(levelsOff(await readTexture(device, result), levels), alpha).toBeLessThanOrEqual(1);
    }
  });

  it("of pixels is rgba8unorm, and has the usage asked for", async () => {
    const owner = await upscaler();
    const plain = await owner.upscale(picture(3, 2), { output: "texture" });
    const asked = await owner.upscale(picture(3, 2), { output: "texture", textureUsage: TEXTURE.render });
    kept(plain);
    kept(asked);
    expect([plain.format, asked.format]).toEqual(["rgba8unorm", "rgba8unorm"]);
    expect(plain.usage).toBe(TEXTURE.binding | TEXTURE.copySrc | TEXTURE.storage);
    expect(asked.usage).toBe(TEXTURE.render | TEXTURE.storage);
  });

  it.each([1, 2, 3, 4] as const)("of %i channels is RGBA", async (channels) => {
    const owner = await upscaler();
    const source = picture(12, 10, channels);
    const { data, width, height } = await owner.upscale(source);
    const level = (pixel: number, channel: number) => {
      if (channel === 3) return channels % 2 === 0 ? data[pixel * channels + channels - 1]! : 255;
      return data[pixel * channels + (channels < 3 ? 0 : channel)]!;
    };
    const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) => level(i >> 2, i & 3));
    const wanted: Pixels = { data: rgba, width, height, channels: 4, bits: 8 };
    await expectTexture(await owner.upscale(source, { output: "texture" }), wanted, 0);
  });
});
