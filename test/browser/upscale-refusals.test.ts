// What upscale() refuses in a browser: one sentence each from both calls, nothing is left, and the next call works.
import { afterAll, beforeAll, expect, test } from "vitest";
import { pngFile } from "../node/png.js";
import { useModulePage } from "./module-page.js";
import { type Server, startServer } from "./server.js";

/** What the page has as a global. */
declare const page: typeof import("./upscale-refusals-page.js");

const body = pngFile({ width: 4, height: 4, depth: 8, colourType: 0, samples: new Array(16).fill(99) });
const files = { "picture.png": { type: "image/png", body } };

const opened = useModulePage("upscale-refusals-page.ts", files);
let other: Server;

beforeAll(async () => {
  other = await startServer(files);
});

afterAll(() => other.close());

const FOREIGN = "holds pixels of another origin that may not be read: serve them with CORS and set crossOrigin";
const OTHERS = /^The (output )?texture( of 4x4 texels)? was refused by the GPU: .*cannot be used with/;

const EXPECTED: Readonly<Record<string, readonly [code: string, message: string | RegExp]>> = {
  "a closed ImageBitmap": ["bad-input", "The ImageBitmap is closed or was transferred elsewhere"],
  "a closed VideoFrame": ["bad-input", "The VideoFrame is closed or was transferred elsewhere"],
  "a tainted canvas": ["bad-input", `The HTMLCanvasElement ${FOREIGN}`],
  "a tainted canvas into pixels": ["bad-input", `The HTMLCanvasElement ${FOREIGN}`],
  "an empty canvas": [
    "bad-input",
    "The HTMLCanvasElement of 0x3 pixels is empty, expected a positive width and height",
  ],
  "an image that is loading": ["bad-input", /^The image element with \S+ has not loaded, call its decode\(\) and wait/],
  "an image without an address": [
    "bad-input",
    "The image element without src has not loaded, call its decode() and wait for it first",
  ],
  "a video without a frame": [
    "bad-input",
    'The video element has no current frame (readyState 0, 0x0 pixels), wait for "loadeddata"',
  ],
  "a Blob that is no picture": [
    "bad-input",
    /^The Blob \(4 bytes of type "text\/plain"\) is no picture that the browser can decode: /,
  ],
  "a URL that is not found": ["network", /nothing\.png answered with HTTP status 404 Not Found, expected a picture$/],
  "a URL of another origin": ["network", /its server does not allow this origin \(CORS\)$/],
  "an address in a string": ["bad-input", /got a string: use new URL\(\.\.\.\) for an address, or fetch its Blob$/],
  "a texture of another device": ["bad-input", OTHERS],
  "a texture of another device into pixels": ["bad-input", OTHERS],
  "an output texture of another device": ["bad-input", OTHERS],
  "no canvas": ["bad-input", 'The output "canvas" needs the option canvas, a canvas to draw into'],
  "a canvas for pixels": ["bad-input", 'The option canvas is for the output "canvas" or "imageBitmap", got "pixels"'],
  "a canvas with a 2D context": [
    "bad-input",
    "The canvas has a context of another kind, expected one without a context or with a WebGPU context",
  ],
  "an element that is no canvas": [
    "bad-input",
    "canvas must be an HTMLCanvasElement or an OffscreenCanvas, got HTMLDivElement",
  ],
  "a type that is no picture's": ["bad-input", 'type must be a picture\'s type such as "image/png", got "text/plain"'],
  "a type that the browser cannot write": ["bad-input", /cannot be written as image\/avif: /],
};

test("every case is one that the page has", async () => {
  expect(await opened().page.evaluate(() => Object.keys(page.CASES))).toEqual(Object.keys(EXPECTED));
});

test.each(Object.entries(EXPECTED))("refuses %s", async (name, [code, message]) => {
  const places = { here: opened().server.url, elsewhere: other.url };
  const found = await opened().page.evaluate((which, where) => page.run(which, where), name, places);
  const refusal = {
    name: "EsrganError",
    code,
    message: typeof message === "string" ? message : expect.stringMatching(message),
  };
  expect(found).toEqual({ refused: [refusal, refusal], left: [], next: 8 });
  for (const each of found.refused) expect(each!.message).not.toMatch(/\n|\.$/);
  expect(await opened().page.evaluate(() => page.uncaptured())).toEqual([]);
});

test("a lost device fails calls of every kind", async () => {
  const messages = await opened().page.evaluate(() => page.lost());
  expect(messages).toHaveLength(8);
  for (const message of messages) expect(message).toMatch(/^device-lost: The GPU device was lost \(.+\)$/);
});
