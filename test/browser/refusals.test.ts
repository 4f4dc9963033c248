// Pictures that cannot be read: each is refused with one sentence, and nothing is left on the GPU.
import { afterAll, beforeAll, expect, test } from "vitest";
import { pngFile } from "../node/png.js";
import { useModulePage } from "./module-page.js";
import { type Server, startServer } from "./server.js";

/** What the page has as a global. */
declare const page: typeof import("./refusals-page.js");

const body = pngFile({ width: 4, height: 4, depth: 8, colourType: 0, samples: new Array(16).fill(99) });
const files = { "picture.png": { type: "image/png", body } };

const opened = useModulePage("refusals-page.ts", files);
let other: Server;

beforeAll(async () => {
  other = await startServer(files);
});

afterAll(() => other.close());

const FOREIGN = "holds pixels of another origin that may not be read: serve them with CORS and set crossOrigin";
const KINDS =
  "A picture must be an ImageBitmap, an image, video or canvas element, a VideoFrame, ImageData, " +
  "a Blob, a URL, a GPUTexture or { data, width, height, channels, bits }, got";

const EXPECTED: Readonly<Record<string, readonly [code: string | undefined, message: string | RegExp]>> = {
  "a string": ["bad-input", `${KINDS} a string: use new URL(...) for an address, or fetch its Blob`],
  "an element of another kind": ["bad-input", `${KINDS} an element of class HTMLDivElement`],
  "a rendering context": ["bad-input", `${KINDS} an object of class OffscreenCanvasRenderingContext2D`],

  "a closed ImageBitmap": ["bad-input", "The ImageBitmap is closed or was transferred elsewhere"],
  "a transferred ImageBitmap": ["bad-input", "The ImageBitmap is closed or was transferred elsewhere"],
  "a closed VideoFrame": ["bad-input", "The VideoFrame is closed or was transferred elsewhere"],
  "an empty canvas": [
    "bad-input",
    "The HTMLCanvasElement of 0x3 pixels is empty, expected a positive width and height",
  ],
  "an empty OffscreenCanvas": [
    "bad-input",
    "The OffscreenCanvas of 5x0 pixels is empty, expected a positive width and height",
  ],
  "an image without an address": [
    "bad-input",
    "The image element without src has not loaded, call its decode() and wait for it first",
  ],
  "an image that is loading": [
    "bad-input",
    /^The image element with http:\S+ has not loaded, call its decode\(\) and wait for it first$/,
  ],
  "a broken image": [
    "bad-input",
    "The image element with data:image/png,nothing is broken or has no size of its own, so it has no pixels",
  ],
  "a video without a frame": [
    "bad-input",
    'The video element has no current frame (readyState 0, 0x0 pixels), wait for "loadeddata"',
  ],
  "an SVG image without a size": [
    "bad-input",
    "The SVG image element of 0x0 pixels is empty, set its width and height",
  ],
  "an SVG image that has not loaded": [
    "bad-input",
    "The SVG image element has not loaded or is broken, wait for its load event first",
  ],
  "a canvas without a context": ["bad-input", /^The HTMLCanvasElement cannot be read: .*without rendering context$/],
  "a canvas that went offscreen": ["bad-input", /^The HTMLCanvasElement cannot be read: .*transferControlToOffscreen/],

  "a bitmap closed after it was measured": ["bad-input", /^The ImageBitmap cannot be read: /],
  "a frame closed after it was measured": ["bad-input", /^The VideoFrame cannot be read: /],
  "a closed frame's alpha": ["bad-input", /^The VideoFrame cannot be read: /],
  "an image of another origin": ["bad-input", `The HTMLImageElement ${FOREIGN}`],
  "an image of another origin, on a canvas": ["bad-input", `The HTMLImageElement ${FOREIGN}`],
  "a tainted canvas": ["bad-input", `The HTMLCanvasElement ${FOREIGN}`],
  "a tainted canvas's alpha": ["bad-input", `The HTMLCanvasElement ${FOREIGN}`],
  "a picture larger than a texture": [
    "unsupported-device",
    /^The OffscreenCanvas of 99999x4 pixels is larger than the device's textures, which hold at most (\d+)x\1$/,
  ],
  "a picture wider than a canvas": [
    "out-of-memory",
    "The browser has no canvas of 70000x1 pixels to read the ImageBitmap with",
  ],
  "a copy that the GPU refuses": [
    "bad-input",
    /^The copy of the OffscreenCanvas \(4x4 pixels\) was refused by the GPU: /,
  ],
  "a copy on a lost device": ["device-lost", /^The GPU device was lost/],

  "a texture of another format": [
    "bad-input",
    'The texture "mine" of 4x4 pixels has the format rgba16float, expected rgba8unorm or rgba8unorm-srgb',
  ],
  "a texture without COPY_SRC": [
    "bad-input",
    'The texture "mine" of 4x4 pixels has the usage 4, expected COPY_SRC among it to be read back',
  ],
  "a destroyed texture": ["bad-input", /^Reading back the texture of 4x4 pixels was refused by the GPU: /],
  "a texture of a lost device": ["device-lost", /^The GPU device was lost/],

  "a Blob that is no picture": [
    "bad-input",
    /^The Blob \(4 bytes of type "text\/plain"\) is no picture that the browser can decode: .+[^.]$/,
  ],
  "an empty File": [
    "bad-input",
    /^The file photo\.png \(0 bytes of type unknown\) is no picture that the browser can decode: /,
  ],
  "a URL that is not found": [
    "network",
    /^http:\S+\/nothing\.png answered with HTTP status 404 Not Found, expected a picture$/,
  ],
  "a URL of a page": [
    "bad-input",
    /^The body of http:\S+\/blank \(\d+ bytes of type "text\/html"\) is no picture that the browser can decode: /,
  ],
  "a URL of another origin": [
    "network",
    /^http:\S+\/picture\.png cannot be fetched \(.+\): it is out of reach, or its server does not allow this origin \(CORS\)$/,
  ],
  "a URL, aborted": [undefined, "no longer"],
  "a URL, aborted on its way": [undefined, "no longer"],
};

test("every case is one that the page has", async () => {
  expect(await opened().page.evaluate(() => Object.keys(page.CASES))).toEqual(Object.keys(EXPECTED));
});

test.each(Object.entries(EXPECTED))("refuses %s", async (name, [code, message]) => {
  const places = { here: opened().server.url, elsewhere: other.url };
  const found = await opened().page.evaluate((which, where) => page.run(which, where), name, places);
  expect(found.refused).toEqual({
    name: code ? "EsrganError" : "Error",
    ...(code ? { code } : {}),
    message: typeof message === "string" ? message : expect.stringMatching(message),
  });
  expect(found.left).toBe(0);
  expect(await opened().page.evaluate(() => page.uncaptured())).toEqual([]);
});
