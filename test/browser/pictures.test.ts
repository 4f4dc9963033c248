// Pictures that a browser holds, of every kind: what reaches the GPU is what went in, as it was when the call was made.
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { pngFile } from "../node/png.js";
import { noteNotRun } from "../not-run.js";
import { expectNoComplaints, useModulePage } from "./module-page.js";
import type { Given } from "./pictures-page.js";

/** What the page has as a global. */
declare const page: typeof import("./pictures-page.js");

const opened = useModulePage("pictures-page.ts");
expectNoComplaints(opened);

const SIZES = [
  { width: 37, height: 23 },
  { width: 1, height: 1 },
];
const ALPHAS = [0, 1, 10, 128, 255];

function given(width: number, height: number, alpha: (pixel: number) => number, gray = false): Given {
  const values = Array.from({ length: width * height * 4 }, (_, i) => {
    const [pixel, channel] = [i >> 2, i & 3];
    if (channel === 3) return alpha(pixel);
    if (gray) return 60 + (((pixel % width) * 3 + Math.floor(pixel / width) * 5) % 7) * 20;
    return (pixel * 37 + channel * 91 + (pixel >> 4)) % 256;
  });
  return { width, height, values, png: [...pngFile({ width, height, depth: 8, colourType: 6, samples: values })] };
}

const roundTrip = (kind: string, picture: Given, canvasPixels?: number) =>
  opened().page.evaluate((k, p, most) => page.roundTrip(k, p, most), kind, picture, canvasPixels);

const cases = SIZES.flatMap((size) => ALPHAS.map((alpha) => ({ ...size, alpha })));

/** The largest difference of a colour, and whether all alphas are equal. */
function difference(got: readonly number[], wanted: readonly number[]) {
  expect(got).toHaveLength(wanted.length);
  let [colour, alpha] = [0, 0];
  for (const [i, value] of got.entries()) {
    const off = Math.abs(value - wanted[i]!);
    if ((i & 3) === 3) alpha = Math.max(alpha, off);
    else colour = Math.max(colour, off);
  }
  return { colour, alpha };
}

/** How far a colour may be off once it was stored as an 8-bit product with alpha: half a level of that. */
function lossOfPremultiplication(alpha: number): number {
  if (alpha === 255) return 0;
  return alpha === 0 ? 255 : Math.ceil(255 / alpha / 2);
}

describe.each(["ImageBitmap", "HTMLImageElement", "Blob", "File", "URL"])("%s", (kind) => {
  test.each(cases)(
    "of $width x $height pixels with alpha $alpha arrives byte for byte",
    async ({ width, height, alpha }) => {
      const picture = given(width, height, () => alpha);
      const found = await roundTrip(kind, picture);
      expect(found).toMatchObject({ kind: "element", size: { width, height }, read: { width, height } });
      expect(found.read.values).toEqual(picture.values);
      expect(found.opaque).toEqual([alpha === 255, alpha === 255]);
      expect(difference(found.seen.values, picture.values).alpha).toBe(0);
    },
  );
});

// These hold premultiplied colours by themselves: under alpha the browser has lost some before we see them.
describe.each(["SVGImageElement", "HTMLCanvasElement", "OffscreenCanvas", "VideoFrame"])("%s", (kind) => {
  test.each(cases)(
    "of $width x $height pixels with alpha $alpha arrives as it is held",
    async ({ width, height, alpha }) => {
      const picture = given(width, height, () => alpha);
      const found = await roundTrip(kind, picture);
      expect(found).toMatchObject({ kind: "element", size: { width, height }, read: { width, height } });
      for (const { values } of [found.read, found.seen]) {
        const off = difference(values, picture.values);
        expect(off.alpha).toBe(0);
        expect(off.colour).toBeLessThanOrEqual(lossOfPremultiplication(alpha));
      }
      expect(found.opaque).toEqual([alpha === 255, alpha === 255]);
    },
  );
});

describe("an image element", () => {
  test.each([false, true])(
    "denser than its natural size arrives whole; in a picture element: %s",
    async (isInPicture) => {
      const picture = given(36, 24, () => 255);
      const found = await opened().page.evaluate((p, inPicture) => page.denseImage(p, inPicture), picture, isInPicture);
      expect(found).toEqual({ natural: 18, width: 36, height: 24, values: picture.values });
    },
  );

  test.each([
    ['width="20" height="10"', 20, 10],
    ["", 300, 150], // the size of what has none
  ])("with a drawing arrives, with %j", async (attributes, width, height) => {
    const found = await opened().page.evaluate((a) => page.vectorImage(a), attributes);
    expect(found).toEqual({ width, height, left: [255, 0, 0, 255], right: [0, 0, 255, 255] });
  });
});

describe("HTMLVideoElement", () => {
  test("arrives within what its compression leaves", async (context) => {
    // Even, as a captured canvas has chroma for 2x2 pixels; Chromium scales others.
    const picture = given(36, 24, () => 255, true);
    const found = await roundTrip("HTMLVideoElement", picture).catch((error: Error) => error);
    if (found instanceof Error) {
      if (!/no frame of the video came/.test(found.message)) throw found;
      noteNotRun("HTMLVideoElement as a source", "this browser shows no video of a canvas");
      return context.skip("no video");
    }
    expect(found).toMatchObject({ size: { width: 36, height: 24 }, opaque: [true, true] });
    // Chromium converts the transfer function of video to sRGB's, or does not: WebGPU has two ways, and the 2D canvas one.
    for (const { values } of [found.read, found.seen]) {
      expect(difference(values, picture.values).colour).toBeLessThanOrEqual(10);
    }
  });
});

describe("the look at alpha", () => {
  test.each([0, 400, 850])("finds one pixel that is not opaque, in canvases of any size: %i", async (pixel) => {
    const picture = given(37, 23, (at) => (at === pixel ? 254 : 255));
    for (const canvasPixels of [undefined, 1, 37 * 5]) {
      expect((await roundTrip("ImageBitmap", picture, canvasPixels)).opaque).toEqual([false, false]);
    }
  });

  test("sees the same pixels in canvases of any size", async () => {
    const picture = given(37, 23, () => 255);
    for (const canvasPixels of [1, 37 * 5, 37 * 23]) {
      const { seen, opaque } = await roundTrip("HTMLImageElement", picture, canvasPixels);
      expect(seen).toEqual({ width: 37, height: 23, values: picture.values });
      expect(opaque).toEqual([true, true]);
    }
  });

  test.each([
    [1, 70_000], // taller than a canvas may be
    [1100, 1000], // more than is looked at in one go
  ])("sees all of %i x %i pixels", async (width, height) => {
    expect(await opened().page.evaluate((w, h) => page.wrongInCopy(w, h), width, height)).toBe(0);
  });

  test("needs none for formats without alpha", async () => {
    const found = await opened().page.evaluate(async () => [
      await page.looksAtFrame("I420"),
      await page.looksAtFrame("RGBX"),
      await page.looksAtFrame("RGBA"),
    ]);
    expect(found).toEqual([
      { opaque: true, draws: 0 },
      { opaque: true, draws: 0 },
      { opaque: false, draws: 1 },
    ]);
  });
});

describe("colour", () => {
  test("of display-p3 stays as it is in canvases and frames", async () => {
    const picture = given(37, 23, () => 255);
    const found = await opened().page.evaluate((p) => page.wideGamut(p), picture);
    expect(Object.keys(found)).toHaveLength(4);
    for (const [name, { space, values }] of Object.entries(found)) {
      expect(space, name).toBe("display-p3");
      expect(values, name).toEqual(picture.values);
    }
  });

  test("is found without giving a canvas a context", async () => {
    expect(await opened().page.evaluate(() => page.keepsContextFree())).toBe(true);
  });

  test("of float16 ImageData has 16 bits", async (context) => {
    const found = await opened().page.evaluate(() => page.floatImageData());
    if (!found) {
      noteNotRun("ImageData of float16", "this browser has none");
      return context.skip("no float16 ImageData");
    }
    expect(found).toEqual([0, 65535, 32768, 65535, 0, 16384, 65535, 65535]);
  });
});

describe("a file", () => {
  test("is turned upright as its EXIF orientation says", async () => {
    const [red, blue] = [
      [250, 0, 0],
      [0, 0, 250],
    ];
    const raw = Buffer.from(Array.from({ length: 32 * 16 }, (_, i) => (i % 32 < 16 ? red! : blue!)).flat());
    // 6: the first column is the visible top.
    const jpeg = await sharp(raw, { raw: { width: 32, height: 16, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
      .toBuffer();
    const wanted = Array.from({ length: 16 * 32 }, (_, i) => [...(i < 16 * 16 ? red! : blue!), 255]).flat();
    for (const found of await opened().page.evaluate(
      async (file) => [await page.decoded(file, "image/jpeg"), await page.decodedByImage(file, "image/jpeg")],
      [...jpeg],
    )) {
      expect(found).toMatchObject({ width: 16, height: 32 });
      expect(difference(found.values, wanted).colour).toBeLessThanOrEqual(6);
    }
  });
});

describe("reading back", () => {
  test.each([
    [1, 1],
    [63, 3],
    [64, 3],
    [65, 3],
    [8192, 1025], // one row more than a staging buffer holds
    [4100, 2100],
  ])("gives every byte of %i x %i pixels", async (width, height) => {
    expect(await opened().page.evaluate((w, h) => page.readsInBands(w, h), width, height)).toBe(0);
  });
});
