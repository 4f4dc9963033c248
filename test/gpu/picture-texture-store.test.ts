// The kernel that stores results into textures, with alpha beside them.

import { describe, expect, it } from "vitest";
import { ArraySource, packedRows } from "../../src/job/pixel-source.js";
import { hdrDecoded } from "../../src/ops/color-curve.reference.js";
import { storeKernel, type TargetForm } from "../../src/ops/picture.kernels.js";
import { LARGEST_VALUE, type Pixels } from "../../src/ops/pixels.js";
import type { Rectangle } from "../../src/ops/region.js";
import { resizeTaps } from "../../src/ops/resize.js";
import type { StorableFormat } from "../../src/ops/texture-copy.kernels.js";
import { tapsRectangle, tapTables } from "../../src/plan/resize-plan.js";
import { randomPicture } from "../cases/random.js";
import { testRegion } from "../cases/region.js";
import { softwareDevice } from "./device.js";
import { runKernels } from "./run-kernels.js";
import { readValues, sourceTexture, targetTexture } from "./texels.js";

const DECODED = {
  none: (value: number) => value,
  srgb: (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4),
  hdr: hdrDecoded,
};

const STORED: readonly StorableFormat[] = ["rgba8unorm", "rgba16float", "rgba32float"];

/** What a format may be off by from a value: its rounding, which WebGPU lets devices choose, and that of the power. */
function toleranceOf(format: StorableFormat, value: number): number {
  const rounded = Math.max(value * 2e-5, 2e-6);
  if (format === "rgba8unorm") return 0.6 / 255;
  return format === "rgba16float" ? Math.max(value * 2 ** -10, 2 ** -24) + rounded : rounded;
}

interface Stored {
  readonly values: number[];
  readonly overflows: number;
}

const RESULT = { width: 13, height: 9 };
const KEPT = { x: 3, y: 1, width: 7, height: 5 };
const TEXTURE = { width: 12, height: 8 };
const PLACE = { x: 4, y: 2 };

interface AlphaBeside {
  /** Gray, of any size. */
  readonly packed: Pixels;
  /** Read from this texture instead, which is as large. */
  readonly texture?: GPUTexture;
}

/** Stores a part of a result into a larger texture. */
async function storeTexels(
  target: TargetForm & { kind: "texture" },
  picture: Pixels,
  { alpha, flag = 0, before = 0 }: { alpha?: AlphaBeside; flag?: number; before?: number } = {},
): Promise<Stored> {
  const device = await softwareDevice();
  const { bits } = picture;
  const levels = new Uint8Array(picture.data.buffer, picture.data.byteOffset, picture.data.byteLength);
  const result = new Uint8Array(16 + levels.byteLength);
  result[0] = flag;
  result.set(levels, 16);
  const texture = targetTexture(device, target.format, TEXTURE);
  const window = { ...KEPT, ...PLACE };
  const { form, named, places } = await besides(alpha, window);
  const bytes = await runKernels(device, [storeKernel({ kind: "result", bits }, target, form, RESULT)], {
    inputs: [],
    named: { "picture-out": result, ...named },
    textures: { "texture-out": texture, ...(alpha?.texture ? { "texture-in": alpha.texture } : {}) },
    region: testRegion({ result: RESULT, kept: KEPT, to: PLACE }, { tables: window, ...places }),
    resultBytes: 4,
    before: Uint32Array.of(before),
  });
  const values = await readValues(device, texture);
  texture.destroy();
  return { values, overflows: new Uint32Array(bytes)[0]! };
}

/** What a kernel is told of the alpha that `window` of the destination needs. */
async function besides(alpha: AlphaBeside | undefined, window: Rectangle) {
  if (!alpha) return { form: { kind: "opaque" } as const, named: {}, places: {} };
  const { packed, texture } = alpha;
  const { width, height, bits } = packed;
  const x = resizeTaps("bicubic", true, width, TEXTURE.width);
  const y = resizeTaps("bicubic", true, height, TEXTURE.height);
  const part = texture ? { x: 0, y: 0, width, height } : tapsRectangle(x, y, window);
  return {
    form: { kind: texture ? "texture" : "packed", bits, taps: { x: x.count, y: y.count } } as const,
    named: {
      "alpha-tables": tapTables(x, y, window),
      ...(texture ? {} : { "alpha-in": await new ArraySource(packed).pack(part) }),
    },
    places: { alpha: packedRows(part, { channels: 1, bits }) },
  };
}

describe.each(STORED)("storing into %s", (format) => {
  const bits = format === "rgba8unorm" ? 8 : 16;
  const largest = LARGEST_VALUE[bits];
  const picture = randomPicture(RESULT.width, RESULT.height, 4, bits, 3);
  const alpha = randomPicture(TEXTURE.width, TEXTURE.height, 1, bits, 4);

  const flags = [false, true];
  const curves = format === "rgba8unorm" ? (["none", "srgb"] as const) : (["none", "srgb", "hdr"] as const);
  const cases = curves.flatMap((decode) =>
    flags.flatMap((premultiply) => flags.map((flip) => ({ decode, premultiply, flip }))),
  );

  it.concurrent.each(cases)("%o", async ({ decode, premultiply, flip }) => {
    const target = { kind: "texture", format, decode, premultiply, flip } as const;
    for (const source of [undefined, alpha]) {
      const { values, overflows } = await storeTexels(target, picture, source && { alpha: { packed: source } });
      const expected = new Array<number>(values.length).fill(0);
      for (let y = 0; y < KEPT.height; y++) {
        for (let x = 0; x < KEPT.width; x++) {
          const from = ((KEPT.y + y) * RESULT.width + KEPT.x + x) * 4;
          const at = (PLACE.y + y) * TEXTURE.width + PLACE.x + x;
          const opacity = source ? source.data[at]! / largest : 1;
          const row = flip ? TEXTURE.height - 1 - (PLACE.y + y) : PLACE.y + y;
          const to = (row * TEXTURE.width + PLACE.x + x) * 4;
          for (let c = 0; c < 3; c++) {
            const value = picture.data[from + c]! / largest;
            expected[to + c] = DECODED[decode](value) * (premultiply ? opacity : 1);
          }
          expected[to + 3] = opacity;
        }
      }
      values.forEach((value, i) => {
        const error = Math.abs(value - expected[i]!);
        if (!(error <= toleranceOf(format, expected[i]!))) expect.fail(`value ${i} is ${value}, not ${expected[i]}`);
      });
      expect(overflows).toBe(0);
    }
  });

  it.each([
    [false, TEXTURE],
    [true, TEXTURE],
    [false, { width: 6, height: 2 }],
    [true, { width: 5, height: 3 }],
  ])("takes the alpha of a texture, flipped as the destination is (%s), resized from %o", async (flip, size) => {
    const target = { kind: "texture", format, decode: "none", premultiply: false, flip } as const;
    const packed = randomPicture(size.width, size.height, 1, bits, 8);
    // NaN is 0, and what lies beyond 0 and 1 is clamped; formats of 8 bits hold neither.
    const values = Float32Array.from(packed.data, (level) => level / largest);
    if (bits === 16) {
      for (let i = 0; i < values.length; i += 3) {
        values[i] = [Number.NaN, -0.5, 1.5, Number.POSITIVE_INFINITY][i % 4]!;
        packed.data[i] = [0, 0, largest, largest][i % 4]!;
      }
    }
    const texels = Float32Array.from({ length: values.length * 4 }, (_, i) => {
      const [x, y] = [Math.floor(i / 4) % size.width, Math.floor(i / 4 / size.width)];
      return i % 4 === 3 ? values[(flip ? size.height - 1 - y : y) * size.width + x]! : 0.5;
    });
    const device = await softwareDevice();
    const texture =
      bits === 8
        ? sourceTexture(
            device,
            "rgba8unorm",
            size,
            Uint8Array.from(texels, (value) => Math.round(value * 255)),
          )
        : sourceTexture(device, "rgba32float", size, texels);
    const found = await storeTexels(target, picture, { alpha: { packed, texture } });
    expect(found).toEqual(await storeTexels(target, picture, { alpha: { packed } }));
    expect(found).not.toEqual(await storeTexels(target, picture));
    texture.destroy();
  });

  it("counts the results that are not finite", async () => {
    const target = { kind: "texture", format, decode: "none", premultiply: false, flip: false } as const;
    expect((await storeTexels(target, picture, { before: 5 })).overflows).toBe(5);
    expect((await storeTexels(target, picture, { flag: 1, before: 5 })).overflows).toBe(6);
  });
});

it("stores every level of 8 bits as it is", async () => {
  const target = { kind: "texture", format: "rgba8unorm", decode: "none", premultiply: false, flip: false } as const;
  for (let first = 0; first < 256; first += 100) {
    const { data, ...form } = randomPicture(RESULT.width, RESULT.height, 4);
    const picture = { ...form, data: data.map((_, i) => first + (i % 117)) };
    const { values } = await storeTexels(target, picture);
    const stored: number[] = [];
    const wanted: number[] = [];
    for (let y = 0; y < KEPT.height; y++) {
      const from = ((KEPT.y + y) * RESULT.width + KEPT.x) * 4;
      const to = ((PLACE.y + y) * TEXTURE.width + PLACE.x) * 4;
      for (let i = 0; i < KEPT.width * 4; i++) {
        if (i % 4 === 3) continue;
        wanted.push(picture.data[from + i]!);
        stored.push(Math.round(values[to + i]! * 255));
      }
    }
    expect(stored).toEqual(wanted);
  }
});
