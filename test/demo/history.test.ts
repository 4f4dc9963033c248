// The history page as it is published: every method on one picture, and any two of them compared.

import type { Page } from "puppeteer";
import { describe, expect, test } from "vitest";
import { loadModel } from "../../src/index.js";
import { inNode, levelsOf, mostOff, NETWORK, picture } from "./pictures.js";
import { axeFaults, drop, type Site, usePages } from "./site.js";

/** The methods that run by themselves, by name, and what they are called in Node. */
const METHODS: readonly (readonly [name: string, model: string])[] = [
  ["Nearest", "nearest-x3"],
  ["Bilinear", "bilinear-x3"],
  ["Bicubic", "bicubic-x3"],
  ["SRCNN", "srcnn-915-x3"],
  ["VDSR", "vdsr-x3"],
  ["FSRCNN-s", "fsrcnn-s-x3"],
  ["ESPCN", "espcn-x3"],
  ["Real-ESRGAN v3", "general-x4v3"],
];
const SMALL = picture("small.png", 12, 9);

let site: Site;
let page: Page;

usePages("history.html", (opened) => {
  ({ site, page } = opened);
});

const text = (selector: string) => page.$eval(selector, (element) => element.textContent ?? "");
const states = () =>
  page.$$eval("#methods li", (items) => items.map((item) => (item as HTMLElement).dataset.state ?? "").join());

/** Waits until nothing is computed any more. */
async function untilIdle(): Promise<void> {
  await page.waitForFunction(() => /computed\.$/.test(document.querySelector("#status")!.textContent!), {
    timeout: 100_000,
  });
}

/** Waits until the first methods are done, and cancels the others before any of them may be. */
async function cancelAfter(done: number): Promise<void> {
  await page.waitForFunction(
    (selector) => {
      const isDone = document.querySelector(selector) !== null;
      if (isDone) document.querySelector<HTMLElement>("#cancel")!.click();
      return isDone;
    },
    { timeout: 100_000 },
    `#methods li:nth-child(${done})[data-state="done"]`,
  );
  await untilIdle();
}

/** Counts, from now on, the bitmaps that the page holds. */
async function countBitmaps(): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const made: ImageBitmap[] = [];
    Object.assign(globalThis, { made });
    const make = globalThis.createImageBitmap as (...args: unknown[]) => Promise<ImageBitmap>;
    globalThis.createImageBitmap = (async (...args: unknown[]) => {
      const bitmap = await make(...args);
      made.push(bitmap);
      return bitmap;
    }) as typeof createImageBitmap;
    const { transferToImageBitmap } = OffscreenCanvas.prototype;
    OffscreenCanvas.prototype.transferToImageBitmap = function () {
      const bitmap = transferToImageBitmap.call(this);
      made.push(bitmap);
      return bitmap;
    };
  });
  // What was closed or sent to the worker has no width.
  return () =>
    page.evaluate(
      () => (globalThis as unknown as { made: ImageBitmap[] }).made.filter(({ width }) => width > 0).length,
    );
}

const radio = (side: "left" | "right", name: string) => `input[aria-label="${name} on the ${side}"]`;

/** The canvas of a side as the levels of its picture. */
async function shown(id: "before" | "after") {
  const url = await page.$eval(`#${id}`, (canvas) => (canvas as HTMLCanvasElement).toDataURL());
  return levelsOf(Buffer.from(url.split(",")[1]!, "base64"));
}

describe("a picture", () => {
  // One test, as a page compiles its kernels anew.
  test("becomes by each method, and by networks that are dropped, what the library makes of it in Node", async () => {
    await drop(page, NETWORK, { name: "broken.pth", bytes: new Uint8Array(64) }, SMALL);
    await untilIdle();
    expect(await text("#status")).toBe("broken: not computed.");
    expect(await text("#methods li:last-child .state")).toMatch(/^The model file broken\.pth cannot be used: .*\.$/);
    expect(await text("#tag-after")).toBe("tiny");
    const tiny = await inNode(SMALL, NETWORK.bytes, { scale: 3 });
    expect(mostOff((await shown("after")).data, tiny.data)).toBeLessThanOrEqual(1);
    expect(await text("#part")).toBe("12 \u00d7 9 \u2192 36 \u00d7 27");
    expect(await text("#tag-before")).toBe("Bicubic");
    const off: [string, number][] = [];
    let vdsr: number[] = [];
    for (const [name, model] of METHODS) {
      await page.click(radio("right", name));
      const found = await shown("after");
      expect([found.width, found.height]).toEqual([36, 27]);
      const wanted = await inNode(SMALL, await loadModel(model), { scale: 3 });
      off.push([name, mostOff(found.data, wanted.data)]);
      if (name === "VDSR") vdsr = found.data;
    }
    expect(off.filter(([, levels]) => levels > 1)).toEqual([]);
    // What is left stays, and is what the same method gave.
    await page.click(radio("left", "VDSR"));
    expect(await text("#tag-before")).toBe("VDSR");
    expect((await shown("before")).data).toEqual(vdsr);
    expect(await page.$eval("#split", (split) => split.getAttribute("aria-label"))).toBe(
      "Where VDSR ends and Real-ESRGAN v3 begins",
    );
    const figures = await page.$$eval("#methods .figures", (all) => all.map((each) => each.textContent));
    expect(figures[4]).toMatch(/^33\.77 dB\d+(\.\d)? m?s$/);
    // A large network waits to be asked for.
    const ask = '[aria-label="Compute, 9 MB: Real-ESRGAN anime"]';
    await page.click(ask);
    await page.waitForSelector('#methods li:nth-child(9)[data-state="done"]', { timeout: 100_000 });
    expect(await page.$eval(ask, (button) => (button as HTMLElement).hidden)).toBe(true);
    await page.click(radio("right", "Real-ESRGAN anime"));
    const anime = await inNode(SMALL, await loadModel("anime-6b"), { scale: 3 });
    expect(mostOff((await shown("after")).data, anime.data)).toBeLessThanOrEqual(1);
    expect(await axeFaults(page)).toEqual([]);
  });

  test("that is large is taken by its middle, can be cancelled, and another takes its place and memory", async () => {
    const bitmaps = await countBitmaps();
    await drop(page, picture("large.png", 300, 280));
    await page.waitForSelector('#methods li[data-state="running"]');
    expect(await text("#part")).toBe(
      "The middle 256 \u00d7 256 of 300 \u00d7 280 pixels \u2192 768 \u00d7 768, so that all results can be kept at once.",
    );
    await cancelAfter(2);
    expect(await states()).toBe("done,done,cancelled,cancelled,cancelled,cancelled,cancelled,,,cancelled");
    expect(await page.$eval("#progress", (progress) => (progress as HTMLElement).hidden)).toBe(true);
    expect(await bitmaps()).toBe(1 + 2);
    await page.click("#rest");
    await page.waitForSelector('#methods li[data-state="running"]');
    await drop(page, SMALL);
    await page.waitForFunction(() => document.querySelector("#part")!.textContent!.startsWith("12"));
    await cancelAfter(4);
    expect(await states()).toBe("done,done,done,done,cancelled,cancelled,cancelled,,,cancelled");
    expect(await bitmaps()).toBe(1 + 4);
    expect((await shown("after")).width).toBe(36);
    expect([await text("#tag-before"), await text("#tag-after")]).toEqual(["Bicubic", "SRCNN"]);
    await drop(page, picture("other.png", 8, 8));
    await page.waitForFunction(() => document.querySelector("#part")!.textContent!.startsWith("8"));
    await cancelAfter(1);
    expect(await bitmaps()).toBe(1 + 1);
  });

  test("that cannot be read is named", async () => {
    await drop(page, { name: "none.png", type: "image/png", bytes: new Uint8Array(9) });
    await page.waitForFunction(() => document.querySelector("#status")!.textContent);
    expect(await text("#status")).toBe("Not a picture that this browser reads: none.png.");
  });
});

describe("the page", () => {
  test("is worked by keyboard alone", async () => {
    await drop(page, SMALL);
    await cancelAfter(4);
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
    for (let tabs = 0; tabs < 30 && !(await focused()).endsWith("on the left"); tabs++)
      await page.keyboard.press("Tab");
    expect(await focused()).toBe("Bicubic on the left");
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("SRCNN on the left");
    expect(await text("#tag-before")).toBe("SRCNN");
    await page.focus("#split");
    await page.keyboard.press("ArrowRight");
    expect(await page.$eval("#split", (split) => split.getAttribute("aria-valuetext"))).toBe("51 percent SRCNN");
  });

  test.each([
    [1280, "light"],
    [1280, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const)("has no fault that axe finds at %i pixels, %s", async (width, theme) => {
    await page.setViewport({ width, height: 844 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    const faults: unknown[] = [await axeFaults(page)];
    await drop(page, SMALL);
    await page.waitForSelector('#methods li[data-state="done"]');
    faults.push(await axeFaults(page));
    await cancelAfter(1);
    faults.push(await axeFaults(page));
    expect(faults).toEqual([[], [], []]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  test("asks for few bytes before there is a picture", async () => {
    const fetched = await page.evaluate(() =>
      performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname.split("/").at(-1)!),
    );
    // Weights come with the method that needs them.
    expect(fetched.filter((name) => /x3|vdsr|general|safetensors/.test(name))).toEqual([]);
    const bytes = await page.evaluate(async () => {
      const scripts = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js"));
      const sizes = scripts.map(async ({ name }) => {
        const zipped = (await fetch(name)).body!.pipeThrough(new CompressionStream("gzip"));
        return (await new Response(zipped).arrayBuffer()).byteLength;
      });
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    });
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(40_000);
  });
});

// Last, as the server is gone then.
test("works offline after the first visit", async () => {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 20));
  });
  void site.server.close();
  await page.reload();
  await drop(page, SMALL);
  await untilIdle();
  expect(await text("#status")).toBe("All computed.");
  expect(await states()).toBe("done,done,done,done,done,done,done,,,done");
  expect([await text("#tag-before"), await text("#tag-after")]).toEqual(["Bicubic", "Real-ESRGAN v3"]);
  expect(await page.$eval("#rest", (rest) => (rest as HTMLElement).hidden)).toBe(true);
  const notice = await page.evaluate(async () => (await fetch("./NOTICE.txt")).text());
  expect(notice).toMatch(/BSD[\s\S]+MIT License/);
});
