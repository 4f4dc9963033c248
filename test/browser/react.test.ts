// examples/react, built by Vite as a reader would and opened in a browser: it shows what upscale() gives, and survives StrictMode.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "puppeteer";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scriptOf, snippetsOf } from "../docs/snippets.js";
import { startBrowser } from "./chromium.js";
import { type ServedFile, type Server, startServer } from "./server.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const example = join(root, "examples/react");
const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));

/** The built page, by path. */
async function builtFiles(): Promise<Record<string, ServedFile>> {
  const { exports } = readJson("package.json");
  const entry = (path: string) => join(root, exports[path].default);
  const built = (await build({
    root: example,
    base: "./",
    logLevel: "error",
    resolve: { alias: [{ find: /^esrgan-webgpu\/worker$/, replacement: entry("./worker") }] },
    build: { write: false, chunkSizeWarningLimit: 10_000 },
  })) as Rolldown.RolldownOutput;
  const types: Record<string, string> = { html: "text/html", js: "text/javascript", css: "text/css" };
  const files = built.output.map((file) => {
    const body = file.type === "chunk" ? file.code : file.source;
    return [`react/${file.fileName}`, { type: types[file.fileName.split(".").at(-1)!] ?? "", body }] as const;
  });
  return Object.fromEntries(files);
}

let browser: Browser | undefined;
let server: Server | undefined;
beforeAll(async () => {
  browser = await startBrowser();
  if (browser) server = await startServer(await builtFiles());
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

test("shows the file that is chosen, four times as large", async (context) => {
  if (!browser || !server) return context.skip("no browser");
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(`${server.url}react/index.html`);
  await page.waitForFunction(() => document.querySelector("[role=status]")?.textContent === "Ready");
  expect(page.workers().length).toBe(1); // the one that StrictMode's first mount started has ended
  const input = (await page.waitForSelector("input"))!;
  await input.uploadFile(join(root, "test/golden/tiny-32x24.png"));
  await page.waitForFunction(() => document.querySelector("canvas")?.width === 128);
  const shown = await page.evaluate(() => {
    const canvas = document.querySelector("canvas")!;
    const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d")!;
    context.drawImage(canvas, 0, 0);
    return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
  });
  const { default: sharp } = await import("sharp");
  const golden = await sharp(join(root, "test/golden/general-x4v3.tiny-32x24.png")).ensureAlpha().raw().toBuffer();
  expect(shown.length).toBe(golden.length);
  expect(Math.max(...shown.map((byte, i) => Math.abs(byte - golden[i]!)))).toBeLessThanOrEqual(1);
  expect(complaints).toEqual([]);
  await page.close();
});

test("has the component of the README, and the packages of the checkout", () => {
  const [snippet] = snippetsOf("README.md").filter(({ language }) => language === "jsx");
  expect(readFileSync(join(example, "upscaled.jsx"), "utf8")).toContain(scriptOf(snippet!)!.code);
  const { devDependencies } = readJson("examples/react/package.json");
  expect(readJson("package.json").devDependencies).toMatchObject(devDependencies);
});
