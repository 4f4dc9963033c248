// The page as it is published: served from a folder, under its own content policy, in a real browser.

import type { Page } from "puppeteer";
import { describe, expect, test } from "vitest";
import { interpolateModels, loadModel } from "../../src/index.js";
import { countInWorker, countOnPage } from "./counts.js";
import { inNode, levelsOf, mostOff, NETWORK, OTHER, picture } from "./pictures.js";
import { axeFaults, downloaded, drop, openPage, type Site, untilStates, usePages } from "./site.js";

let site: Site;
let page: Page;
let complaints: string[];

usePages("", (opened) => {
  ({ site, page, complaints } = opened);
});

const text = (selector: string) => page.$eval(selector, (element) => element.textContent ?? "");

async function setRange(selector: string, value: number): Promise<void> {
  await page.$eval(
    selector,
    (input, set) => {
      (input as HTMLInputElement).value = String(set);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    },
    value,
  );
}

describe("a picture", () => {
  test("that is dropped becomes what the library makes of it in Node", async () => {
    await drop(page, picture());
    await untilStates(page, "done");
    const { name, type, bytes } = await downloaded(page);
    expect({ name, type }).toEqual({ name: "picture-4x.png", type: "image/png" });
    const found = await levelsOf(bytes);
    const wanted = await inNode(picture(), undefined);
    expect([found.width, found.height]).toEqual([96, 64]);
    expect(mostOff(found.data, wanted.data)).toBeLessThanOrEqual(1);
    expect((await downloaded(page, "image/jpeg")).type).toBe("image/jpeg");
    expect((await downloaded(page, "image/webp")).name).toBe("picture-4x.webp");
    expect(await text("#facts")).toMatch(/swiftshader.*Photos, fast.*f32: .*Tilesone.*Seamsnone.*MiB at most/is);
  });

  test("may be a sample, several, or none that can be read", async () => {
    await drop(page, NETWORK);
    await page.waitForFunction(() => document.querySelectorAll("#samples canvas").length === 2);
    await page.click("#samples li:nth-child(2) button");
    await untilStates(page, "done");
    await drop(
      page,
      picture("one.png"),
      { name: "none.png", type: "image/png", bytes: new Uint8Array(9) },
      picture("two.png"),
    );
    await untilStates(page, "done", "done", "done");
    // The picture that was computed last is shown, and any other may be.
    expect(await text("#size")).toBe("24 \u00d7 16 \u2192 96 \u00d7 64");
    await page.click("#queue li:first-child .frame");
    await page.waitForFunction(() => document.querySelector("#size")!.textContent!.startsWith("144"));
  });

  test("is saved whole, also where that is asked for before it is drawn", async () => {
    await page.evaluate(() => {
      const { createImageBitmap: make } = window;
      const later = async (...args: Parameters<typeof make>) => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        return make(...args);
      };
      window.createImageBitmap = later as typeof make;
    });
    await drop(page, NETWORK, picture());
    await untilStates(page, "done");
    const { width, height, data } = await levelsOf((await downloaded(page)).bytes);
    expect([width, height]).toEqual([96, 64]);
    expect(Math.max(...data)).toBeGreaterThan(100);
  });

  test("is mixed with its plain resize by the strength", async () => {
    await drop(page, NETWORK, picture());
    await untilStates(page, "done");
    const levels: number[][] = [];
    for (const strength of [0, 50, 100]) {
      await setRange("#strength", strength);
      levels.push((await levelsOf((await downloaded(page)).bytes)).data);
    }
    const [plain, half, whole] = levels as [number[], number[], number[]];
    expect(mostOff(plain, whole)).toBeGreaterThan(20);
    expect(
      mostOff(
        half,
        plain.map((level, i) => (level + whole[i]!) / 2),
      ),
    ).toBeLessThanOrEqual(1.5);
  });

  test("can be cancelled, and the next one runs", async () => {
    await drop(page, picture("large.png", 320, 240));
    await page.waitForFunction(() => /left$/.test(document.querySelector("#progress-text")!.textContent!));
    await page.click("#cancel");
    await untilStates(page, "cancelled");
    expect(await text("#status")).toBe("large.png: cancelled.");
    await drop(page, picture());
    await untilStates(page, "cancelled", "done");
    await page.click('[aria-label="Remove large.png"]');
    await untilStates(page, "done");
  });

  test("that fails says why, and the network before is chosen again", async () => {
    const models = () => page.$$eval("#model option", (options) => options.map(({ selected }) => selected));
    await drop(page, NETWORK);
    const before = await models();
    await drop(page, { name: "broken.safetensors", bytes: new Uint8Array(64) }, picture());
    await untilStates(page, "failed");
    expect(await text("#notice")).toMatch(/^picture\.png: The model file broken\.safetensors cannot be used: .*\.$/);
    expect(await models()).toEqual(before);
    await page.click("#run");
    await untilStates(page, "done");
  });
});

describe("a network", () => {
  test("that is dropped runs, as often as the scale takes", async () => {
    await drop(page, picture(), NETWORK);
    await untilStates(page, "done");
    const found = await levelsOf((await downloaded(page)).bytes);
    const wanted = await inNode(picture(), NETWORK.bytes, { scale: 4 });
    expect([found.width, found.height]).toEqual([96, 64]);
    expect(mostOff(found.data, wanted.data)).toBeLessThanOrEqual(1);
    expect(await text("#facts")).toContain("tiny, 2 times");
  });

  test("is mixed with another of its architecture", async () => {
    await drop(page, OTHER, NETWORK, picture());
    await untilStates(page, "done");
    await page.select(
      "#mix-model",
      await page.$eval("#mix-model option:last-child", (o) => (o as HTMLOptionElement).value),
    );
    await setRange("#mix-share", 25);
    await setRange("#scale", 2);
    await page.click("#run");
    await untilStates(page, "running");
    await untilStates(page, "done");
    const found = await levelsOf((await downloaded(page)).bytes);
    const [model, other] = await Promise.all([NETWORK, OTHER].map(({ bytes }) => loadModel(bytes)));
    const mixed = interpolateModels([
      { model: model!, weight: 0.75 },
      { model: other!, weight: 0.25 },
    ]);
    const wanted = await inNode(picture(), mixed);
    expect(mostOff(found.data, wanted.data)).toBeLessThanOrEqual(1);
    expect(mostOff(found.data, (await inNode(picture(), model!)).data)).toBeGreaterThan(1);
  });
});

describe("the page", () => {
  test("is worked by keyboard alone", async () => {
    await drop(page, NETWORK, picture());
    await untilStates(page, "done");
    const focused = () => page.evaluate(() => document.activeElement?.id);
    for (let tabs = 0; tabs < 20 && (await focused()) !== "split"; tabs++) await page.keyboard.press("Tab");
    expect(await focused()).toBe("split");
    const value = () => page.$eval("#split", (split) => Number(split.getAttribute("aria-valuenow")));
    const values: number[] = [await value()];
    for (const key of ["ArrowRight", "PageUp", "Home", "ArrowLeft", "End", "ArrowDown"] as const) {
      await page.keyboard.press(key);
      values.push(await value());
    }
    expect(values).toEqual([50, 51, 61, 0, 0, 100, 99]);
    await page.keyboard.down("Shift");
    await page.keyboard.press("Tab");
    await page.keyboard.up("Shift");
    const fitted = await text("#zoom");
    await page.keyboard.press("+");
    expect(await text("#zoom")).not.toBe(fitted);
    await page.keyboard.press("0");
    expect(await text("#zoom")).toBe(fitted);
  });

  test("is split, zoomed and panned by pointer", async () => {
    await drop(page, NETWORK, picture());
    await untilStates(page, "done");
    const { x, y, width, height } = (await (await page.$("#stage"))!.boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 4, y + height / 3);
    await page.mouse.up();
    expect(await page.$eval("#split", (split) => split.getAttribute("aria-valuenow"))).toBe("25");
    const place = () => page.$eval("#after", (canvas) => (canvas as HTMLElement).style.transform);
    const fitted = await place();
    await page.mouse.move(x + width * 0.7, y + height / 2);
    await page.mouse.wheel({ deltaY: -600 });
    await page.waitForFunction(
      (before) => document.querySelector<HTMLElement>("#after")!.style.transform !== before,
      {},
      fitted,
    );
    const zoomed = await place();
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + height / 2);
    await page.mouse.up();
    expect(await place()).not.toBe(zoomed);
    await page.click("#zoom-fit");
    expect(await place()).toBe(fitted);
  });

  test("keeps to its content policy", async () => {
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "globalThis.inline = true";
      document.head.append(script);
      const blocked = await new Promise<string>((resolve) => {
        addEventListener("securitypolicyviolation", ({ effectiveDirective }) => resolve(effectiveDirective), {
          once: true,
        });
        new Worker(URL.createObjectURL(new Blob([""])));
      });
      return { inline: "inline" in globalThis, blocked };
    });
    expect(ran.inline).toBe(false);
    expect(ran.blocked).toMatch(/script-src|worker-src/);
    complaints.length = 0; // those were provoked
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
    await drop(page, NETWORK, picture());
    await untilStates(page, "done");
    faults.push(await axeFaults(page));
    expect(faults).toEqual([[], []]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  test("keeps the theme that was chosen", async () => {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.click("#theme");
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
    expect(await page.$eval("#theme", (button) => button.getAttribute("aria-pressed"))).toBe("true");
    await page.evaluate(() => localStorage.clear());
  });

  test("says so where there is no WebGPU", async () => {
    await page.evaluateOnNewDocument(() => Object.defineProperty(navigator, "gpu", { value: undefined }));
    await page.reload();
    await page.waitForFunction(() => document.querySelector("#notice")!.textContent);
    expect(await text("#notice")).toMatch(/^This browser has no WebGPU .*\. Pictures cannot be computed here\.$/);
    await drop(page, picture());
    await untilStates(page, "waiting");
    expect(await page.$eval("#run", (run) => (run as HTMLButtonElement).disabled)).toBe(true);
  });

  test("takes twenty pictures in a row without growing", async () => {
    await page.evaluate(countOnPage);
    await drop(page, NETWORK, picture("first.png"));
    await untilStates(page, "done");
    const worker = page.workers().find((each) => each.url().includes("script"))!;
    await worker.evaluate(countInWorker);
    const counts = async () => ({
      page: await page.evaluate(() => ({ ...(globalThis as unknown as { counts: object }).counts })),
      worker: await worker.evaluate(() => ({ ...(globalThis as unknown as { counts: object }).counts })),
    });
    const states = ["done"];
    const run = async (count: number) => {
      const names = Array.from({ length: count }, (_, i) => `${states.length + i}.png`);
      states.push(...names.map(() => "done"));
      await drop(page, ...names.map((name) => picture(name)));
      await untilStates(page, ...states);
    };
    await run(3);
    const few = await counts();
    expect(few.worker).toMatchObject({ made: expect.any(Number) });
    await run(17);
    const many = await counts();
    expect(many.page).toEqual(few.page);
    expect(many.worker).toMatchObject({ live: (few.worker as { live: number }).live });
    expect((many.worker as { made: number }).made).toBeGreaterThan((few.worker as { made: number }).made);
    expect(page.workers().length).toBe(1);
  });
});

test("the benchmark is a page of the site, and gives its report", async () => {
  const { page: bench, complaints: heard } = await openPage(site, "bench.html");
  await bench.waitForFunction(() => !document.querySelector<HTMLButtonElement>("#run")?.disabled);
  await bench.$eval("#filter", (input) => ((input as HTMLInputElement).value = "64->64 prelu"));
  await bench.click("#run");
  await bench.waitForFunction(() => /^(Done|No row|\d+ of)/.test(document.querySelector("#status")!.textContent!));
  const report = await bench.evaluate(async () => {
    const make = URL.createObjectURL;
    const offered: Blob[] = [];
    URL.createObjectURL = (blob) => {
      offered.push(blob as Blob);
      return make.call(URL, blob);
    };
    document.querySelector<HTMLButtonElement>("#download")!.click();
    return JSON.parse(await offered[0]!.text());
  });
  expect(report).toMatchObject({ format: 1, library: { name: "esrgan-webgpu" } });
  expect(report.rows.map(({ status }: { status: string }) => status)).toEqual(["timed", "timed"]);
  expect(await bench.$$eval(".site a", (links) => links.map((link) => (link as HTMLAnchorElement).href))).toEqual(
    ["index.html", "history.html"].map((name) => `${site.url}${name}`),
  );
  expect(heard).toEqual([]);
  await bench.close();
});

// Last, as the server is gone then.
test("works offline after the first visit", async () => {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 20));
  });
  void site.server.close();
  await page.reload();
  await drop(page, picture());
  await untilStates(page, "done");
  expect(await text("#facts")).toContain("Photos, fast");
  await page.goto(`${site.url}bench.html`);
  await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>("#run")?.disabled);
});
