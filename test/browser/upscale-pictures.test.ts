// Every kind of source into every kind of result: the bytes that raw pixels give, whatever the caller does to the source afterwards.
import { describe, expect, test } from "vitest";
import { pngFile } from "../node/png.js";
import { noteNotRun } from "../not-run.js";
import { expectNoComplaints, useModulePage } from "./module-page.js";
import type { Found } from "./upscale-page.js";
import type { Served } from "./upscale-sources.js";

/** What the page has as a global. */
declare const page: typeof import("./upscale-page.js");

type Alpha = number | "mixed" | "mixed with 0";

// The mixed pictures have every alpha. Of one pixel there is nothing to mix.
const CASES: readonly { readonly width: number; readonly height: number; readonly alpha: Alpha }[] = [
  ...([255, 0, "mixed", "mixed with 0"] as const).map((alpha) => ({ width: 37, height: 23, alpha })),
  ...[255, 0, 1, 10, 128].map((alpha) => ({ width: 1, height: 1, alpha })),
];

const addressOf = (width: number, height: number, alpha: Alpha) =>
  `${width}x${height}-${String(alpha).replaceAll(" ", "-")}.png`;

function given(width: number, height: number, alpha: Alpha): Served {
  const mixed = alpha === "mixed" ? [1, 10, 128, 255] : [0, 1, 10, 128, 255];
  const values = Array.from({ length: width * height * 4 }, (_, i) => {
    const [pixel, channel] = [i >> 2, i & 3];
    if (channel === 3) return typeof alpha === "number" ? alpha : mixed[(pixel * 7 + (pixel >> 3)) % mixed.length]!;
    return (pixel * 37 + channel * 91 + (pixel >> 4)) % 256;
  });
  const png = [...pngFile({ width, height, depth: 8, colourType: 6, samples: values })];
  return { width, height, values, png, address: addressOf(width, height, alpha) };
}

const PICTURES = CASES.map(({ width, height, alpha }) => given(width, height, alpha));

const FILES = PICTURES.map(({ address, png }) => [address, { type: "image/png", body: Uint8Array.from(png) }]);
const opened = useModulePage("upscale-page.ts", Object.fromEntries(FILES));
expectNoComplaints(opened);

const ELEMENTS = ["HTMLImageElement", "SVGImageElement", "HTMLCanvasElement", "OffscreenCanvas", "VideoFrame"];
const OTHERS = ["ImageBitmap", "ImageData", "Blob", "File", "URL", "GPUTexture"];
const ARRAYS = ["pixels", "pixels of 3 channels", "sharp"];

/** Results of a picture of `width` x `height` pixels that have every byte. */
function allEqual(width: number, height: number): Found {
  const equal = `equal in ${width * 2 * height * 2 * 4} bytes`;
  return {
    ...{ imageBitmap: equal, imageData: equal, pixels: equal, blob: equal, texture: equal },
    ...{ HTMLCanvasElement: equal, OffscreenCanvas: equal },
  };
}

describe.each([...OTHERS, ...ARRAYS, ...ELEMENTS])("%s", (kind) => {
  test.each(CASES)("of $width x $height pixels with alpha $alpha", async ({ width, height, alpha }) => {
    const picture = PICTURES.find(({ address }) => address === addressOf(width, height, alpha))!;
    const found = await opened().page.evaluate((k, p) => page.intoAll(k, p), kind, picture);
    expect(found).toEqual(allEqual(width, height));
  });

  test("is read when the call is made", async () => {
    const found = await opened().page.evaluate((k, p) => page.intoAll(k, p, true), kind, PICTURES[0]!);
    expect(found).toEqual(allEqual(37, 23));
  });

  test("is read when the call is made, though the model has still to come", async () => {
    const found = await opened().page.evaluate((k, p) => page.beforeModel(k, p), kind, PICTURES[0]!);
    expect(found).toBe(allEqual(37, 23).pixels);
  });
});

test("HTMLVideoElement", async (context) => {
  // Even and gray, as a captured canvas has chroma for 2x2 pixels; Chromium scales others.
  const width = 36;
  const height = 24;
  const gray = given(width, height, 255);
  const values = gray.values.map((value, i) => (i % 4 === 3 ? value : 60 + ((i >> 2) % 7) * 20));
  const found = await opened()
    .page.evaluate((p) => page.intoAll("HTMLVideoElement", p), { ...gray, values })
    .catch((error: Error) => error);
  if (found instanceof Error) {
    if (!/no frame of the video came/.test(found.message)) throw found;
    noteNotRun("HTMLVideoElement as a source", "this browser shows no video of a canvas");
    return context.skip("no video");
  }
  expect(found).toEqual(allEqual(width, height));
});
