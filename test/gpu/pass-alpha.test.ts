// Passes with alpha, upside down, and of levels and layers of textures.

import { describe, expect, it } from "vitest";
import { FAINT } from "../../src/ops/alpha-fill.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { resizeTaps } from "../../src/ops/resize.js";
import { filledAtOnce } from "../../src/picture/alpha-fill.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import {
  encoded,
  inputOf,
  outputFor,
  passOf,
  rgba,
  smallUpscaler,
  submitted,
  withoutBgraStorage,
  wrongValues,
} from "./pass-run.js";
import { readTexture, TEXTURE, writeTexels } from "./textures.js";

const ALPHAS = [0, 1, 10, 128, 255];
const SIZES = [
  { width: 37, height: 23 },
  { width: 1, height: 1 },
];

/** Alpha twice as large, by weights summed in double precision. */
function resizedAlpha({ data, width, height }: Pixels): number[] {
  const [x, y] = [resizeTaps("bicubic", true, width, 2 * width), resizeTaps("bicubic", true, height, 2 * height)];
  const out: number[] = [];
  for (let row = 0; row < 2 * height; row++) {
    for (let column = 0; column < 2 * width; column++) {
      let sum = 0;
      for (let j = 0; j < y.count; j++) {
        for (let i = 0; i < x.count; i++) {
          const weight = y.weights[row * y.count + j]! * x.weights[column * x.count + i]!;
          sum += weight * data[((y.start[row]! + j) * width + x.start[column]! + i) * 4 + 3]!;
        }
      }
      out.push(Math.min(Math.max(sum, 0), 255));
    }
  }
  return out;
}

function colours(values: ArrayLike<number>): number[] {
  return Array.from(values).filter((_, i) => i % 4 < 3);
}

function alphas(values: ArrayLike<number>): number[] {
  return Array.from(values).filter((_, i) => i % 4 === 3);
}

/** Without alpha, as the network sees it: colours under alpha 0 are filled in. */
function filledOpaque(source: Pixels): Pixels {
  return opaque(filledAtOnce(source));
}

function opaque(source: Pixels): Pixels {
  return { ...source, data: source.data.map((value, i) => (i % 4 === 3 ? 255 : value)) };
}

/** Colours multiplied by alpha, rounded. */
function premultiplied({ data, ...form }: Pixels): Pixels {
  return {
    ...form,
    data: data.map((value, i) => (i % 4 === 3 ? value : Math.round((value * data[i | 3]!) / 255))),
  };
}

/** What a pass makes of premultiplied colours: levels that are not more than 255. */
function straight({ data, ...form }: Pixels): Pixels {
  const level = (value: number, alpha: number) => (alpha === 0 ? 0 : Math.min(Math.round((value * 255) / alpha), 255));
  // Of these only what is under alpha 0 is filled in.
  const alphaOf = (alpha: number) => (alpha === 0 ? 0 : Math.max(alpha, FAINT));
  return filledOpaque({
    ...form,
    data: data.map((value, i) => (i % 4 === 3 ? alphaOf(value) : level(value, data[i | 3]!))),
  });
}

const mixed = (pixel: number) => ALPHAS[(pixel * 7 + (pixel >> 3)) % ALPHAS.length]!;
const CASES = [...ALPHAS.map((alpha) => ({ name: String(alpha), of: () => alpha })), { name: "mixed", of: mixed }];

describe.each(SIZES)("alpha of $width x $height texels", (size) => {
  for (const format of ["rgba8unorm", "rgba8unorm-srgb", "bgra8unorm", "rgba16float"] as const) {
    it.each(CASES)(`$name beside straight colours in ${format}`, async ({ of }) => {
      const device = await softwareDevice();
      const owner = await smallUpscaler();
      const source = rgba(size.width, size.height, of);
      const pass = await passOf(owner, { ...size, input: format, output: "rgba8unorm", alpha: "straight" });
      const got = await encoded(device, pass, inputOf(device, source, format), outputFor(device, pass, "rgba8unorm"));
      const tolerance = format === "rgba16float" ? 1 : 0;
      expect(wrongValues(colours(got), colours((await owner.upscale(filledOpaque(source))).data), tolerance)).toBe(0);
      // By less than half a level and a little: sums that lie between two levels may round to either.
      expect(wrongValues(alphas(got), resizedAlpha(source), 0.501 + tolerance)).toBe(0);
    });
  }

  for (const output of ["rgba8unorm", "rgba8unorm-srgb", "bgra8unorm", "rgba32float"] as const) {
    it.each(CASES)(`$name in premultiplied colours in ${output}`, async ({ of }) => {
      const device = await softwareDevice();
      const owner = await smallUpscaler();
      const source = premultiplied(rgba(size.width, size.height, of));
      const input = output === "rgba8unorm-srgb" ? output : "rgba8unorm";
      const pass = await passOf(owner, { ...size, input, output, alpha: "premultiplied" });
      const got = await encoded(device, pass, inputOf(device, source, input), outputFor(device, pass, output));
      const levels = got instanceof Float32Array ? got.map((value) => value * 255) : got;
      const alpha = resizedAlpha(source);
      const wanted = colours((await owner.upscale(straight(source))).data).map(
        (level, i) => (level * alpha[Math.floor(i / 3)]!) / 255,
      );
      expect(wrongValues(colours(levels), wanted, 1.01)).toBe(0);
      expect(wrongValues(alphas(levels), alpha, 0.501)).toBe(0);
    });
  }
});

describe("alpha", () => {
  it("of floats beyond 0..1 is clamped, and NaN is 0", async () => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    for (const [value, wanted] of [
      [Number.NaN, 0],
      [-1, 0],
      [3, 255],
      [Number.POSITIVE_INFINITY, 255],
    ] as const) {
      const source = rgba(5, 4);
      const options = { width: 5, height: 4, input: "rgba32float", output: "rgba8unorm", alpha: "straight" } as const;
      const pass = await passOf(owner, options);
      const data = Array.from(source.data, (level, i) => (i % 4 === 3 ? Number.NaN : level));
      const from = inputOf(device, { ...source, data }, "rgba32float", (level) => (level >= 0 ? level / 255 : value));
      const got = await encoded(device, pass, from, outputFor(device, pass, "rgba8unorm"));
      expect(alphas(got).every((alpha) => alpha === wanted)).toBe(true);
      expect(wrongValues(colours(got), colours((await owner.upscale(source)).data))).toBe(0);
    }
  });

  it("is stored as 1 where nothing is said of it", async () => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const source = rgba(9, 7, mixed);
    const pass = await passOf(owner, { width: 9, height: 7, input: "rgba8unorm", output: "rgba8unorm" });
    const got = await encoded(
      device,
      pass,
      inputOf(device, source, "rgba8unorm"),
      outputFor(device, pass, "rgba8unorm"),
    );
    expect(wrongValues(got, (await owner.upscale(opaque(source))).data)).toBe(0);
  });

  it("is the same in several regions as in one, upside down too", async () => {
    const device = await softwareDevice();
    const whole = await smallUpscaler();
    const cut = await smallUpscaler({ memoryBudget: 600_000 });
    const source = rgba(90, 70, mixed);
    const from = inputOf(device, source, "rgba8unorm");
    const results: (Uint8Array | Float32Array)[] = [];
    for (const owner of [whole, cut]) {
      const formats = { input: "rgba8unorm", output: "rgba8unorm" } as const;
      const pass = await passOf(owner, { width: 90, height: 70, ...formats, alpha: "premultiplied", flipY: true });
      expect(pass.plan.regions.length > 1).toBe(owner === cut);
      results.push(await encoded(device, pass, from, outputFor(device, pass, "rgba8unorm")));
    }
    expect(wrongValues(results[1]!, results[0]!)).toBe(0);
  });
});

describe("flipY", () => {
  it.each([
    ["rgba8unorm", "rgba8unorm"],
    ["rgba32float", "bgra8unorm-srgb"],
  ] as const)("takes the first row of %s and %s for the bottom one", async (input, output) => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const source = rgba(37, 23);
    const pass = await passOf(owner, { width: 37, height: 23, input, output, flipY: true });
    const from = inputOf(device, flipped(source), input);
    const got = await encoded(device, pass, from, outputFor(device, pass, output));
    expect(wrongValues(got, flipped(await owner.upscale(source)).data)).toBe(0);
  });
});

function flipped({ data, width, height, ...form }: Pixels): Pixels {
  const row = width * 4;
  return {
    ...form,
    width,
    height,
    data: data.map((_, i) => data[(height - 1 - Math.floor(i / row)) * row + (i % row)]!),
  };
}

describe("a level and a layer", () => {
  it("are read and stored where they are chosen, and the others left alone", async () => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const source = rgba(20, 12);
    const pass = await passOf(owner, { width: 20, height: 12, input: "rgba8unorm", output: "rgba8unorm" });
    const [atlas, out] = [TEXTURE.binding, pass.outputUsage].map((usage, i) =>
      kept(
        device.createTexture({
          size: [80 * (i + 1), 48 * (i + 1), 3],
          mipLevelCount: 3,
          format: "rgba8unorm",
          usage: usage | TEXTURE.copySrc | TEXTURE.copyDst,
        }),
      ),
    ) as [GPUTexture, GPUTexture];
    const from = { texture: atlas, mipLevel: 2, arrayLayer: 1 };
    const to = { texture: out, mipLevel: 2, arrayLayer: 2 };
    writeTexels(device, from, source);
    expect(wrongValues(await encoded(device, pass, from, to), (await owner.upscale(source)).data)).toBe(0);
    for (const other of [
      { texture: out, mipLevel: 2, arrayLayer: 1 },
      { texture: out, mipLevel: 1, arrayLayer: 2 },
    ]) {
      expect((await readTexture(device, other)).every((value) => value === 0)).toBe(true);
    }
    // Another layer of the same texture is another input.
    const other = rgba(20, 12, undefined, 2);
    writeTexels(device, { ...from, arrayLayer: 2 }, other);
    submitted(device, (encoder) => pass.encode(encoder, { ...from, arrayLayer: 2 }, to));
    expect(wrongValues(await readTexture(device, to), (await owner.upscale(other)).data)).toBe(0);
  });

  it.each(["rgba8unorm-srgb", "bgra8unorm", "bgra8unorm-srgb"] as const)(
    "are copied or drawn to in %s",
    async (output) => {
      const device = await softwareDevice();
      withoutBgraStorage(device);
      const owner = await smallUpscaler();
      const source = rgba(20, 12);
      const pass = await passOf(owner, { width: 20, height: 12, input: "rgba8unorm", output });
      const texture = kept(
        device.createTexture({
          size: [80, 48, 2],
          mipLevelCount: 2,
          format: output,
          usage: pass.outputUsage | TEXTURE.copySrc,
        }),
      );
      const to = { texture, mipLevel: 1, arrayLayer: 1 };
      const got = await encoded(device, pass, inputOf(device, source, "rgba8unorm"), to);
      expect(wrongValues(got, (await owner.upscale(source)).data)).toBe(0);
    },
  );
});
