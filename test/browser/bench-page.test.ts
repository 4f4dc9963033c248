// The benchmark's page in a real browser, served as `npm run bench -- page` serves it.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Report } from "../../bench/harness/row.js";
import { startBrowser } from "./chromium.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

let browser: Browser | undefined;
let server: ChildProcess;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  server = spawn(process.execPath, ["bench/run.mjs", "bench", "page"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const address = new Promise<string>((resolve, reject) => {
    let said = "";
    server.stdout!.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const url = /http:\/\/localhost:\d+\//.exec(said)?.[0];
      if (url) resolve(url);
    });
    server.on("close", (code) => reject(new Error(`npm run bench -- page ended with exit code ${code}`)));
  });
  browser = await startBrowser();
  const url = await address;
  if (!browser) return;
  page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 1400 });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) complaints.push(message.text());
  });
  page.on("requestfailed", (request) => complaints.push(`${request.url()} failed`));
  await page.goto(url);
  await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>("#run")?.disabled);
});

afterAll(async () => {
  await browser?.close();
  server.kill();
});

beforeEach((context) => {
  if (!browser) context.skip("no browser");
  complaints.length = 0;
});

/** Runs rows with these words, and waits for the end. */
async function run(suite: "kernels" | "networks", filter: string): Promise<string> {
  await page.$eval(`input[value=${suite}]`, (input) => (input as HTMLInputElement).click());
  await page.$eval("#filter", (input, text) => ((input as HTMLInputElement).value = text), filter);
  await page.click("#run");
  await page.waitForFunction(() =>
    /^(Done|Stopped|No row|\d+ of)/.test(document.querySelector("#status")!.textContent!),
  );
  return page.$eval("#status", (status) => status.textContent!);
}

const texts = (selector: string) => page.$$eval(selector, (all) => all.map((each) => each.textContent ?? ""));

describe("the benchmark's page", () => {
  test("names the adapter", async () => {
    expect(await page.$eval("#adapter", (line) => line.textContent)).toMatch(/swiftshader/i);
  });

  test("says so where a filter leaves nothing", async () => {
    expect(await run("kernels", "no such kernel")).toMatch(/^No row/);
    expect(complaints).toEqual([]);
  });

  test("measures kernels: a table, a chart, the report", async () => {
    expect(await run("kernels", "64->64 prelu")).toBe("Done: rows measured: 2.");
    const [plain, chosen] = await texts("#kernels tbody tr");
    expect(plain).toContain("plain");
    expect(chosen).toContain("*shared");
    expect(await texts("#kernels tbody td.ok")).toEqual([expect.stringMatching(/^ok /), expect.stringMatching(/^ok /)]);
    // What is drawn lies within the chart, in the order of speed.
    const points = await page.$$eval("#chart circle", (all) =>
      all.map((each) => each.getBoundingClientRect().toJSON()),
    );
    const frame = await page.$eval("#chart svg", (svg) => svg.getBoundingClientRect().toJSON());
    expect(points).toHaveLength(2);
    for (const { left, top, right, bottom } of points) {
      expect(left).toBeGreaterThan(frame.left);
      expect(right).toBeLessThan(frame.right);
      expect(top).toBeGreaterThan(frame.top);
      expect(bottom).toBeLessThan(frame.bottom);
    }
    expect(points[1].top).toBeLessThan(points[0].top);
    await page.hover("#chart circle.default");
    expect(await page.$eval("#point", (text) => text.textContent)).toMatch(/^conv2d 64->64 prelu, shared .* GFLOP\/s/);
    expect(await texts("tr.lit td:first-child")).toEqual(["conv2d 64->64 prelu"]);
    const report = await downloaded();
    expect(report).toMatchObject({ format: 1, library: { name: "esrgan-webgpu" }, adapter: { kind: "software" } });
    expect(report.rows.map(({ status }) => status)).toEqual(["timed", "timed"]);
    expect(complaints).toEqual([]);
    await page.screenshot({ path: process.env.ESRGAN_SCREENSHOT as `${string}.png` });
  });

  test("measures a network with the weights that the server has", async () => {
    expect(await run("networks", "general-x4v3")).toBe("Done: rows measured: 1.");
    expect(await texts("#networks tbody tr")).toEqual([expect.stringMatching(/^general-x4v332x3232.*ok /)]);
    expect(complaints).toEqual([]);
  });
});

/** What the download button offers. */
function downloaded(): Promise<Report> {
  return page.evaluate(async () => {
    const offered = new Promise<Blob>((resolve) => {
      const original = URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        URL.createObjectURL = original;
        resolve(blob as Blob);
        return original(blob);
      };
    });
    document.querySelector<HTMLButtonElement>("#download")!.click();
    return JSON.parse(await (await offered).text());
  });
}
