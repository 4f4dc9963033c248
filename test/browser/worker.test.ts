// Upscalers in workers: the results are those of the page, and so are refusals, progress and aborting.

import { describe, expect, test } from "vitest";
import { pngFile } from "../node/png.js";
import { bundled, expectNoComplaints, useModulePage } from "./module-page.js";

/** What the page has as a global. */
declare const page: typeof import("./worker-page.js");

const script = async (module: string) => ({
  type: "text/javascript",
  body: await bundled(module, { asPage: false }),
});
const samples = Array.from({ length: 13 * 9 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37 + (i >> 3)) % 256));
const picture = pngFile({ width: 13, height: 9, depth: 8, colourType: 6, samples });
// Neither scripts in the page nor of a blob: may run.
const STRICT = `<!doctype html><title>strict</title>
<meta http-equiv="Content-Security-Policy" content="script-src 'self'; worker-src 'self'">
<script type="module" src="page.js"></script>`;

const opened = useModulePage("worker-page.ts", {
  "worker/script.js": await script("../../src/worker/script.ts"),
  "own-worker.js": await script("own-worker.ts"),
  "page.js": { type: "text/javascript", body: await bundled("worker-page.ts") },
  "picture.png": { type: "image/png", body: Uint8Array.from(picture) },
  strict: { type: "text/html", body: STRICT },
});

describe("an Upscaler in a worker", () => {
  expectNoComplaints(opened);

  const kinds = ["pixels", "sharp", "ImageData", "ImageBitmap", "OffscreenCanvas", "VideoFrame"];
  test.each([...kinds, "Blob", "URL", "HTMLImageElement"])("gives what one in the page gives, of %s", async (kind) => {
    const found = await opened().page.evaluate((name) => page.compare(name), kind);
    expect(found).toEqual({ pixels: 0, imageData: 0, imageBitmap: 0, blob: 0 });
  });

  test("reads its source when the call is made", async () => {
    expect(await opened().page.evaluate(() => page.isReadAtOnce())).toEqual([true, true, true, true, true]);
  });

  test("draws a canvas of the page, as often as it is asked to", async () => {
    expect(await opened().page.evaluate(() => page.drawsCanvas())).toEqual({
      isSame: true,
      sizes: [
        [26, 18],
        [12, 10],
      ],
      off: 0,
      length: 12 * 10 * 4,
    });
  });

  test("gives a bitmap beside a canvas", async () => {
    const { off, refused } = (await opened().page.evaluate(() => page.bitmapBesideCanvas())) as {
      off: number[];
      refused: { message: string };
    };
    expect(off[0]).toBe(0);
    // Premultiplied colours of 100 levels of alpha hold a level or two less.
    expect(off[1]).toBeLessThanOrEqual(3);
    expect(refused.message).toBe('The option canvas is for the output "canvas" or "imageBitmap", got "blob"');
  });

  test("gives bitmaps that outlive it", async () => {
    expect(await opened().page.evaluate(() => page.bitmapsAfterEnd())).toEqual([0, 0, 0, 0]);
  });

  test("gives strips as they are asked for", async () => {
    const { rows, isEqual } = await opened().page.evaluate(() => page.strips());
    expect(rows[0]).toBe(0);
    expect(rows.length).toBeGreaterThan(1);
    expect(isEqual).toBe(true);
  });

  test("gives strips of ImageData", async () => {
    const found = await opened().page.evaluate(() => page.stripsOfImageData());
    expect(found).toEqual({ areImages: true, isEqual: true });
  });

  test("takes several calls at once, tells their progress, and stops one alone", async () => {
    expect(await opened().page.evaluate(() => page.several())).toEqual({
      settled: ["done", "enough", "done"],
      isGrowing: true,
      last: 1,
    });
  });

  test("says what it is, plans and prepares", async () => {
    expect(await opened().page.evaluate(() => page.plainData())).toMatchObject({
      model: { architecture: "compact", scale: 2 },
      scale: 2,
      precision: "f32",
      reason: expect.stringMatching(/^f32: /),
      plan: { width: 40, height: 20, tiles: 1 },
    });
  });

  test("fails with the Upscaler when that is destroyed", async () => {
    const refused = { isOurs: true, code: "bad-input", message: "The Upscaler was destroyed" };
    expect(await opened().page.evaluate(() => page.destroys())).toEqual([refused, refused]);
  });

  test("shares a worker of the page's own with others", async () => {
    expect(await opened().page.evaluate(() => page.ownWorker())).toEqual({
      echo: "hello back",
      widths: [10, 12, 14, 16],
      isEqual: true,
    });
  });

  test("is made ready while its weights come", async () => {
    const { early, all } = (await opened().page.evaluate(() => page.whileWeightsCome())) as {
      early: { pipelines: number; weightBytes: number; isMade: boolean };
      all: { pipelines: number; weightBytes: number };
    };
    expect(early.isMade).toBe(false);
    expect(early.pipelines).toBeGreaterThan(0);
    expect(all.pipelines).toBe(early.pipelines);
    expect(early.weightBytes).toBeLessThan(all.weightBytes);
    expect(early.weightBytes).toBeGreaterThan(0.9 * all.weightBytes);
  });

  test("runs where neither inline scripts nor blob: are allowed", async () => {
    const { page: tab, server } = opened();
    const strict = await tab.browser().newPage();
    const complaints: string[] = [];
    strict.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) complaints.push(message.text());
    });
    await strict.goto(`${server.url}strict`);
    await strict.waitForFunction("globalThis.page");
    expect(await strict.evaluate(() => page.compare("pixels"))).toMatchObject({ pixels: 0 });
    expect(complaints).toEqual([]);
    await strict.close();
  });
});

test("refusals are the library's, with one sentence each", async () => {
  const found = await opened().page.evaluate(() => page.refusals());
  const ours = (code: string, message: RegExp) => ({ isOurs: true, code, message: expect.stringMatching(message) });
  expect(found).toEqual({
    name: ours("unsupported-model", /^There is no model named "nonsense"/),
    address: ours("network", /missing\.safetensors/),
    answer: ours(
      "network",
      /^The model at .*missing\.safetensors cannot be fetched: the server answers with status 404$/,
    ),
    worker: ours("bad-input", /^The option worker must be a Worker that calls serve\(\)$/),
    software: ours(
      "unsupported-device",
      /^The only WebGPU adapter is software \(.*: allowSoftware takes it all the same$/,
    ),
    option: ours("bad-input", /^upscale has no option scail, did you mean scale\?$/),
    inWorker: ours("bad-input", /scale/),
    texture: ours("bad-input", /^A texture belongs to the device of one thread and cannot be sent to a worker$/),
    output: ours("bad-input", /^A texture belongs to the device of one thread, so a worker cannot give it back$/),
    canvas: ours("bad-input", /^The canvas cannot be handed to a worker/),
    script: ours("internal", /^The worker failed: its script could not be loaded$/),
  });
  // Addresses that are not there show in the console.
  opened().complaints.length = 0;
});
