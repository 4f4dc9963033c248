// Calls of a browser's pictures that stay on the GPU: no read-back, no more memory than planned, canvases that fill as they are
// computed, colours and orientation as they were, and how calls stop.
import sharp from "sharp";
import UPNG from "upng-js";
import { describe, expect, test } from "vitest";
import { noteNotRun } from "../not-run.js";
import { expectNoComplaints, useModulePage } from "./module-page.js";
import type { Served } from "./upscale-sources.js";

/** What the page has as a global. */
declare const page: typeof import("./upscale-calls-page.js");

const opened = useModulePage("upscale-calls-page.ts");
expectNoComplaints(opened);

function given(width: number, height: number): Served {
  const values = Array.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : ((i >> 2) * 37 + (i & 3) * 91 + (i >> 6)) % 256,
  );
  return { width, height, values, png: [], address: "" };
}

const equal = (width: number, height: number) => `equal in ${width * height * 4} bytes`;
const PICTURE = given(37, 23);
const TILE = { tile: { size: 16, overlap: 4 } } as const;
const OPTIONS = [{}, { scale: 3 }, { scale: 1.5 }, { tta: true }] as const;

test("upscale(device, imageBitmap) of an opaque picture maps nothing, and leaves nothing of it", async () => {
  const found = await opened().page.evaluate((p) => page.oneCall(p), PICTURE);
  expect(found).toEqual({ verdict: equal(74, 46), maps: 0, left: [] });
});

describe.each(["imageBitmap", "OffscreenCanvas", "texture"] as const)("memory on the way to %s", (sink) => {
  test.each(OPTIONS)("is within plan() and the budget, and free afterwards: %j", async (options) => {
    for (const kind of ["ImageBitmap", "OffscreenCanvas"]) {
      for (const share of [1.2, 0.7]) {
        const found = await opened().page.evaluate(
          (k, s, p, o, b) => page.memoryOf(k, s, p, o, b),
          kind,
          sink,
          given(60, 40),
          options,
          share,
        );
        const scale = "scale" in options ? options.scale : 2;
        const verdict = equal(60 * scale, 40 * scale);
        expect(found).toEqual({ maps: 0, beyondPlan: 0, planBeyondBudget: 0, verdict, left: [] });
      }
    }
  });
});

test("memory for a bitmap is made only once what other calls left prepared is gone", async () => {
  const budget = 2 ** 18;
  const { before, peak } = await opened().page.evaluate((p, b) => page.afterLargeCall(p, b), given(60, 60), budget);
  expect(before).toBeGreaterThan(budget * 0.85);
  expect(peak).toBeLessThanOrEqual(budget);
});

describe("a picture that is too large for the GPU", () => {
  test("by its budget goes through the CPU, and comes back as a bitmap", async () => {
    const found = await opened().page.evaluate((p) => page.beyondBudget(p, 2 ** 17), given(150, 120));
    expect(found).toEqual({ isBitmap: true, made: 0, verdict: equal(300, 240) });
  });

  test("by the size of its textures becomes pixels and a bitmap, and no texture", async () => {
    const found = await opened().page.evaluate(() => page.wide(9000, 2));
    const limit = found.maxTextureDimension2D;
    expect(limit).toBeLessThan(9000);
    const tooLarge = `of 18000x4 pixels is larger than the device's textures, which hold at most ${limit}x${limit}`;
    expect(found).toMatchObject({
      pixels: equal(18_000, 4),
      imageBitmap: equal(18_000, 4),
      refused: {
        texture: { code: "unsupported-device", message: `The result ${tooLarge}` },
        canvas: { code: "unsupported-device", message: `A canvas ${tooLarge}` },
      },
    });
  });
});

describe("a canvas", () => {
  test.each(["html", "offscreen"] as const)("(%s) fills tile by tile", async (kind) => {
    const found = await opened().page.evaluate((k, p, o) => page.drawnInTiles(k, p, o), kind, PICTURE, TILE);
    const { tiles, shown, whole, counts, isMine, heard } = found;
    expect({ whole, isMine }).toEqual({ whole: equal(74, 46), isMine: true });
    expect(tiles).toBeGreaterThan(3);
    expect(shown).toBe(tiles + 1);
    // More of it each time, from little to nearly all.
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(new Set(counts).size).toBeGreaterThan(3);
    expect(heard.at(-1)!.done).toBe(heard[0]!.total);
    const done = heard.map((each) => each.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  test("fills window by window where it is resized", async () => {
    const picture = given(190, 20);
    const found = await opened().page.evaluate((p) => page.drawnInTiles("offscreen", p, { scale: 3 }), picture);
    expect(found.whole).toBe(equal(570, 60));
    // The windows of the resize, and the whole.
    expect(found.shown).toBeGreaterThan(2);
  });

  test("shows the result in the page", async () => {
    const wanted = await opened().page.evaluate((p) => page.exhibit(p), PICTURE);
    const photo = await opened().page.screenshot({ clip: { x: 0, y: 0, width: 74, height: 46 } });
    const seen = new Uint8Array(UPNG.toRGBA8(UPNG.decode(photo))[0]!);
    expect(seen).toHaveLength(wanted.length);
    const most = wanted.reduce((off, value, i) => Math.max(off, Math.abs(value - seen[i]!)), 0);
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe.each(["imageBitmap", "texture", "HTMLCanvasElement", "pixels"] as const)("a call into %s", (sink) => {
  test.each([
    ["abort", "enough"],
    ["destroy", "The Upscaler was destroyed"],
  ] as const)("that is stopped by %s fails with %j and leaves nothing", async (how, message) => {
    for (const options of [TILE, { ...TILE, scale: 3 }]) {
      const found = await opened().page.evaluate(
        (s, p, h, o) => page.stopped(s, p, h, o),
        sink,
        given(40, 30),
        how,
        options,
      );
      expect(found).toEqual(new Array(4).fill({ error: message, left: [] }));
    }
  });
});

describe("colour", () => {
  test("of display-p3 stays so, number for number", async () => {
    const whole = equal(74, 46);
    expect(await opened().page.evaluate((p) => page.wideGamut(p), PICTURE)).toEqual({
      colorSpace: "display-p3",
      asked: "display-p3",
      imageData: whole,
      imageBitmap: whole,
      fromPixels: whole,
      canvas: whole,
    });
  });
});

test("a file is upscaled as its EXIF orientation turns it", async () => {
  const raw = Buffer.from(Array.from({ length: 32 * 16 * 3 }, (_, i) => (i * 7 + (i >> 5)) % 256));
  const jpeg = await sharp(raw, { raw: { width: 32, height: 16, channels: 3 } })
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
    .toBuffer();
  const found = await opened().page.evaluate((file) => page.upright(file, "image/jpeg"), [...jpeg]);
  expect(found).toEqual({ width: 16, height: 32, verdict: equal(32, 64) });
});

test("a texture may be taken in strips", async () => {
  expect(await opened().page.evaluate((p) => page.strips(p), PICTURE)).toBe(equal(74, 46));
});

test("strips of ImageData are what putImageData() takes", async () => {
  const { verdict, count } = await opened().page.evaluate((p) => page.stripsOntoCanvas(p), PICTURE);
  expect(verdict).toBe(equal(74, 46));
  expect(count).toBeGreaterThan(1);
});

test("ImageData of float16 comes in and goes out with more than 8 bits", async (context) => {
  const found = await opened().page.evaluate((p) => page.float16(p), PICTURE);
  if (!found) {
    noteNotRun("results as ImageData of float16", "this browser has none");
    return context.skip("no float16 ImageData");
  }
  expect(found.kinds).toEqual(["Float16Array", "Float16Array", "Uint8ClampedArray", "Float16Array"]);
  expect(found.spaces).toEqual(["display-p3", "srgb", "display-p3", "display-p3"]);
  // Half a step of a half from 0.5 to 1, beside 16 bits' own.
  for (const off of found.off) expect(off).toBeLessThanOrEqual(2 ** -12 + 2 ** -17);
  expect(found.offRounded).toBeGreaterThan(2 ** -10);
});
