// Passes from texture to texture, recorded into an encoder of the test's: every format that is read by every format that is stored.

import { describe, expect, it } from "vitest";
import { createUpscaler } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import {
  encoded,
  encodedOf,
  inputOf,
  linearOf,
  MODEL,
  outputFor,
  passOf,
  rgba,
  smallUpscaler,
  submitted,
  withoutBgraStorage,
  wrongValues,
} from "./pass-run.js";
import { readTexture, TEXTURE } from "./textures.js";

const EIGHT_BITS = ["rgba8unorm", "rgba8unorm-srgb", "bgra8unorm", "bgra8unorm-srgb"] as const;
const FLOATS = ["rgba16float", "rgba32float"] as const;
const FORMATS = [...EIGHT_BITS, ...FLOATS];
const SIZES = [
  { width: 37, height: 23 },
  { width: 1, height: 1 },
];

const LEVEL = 1 / 255;

describe.each(SIZES)("encode of $width x $height texels", (size) => {
  for (const input of FORMATS) {
    it.each(FORMATS)(`from ${input} to %s gives what upscale() gives`, async (output) => {
      const device = await softwareDevice();
      const owner = await smallUpscaler();
      const source = rgba(size.width, size.height);
      const expected = (await owner.upscale(source)).data;
      const pass = await passOf(owner, { ...size, input, output });
      expect([pass.width, pass.height]).toEqual([size.width * 2, size.height * 2]);
      const got = await encoded(device, pass, inputOf(device, source, input), outputFor(device, pass, output));
      if (got instanceof Float32Array) {
        // Results of 16 bits, of which half a level of 8 may be rounded away.
        expect(
          wrongValues(
            got,
            Float32Array.from(expected, (level) => level / 255),
            LEVEL,
          ),
        ).toBe(0);
        const levels = got.map((value) => value * 255);
        expect(levels.some((level) => Math.abs(level - Math.round(level)) > 0.1)).toBe(true);
        expect(got.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 1)).toBe(true);
      } else expect(wrongValues(got, expected, input === "rgba16float" ? 1 : 0)).toBe(0);
    });
  }
});

describe("the networks that fit a game's frame", () => {
  for (const model of ["fsrcnn-s-x3", "espcn-x3", "bicubic-x3"]) {
    it.each(SIZES)(`${model} gives what upscale() gives, from $width x $height texels`, async (size) => {
      const device = await softwareDevice();
      const owner = kept(await createUpscaler(device, { model, precision: "f32" }));
      const source = rgba(size.width, size.height);
      const pass = await passOf(owner, { ...size, input: "rgba8unorm", output: "rgba8unorm" });
      expect([pass.width, pass.height]).toEqual([size.width * 3, size.height * 3]);
      const got = await encoded(
        device,
        pass,
        inputOf(device, source, "rgba8unorm"),
        outputFor(device, pass, "rgba8unorm"),
      );
      expect(wrongValues(got, (await owner.upscale(source)).data)).toBe(0);
    });
  }
});

describe("a device that cannot store to bgra8unorm", () => {
  it.each(["bgra8unorm", "bgra8unorm-srgb"] as const)("gives the same bytes in %s", async (output) => {
    const device = await softwareDevice();
    // Not every adapter has it (wgpu on lavapipe): then both passes are made without.
    const usageOfAble = device.features.has("bgra8unorm-storage") ? TEXTURE.storage : TEXTURE.render;
    const owner = await smallUpscaler();
    const source = rgba(37, 23);
    const options = { width: 37, height: 23, input: "rgba8unorm", output } as const;
    const able = await passOf(owner, options);
    withoutBgraStorage(device);
    const pass = await passOf(owner, options);
    if (output === "bgra8unorm") expect([able.outputUsage, pass.outputUsage]).toEqual([usageOfAble, TEXTURE.render]);
    else expect([able.outputUsage, pass.outputUsage]).toEqual([TEXTURE.copyDst, TEXTURE.copyDst]);
    const from = inputOf(device, source, "rgba8unorm");
    const to = outputFor(device, pass, output);
    expect(wrongValues(await encoded(device, pass, from, to), (await owner.upscale(source)).data)).toBe(0);
  });
});

describe("levels", () => {
  it.each(EIGHT_BITS)("of %s all arrive as they are", async (input) => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const data = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i >> 2) ^ (85 * (i % 4))));
    const source = { data, width: 16, height: 16, channels: 4, bits: 8 } as const;
    const pass = await passOf(owner, { width: 16, height: 16, input, output: "rgba8unorm" });
    const got = await encoded(device, pass, inputOf(device, source, input), outputFor(device, pass, "rgba8unorm"));
    expect(wrongValues(got, (await owner.upscale(source)).data)).toBe(0);
  });
});

describe("linear values", () => {
  const size = { width: 37, height: 23 };

  it.each(FLOATS)("are read from %s", async (input) => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const source = rgba(37, 23);
    const from = inputOf(device, source, input, (level) => linearOf(level / 255));
    const pass = await passOf(owner, { ...size, input, output: "rgba8unorm", inputTransfer: "linear" });
    const got = await encoded(device, pass, from, outputFor(device, pass, "rgba8unorm"));
    expect(wrongValues(got, (await owner.upscale(source)).data, 1)).toBe(0);
  });

  it("are read from rgba8unorm, rounded to levels", async () => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const source = rgba(37, 23);
    const levels = source.data.map((level, i) => (i % 4 === 3 ? level : Math.round(encodedOf(level / 255) * 255)));
    const pass = await passOf(owner, { ...size, input: "rgba8unorm", output: "rgba8unorm", inputTransfer: "linear" });
    const from = inputOf(device, source, "rgba8unorm");
    const got = await encoded(device, pass, from, outputFor(device, pass, "rgba8unorm"));
    expect(wrongValues(got, (await owner.upscale({ ...source, data: levels })).data, 1)).toBe(0);
  });

  it.each([...FLOATS, "rgba8unorm", "bgra8unorm"] as const)("are stored to %s", async (output) => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const source = rgba(37, 23);
    const pass = await passOf(owner, { ...size, input: "rgba8unorm", output, outputTransfer: "linear" });
    const from = inputOf(device, source, "rgba8unorm");
    const got = await encoded(device, pass, from, outputFor(device, pass, output));
    const wanted = (await owner.upscale(source)).data;
    if (got instanceof Float32Array) {
      const levels = got.map((value, i) => (i % 4 === 3 ? value : encodedOf(value)) * 255);
      expect(wrongValues(levels, wanted, 1)).toBe(0);
    } else {
      const linear = wanted.map((level, i) => (i % 4 === 3 ? level : Math.round(linearOf(level / 255) * 255)));
      expect(wrongValues(got, linear, 1)).toBe(0);
    }
  });
});

describe("two passes in one encoder", () => {
  it("keep apart, also those of two networks", async () => {
    const device = await softwareDevice();
    const first = await smallUpscaler();
    const second = await smallUpscaler({ model: modelOf(compactWeights({ scale: 4, blocks: 1, seed: 2 })) });
    const sources = [rgba(37, 23), rgba(19, 11, undefined, 2)];
    const runs = [first, second].map(async (owner, i) => {
      const { width, height } = sources[i]!;
      const pass = await passOf(owner, { width, height, input: "rgba8unorm", output: "rgba8unorm" });
      const [from, to] = [inputOf(device, sources[i]!, "rgba8unorm"), outputFor(device, pass, "rgba8unorm")];
      return { owner, source: sources[i]!, pass, from, to };
    });
    const both = await Promise.all(runs);
    submitted(device, (encoder) => {
      for (const { pass, from, to } of both) pass.encode(encoder, from, to);
    });
    for (const { owner, source, to } of both) {
      expect(wrongValues(await readTexture(device, to), (await owner.upscale(source)).data)).toBe(0);
    }
  });

  it("of one pass store what each was given", async () => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const sources = [rgba(37, 23), rgba(37, 23, undefined, 2)];
    const pass = await passOf(owner, { width: 37, height: 23, input: "rgba8unorm", output: "rgba8unorm" });
    const pairs = sources.map((source) => ({
      source,
      from: inputOf(device, source, "rgba8unorm"),
      to: outputFor(device, pass, "rgba8unorm"),
    }));
    submitted(device, (encoder) => {
      for (const { from, to } of pairs) pass.encode(encoder, from, to);
    });
    for (const { source, to } of pairs) {
      expect(wrongValues(await readTexture(device, to), (await owner.upscale(source)).data)).toBe(0);
    }
  });

  it("chain: twice 2x is 4x", async () => {
    const device = await softwareDevice();
    const owner = await smallUpscaler({ model: MODEL });
    const source = rgba(37, 23);
    const once = await owner.upscale(source);
    const twice = await owner.upscale(once);
    const formats = { input: "rgba8unorm", output: "rgba8unorm" } as const;
    const first = await passOf(owner, { width: 37, height: 23, ...formats });
    const second = await passOf(owner, { width: 74, height: 46, ...formats });
    const size = [74, 46];
    const usage = first.outputUsage | second.inputUsage;
    const between = kept(device.createTexture({ size, format: "rgba8unorm", usage }));
    const to = outputFor(device, second, "rgba8unorm");
    submitted(device, (encoder) => {
      first.encode(encoder, inputOf(device, source, "rgba8unorm"), between);
      second.encode(encoder, between, to);
    });
    expect(wrongValues(await readTexture(device, to), twice.data)).toBe(0);
  });
});
