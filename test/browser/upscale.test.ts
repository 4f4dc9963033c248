// The package in a real browser, as native ES modules: the two-argument call against the picture that PyTorch gave.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readPicture } from "../../src/node/read-picture.js";
import { startBrowser } from "./chromium.js";
import { type Server, startServer } from "./server.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const golden = (name: string) => readPicture(`${root}/test/golden/${name}.png`);

/** What the page has as a global. */
declare const library: typeof import("../../src/index.js");

let browser: Browser | undefined;
let server: Server;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  execFileSync(process.execPath, [`${root}/tools/build.mjs`, "--if-stale"]);
  server = await startServer();
  browser = await startBrowser();
  if (!browser) return;
  page = await browser.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) complaints.push(message.text());
  });
  page.on("requestfailed", (request) => complaints.push(`${request.url()} failed`));
  await page.goto(server.url);
  await page.waitForFunction("globalThis.library");
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

beforeEach((context) => {
  if (!browser) context.skip("no browser");
  complaints.length = 0;
});

describe("in a browser", () => {
  test("there is a WebGPU adapter, and the library says so", async () => {
    const said = await page.evaluate(() => library.isSupported());
    expect(said).toMatchObject({ supported: true });
    expect(complaints).toEqual([]);
  });

  test("upscale(device, imageData) gives the picture that PyTorch gave", async () => {
    const { pixels } = await golden("tiny-32x24");
    const rgba = Array.from({ length: 32 * 24 * 4 }, (_, i) =>
      i % 4 === 3 ? 255 : pixels.data[(i >> 2) * 3 + (i % 4)]!,
    );
    const result = await page.evaluate(async (values) => {
      const adapter = (await navigator.gpu.requestAdapter())!;
      const device = await adapter.requestDevice(library.deviceRequirements(adapter));
      const errors: string[] = [];
      device.addEventListener("uncapturederror", (event) => errors.push(event.error.message));
      const picture = await library.upscale(device, new ImageData(Uint8ClampedArray.from(values), 32, 24));
      await device.queue.onSubmittedWorkDone();
      device.destroy();
      const { data, width, height } = picture;
      return { data: [...data], width, height, isImageData: picture instanceof ImageData, errors };
    }, rgba);
    expect(result).toMatchObject({ width: 128, height: 96, isImageData: true, errors: [] });
    const wanted = (await golden("general-x4v3.tiny-32x24")).pixels;
    expect(wanted).toMatchObject({ width: 128, height: 96, channels: 3 });
    const off = result.data.map((value, i) =>
      i % 4 === 3 ? 255 - value : Math.abs(value - wanted.data[(i >> 2) * 3 + (i % 4)]!),
    );
    expect(off.reduce((most, each) => Math.max(most, each), 0)).toBeLessThanOrEqual(1);
    expect(complaints).toEqual([]);
  });
});
