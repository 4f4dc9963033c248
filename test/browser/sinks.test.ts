// Results as a browser takes them: bytes that come back are the bytes that went in, and a bitmap of a texture never leaves the GPU.
import UPNG from "upng-js";
import { beforeEach, describe, expect, test } from "vitest";
import { useModulePage } from "./module-page.js";
import type { Shown } from "./sinks-page.js";

/** What the page has as a global. */
declare const page: typeof import("./sinks-page.js");

const opened = useModulePage("sinks-page.ts");

beforeEach(() => {
  opened().complaints.length = 0;
});

async function expectNoComplaints(): Promise<void> {
  expect(await opened().page.evaluate(() => page.uncaptured())).toEqual([]);
  expect(opened().complaints).toEqual([]);
}

function picture(form: Omit<Shown, "values">, alpha = 255, seed = 0): Shown {
  const { width, height, channels, bits } = form;
  const values = Array.from({ length: width * height * channels }, (_, i) => {
    const isAlpha = channels % 2 === 0 && i % channels === channels - 1;
    if (isAlpha) return bits === 16 ? alpha * 257 : alpha;
    const level = (i * 37 + (i >> 5) * 11 + seed) % 256;
    return bits === 16 ? level * 257 : level;
  });
  return { ...form, values };
}

/** The 8-bit RGBA that `shown` means; its 16-bit values are multiples of 257. */
function rgba({ values, channels, bits }: Shown): number[] {
  const level = (at: number) => values[at]! / (bits === 16 ? 257 : 1);
  return Array.from({ length: values.length / channels }, (_, pixel) => {
    const at = pixel * channels;
    const colour = channels < 3 ? [level(at), level(at), level(at)] : [level(at), level(at + 1), level(at + 2)];
    return [...colour, channels % 2 === 0 ? level(at + channels - 1) : 255];
  }).flat();
}

const RGBA = { width: 37, height: 23, channels: 4, bits: 8 } as const;
const FORMS = ([1, 2, 3, 4] as const).flatMap((channels) => ([8, 16] as const).map((bits) => ({ channels, bits })));

describe.each(["imageData", "imageBitmap", "blob"])("%s", (kind) => {
  const readAgain = (shown: Shown, space: PredefinedColorSpace) =>
    opened().page.evaluate((k, s, c) => page.readAgain(k, s, c), kind, shown, space);

  test.each([0, 1, 10, 128, 255])("holds straight alpha of %i byte for byte", async (alpha) => {
    for (const size of [
      { width: 37, height: 23 },
      { width: 1, height: 1 },
    ]) {
      const shown = picture({ ...RGBA, ...size }, alpha);
      expect(await readAgain(shown, "srgb")).toEqual({ ...size, values: shown.values, colorSpace: "srgb" });
    }
    await expectNoComplaints();
  });

  test.each(FORMS)("holds $channels channels of $bits bits", async (form) => {
    const shown = picture({ width: 37, height: 23, ...form }, 128);
    expect((await readAgain(shown, "srgb")).values).toEqual(rgba(shown));
    await expectNoComplaints();
  });

  test("holds display-p3", async () => {
    const shown = picture(RGBA);
    expect(await readAgain(shown, "display-p3")).toMatchObject({ values: shown.values, colorSpace: "display-p3" });
    await expectNoComplaints();
  });
});

describe("a file", () => {
  const smooth: Shown = {
    ...{ width: 64, height: 48, channels: 3, bits: 8 },
    values: Array.from({ length: 64 * 48 * 3 }, (_, i) => 40 + (Math.floor(i / 3) % 64) + Math.floor(i / 3 / 64) * 2),
  };
  const written = (shown: Shown, options: { type?: string; quality?: number }) =>
    opened().page.evaluate((s, o) => page.file(s, o), shown, options);

  test.each(["image/jpeg", "image/webp"])("of type %s is close, and smaller with less quality", async (type) => {
    const [high, low] = [await written(smooth, { type, quality: 1 }), await written(smooth, { type, quality: 0.1 })];
    expect([high.type, low.type]).toEqual([type, type]);
    expect(low.byteLength).toBeLessThan(high.byteLength * 0.8);
    const off = rgba(smooth).map((value, i) => Math.abs(value - high.values[i]!));
    expect(Math.max(...off)).toBeLessThanOrEqual(4);
    expect((await written(smooth, { type })).type).toBe(type);
    await expectNoComplaints();
  });

  test.each([
    ["image/webp", 16383],
    ["image/jpeg", 65500],
  ])("of type %s holds all of %i pixels", async (type, width) => {
    const form = { width, height: 1, channels: 1, bits: 8 } as const;
    const found = await opened().page.evaluate((f, t) => page.sizeOfFile(f, t), form, type);
    expect(found).toEqual({ width, height: 1 });
    await expectNoComplaints();
  });
});

test("the default kind is the one that came in, or an ImageBitmap", async () => {
  const { imageData, ...others } = await opened().page.evaluate(() => page.defaultKinds());
  expect(imageData).toBe("imageData");
  expect(Object.keys(others)).toHaveLength(7);
  expect(new Set(Object.values(others))).toEqual(new Set(["imageBitmap"]));
});

describe("a bitmap of a texture", () => {
  test.each(["srgb", "display-p3"] as const)(
    "has its colours in %s, is opaque, and nothing was mapped",
    async (space) => {
      for (const format of ["rgba8unorm", "rgba8unorm-srgb"] as const) {
        for (const alpha of [0, 128, 255]) {
          const shown = picture(RGBA, alpha);
          const found = await opened().page.evaluate((s, f, c) => page.presented(s, f, c), shown, format, space);
          const values = shown.values.map((value, i) => (i % 4 === 3 ? 255 : value));
          expect(found).toEqual({ width: 37, height: 23, values, maps: 0 });
        }
      }
      await expectNoComplaints();
    },
  );

  test("leaves the texture as it was", async () => {
    const shown = picture(RGBA);
    expect(await opened().page.evaluate((s) => page.keepsTexture(s), shown)).toEqual(shown.values);
    await expectNoComplaints();
  });
});

describe("a canvas", () => {
  test.each(["html", "offscreen"] as const)(
    "(%s) shows all of each texture, over frames and resizing",
    async (kind) => {
      for (const colorSpace of ["srgb", "display-p3"] as const) {
        const [first, second] = [picture(RGBA, 10), picture(RGBA, 10, 99)];
        const options = { alpha: false, colorSpace };
        const found = await opened().page.evaluate(
          (k, a, b, o) => page.shownInCanvas(k, a, b, o),
          kind,
          first,
          second,
          options,
        );
        const opaque = ({ values }: Shown) => values.map((value, i) => (i % 4 === 3 ? 255 : value));
        const size = { width: 37, height: 23 };
        expect(found).toEqual([first, second, first].map((shown) => ({ ...size, values: opaque(shown) })));
      }
      await expectNoComplaints();
    },
  );

  test.each([
    [true, [100, 50, 127]], // 100 50 0 as it is, over half of the blue page
    [false, [100, 50, 0]],
  ])("is what the page shows, with transparency: %s", async (alpha, wanted) => {
    const values = Array.from({ length: 16 * 16 * 4 }, (_, i) => [100, 50, 0, 128][i % 4]!);
    const shown: Shown = { width: 16, height: 16, channels: 4, bits: 8, values };
    await opened().page.evaluate((s, o) => page.exhibit(s, o), shown, { alpha, colorSpace: "srgb" } as const);
    const photo = await opened().page.screenshot({ clip: { x: 0, y: 0, width: 16, height: 16 } });
    const seen = new Uint8Array(UPNG.toRGBA8(UPNG.decode(photo))[0]!);
    for (const pixel of [0, 15, 240, 255]) {
      for (const [c, value] of wanted.entries()) expect(Math.abs(seen[pixel * 4 + c]! - value)).toBeLessThanOrEqual(2);
    }
    await expectNoComplaints();
  });

  test("that is refused stays as it was", async () => {
    expect(await opened().page.evaluate(() => page.leavesRefusedCanvas())).toBe(true);
  });
});

const REFUSED: Readonly<Record<string, readonly [code: string, message: string | RegExp]>> = {
  "a canvas with a 2D context": [
    "bad-input",
    "The canvas has a context of another kind, expected one without a context or with a WebGPU context",
  ],
  "a canvas that went offscreen": [
    "bad-input",
    "The canvas was transferred elsewhere, so it cannot be drawn into: give the OffscreenCanvas that it became",
  ],
  "a canvas larger than a texture": [
    "unsupported-device",
    /^A canvas of 4x99999 pixels is larger than the device's textures, which hold at most (\d+)x\1$/,
  ],
  "a div": ["bad-input", "canvas must be an HTMLCanvasElement or an OffscreenCanvas, got HTMLDivElement"],
  "a texture of another size": ["bad-input", "The canvas of 4x4 pixels was given a texture of 3x3 pixels"],
  "a bitmap of a destroyed texture": ["bad-input", /^A bitmap of 4x4 pixels was refused by the GPU: /],
  "a bitmap of a texture without COPY_SRC": ["bad-input", /^A bitmap of 4x4 pixels was refused by the GPU: /],
  "a bitmap on a lost device": ["device-lost", /^The GPU device was lost/],
  AVIF: [
    "bad-input",
    "A picture of 2x2 pixels cannot be written as image/avif: the browser can only give image/png instead",
  ],
  "a WebP that is too large": [
    "bad-input",
    "A picture of 16384x1 pixels cannot be written as image/webp: its sides are at most 16383 pixels",
  ],
  "a JPEG that is too large": [
    "bad-input",
    "A picture of 65501x1 pixels cannot be written as image/jpeg: its sides are at most 65500 pixels",
  ],
};

test("every case is one that the page has", async () => {
  expect(await opened().page.evaluate(() => Object.keys(page.CASES))).toEqual(Object.keys(REFUSED));
});

test.each(Object.entries(REFUSED))("refuses %s", async (name, [code, message]) => {
  expect(await opened().page.evaluate((which) => page.run(which), name)).toEqual({
    name: "EsrganError",
    code,
    message: typeof message === "string" ? message : expect.stringMatching(message),
  });
  expect(await opened().page.evaluate(() => page.uncaptured())).toEqual([]);
});
