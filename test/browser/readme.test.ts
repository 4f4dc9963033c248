// The code of README.md that browsers can run, run as it stands there, without a bundler.

import type { Browser, Page } from "puppeteer";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Snippet, scriptOf, snippetsOf } from "../docs/snippets.js";
import { pngFile } from "../node/png.js";
import { startBrowser } from "./chromium.js";
import { type Server, startServer } from "./server.js";

const SIZE = { width: 12, height: 8 };
const SAMPLES = Array.from({ length: SIZE.width * SIZE.height * 3 }, (_, i) => (i * 37 + (i >> 3)) % 256);
const PICTURE = pngFile({ ...SIZE, depth: 8, colourType: 2, samples: SAMPLES });

// There is a software adapter alone here, which readers should not be given without a word.
const SOFTWARE = (module: string, name: string) => `
import * as library from "${module}";
export * from "${module}";
export const ${name} = (options) => library.${name}({ ...options, allowSoftware: true });`;
const IMPORTS = {
  "esrgan-webgpu": "/dist/index.js",
  "esrgan-webgpu/browser": "/browser.js",
  "esrgan-webgpu/worker": "/worker.js",
};
/** What the text around the code speaks of. */
const GLOBALS = `
import { createUpscaler } from "esrgan-webgpu";
import { openDevice } from "esrgan-webgpu/browser";
const blob = await (await fetch("/picture.png")).blob();
const { device } = await openDevice();
const canvas = document.querySelector("canvas") ?? document.body.appendChild(document.createElement("canvas"));
const imageElement = new Image();
imageElement.src = "/picture.png";
await imageElement.decode();
const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_SRC | GPUTextureUsage.STORAGE_BINDING;
const textureOf = (width, height) => device.createTexture({ size: [width, height], format: "rgba8unorm", usage });
const said = [];
Object.assign(globalThis, {
  device, canvas, imageElement, said,
  bar: { set: (share) => said.push(share), say: (text) => said.push(text) },
  file: new File([blob], "picture.png", { type: "image/png" }),
  imageBitmap: await createImageBitmap(blob),
  encoder: device.createCommandEncoder(), lowResolution: textureOf(640, 360), output: textureOf(2560, 1440),
  upscaler: await createUpscaler(device),
  onProgress: ({ done, total }) => said.push(done / total), signal: new AbortController().signal,
});`;

const FILES = {
  "browser.js": { type: "text/javascript", body: SOFTWARE("/dist/browser.js", "openDevice") },
  "worker.js": { type: "text/javascript", body: SOFTWARE("/dist/worker/index.js", "createWorkerUpscaler") },
  "globals.js": { type: "text/javascript", body: GLOBALS },
  "picture.png": { type: "image/png", body: PICTURE },
};

const LARGER = { larger: [SIZE.width * 4, SIZE.height * 4] };
const DRAWN = { canvas: [SIZE.width * 4, SIZE.height * 4] };

/** What each block that runs leaves behind, by a line of it. */
const RUNS: readonly [line: string, found: object][] = [
  ["const larger = await upscale(device, imageBitmap);", LARGER],
  ["const larger = await upscaler.upscale(file, { onProgress", { ...LARGER, ...DRAWN }],
  ["const { supported, reason } = await isSupported();", {}],
  ["upscaler.strips(imageBitmap", DRAWN],
  ['await createWorkerUpscaler({ model: "general-x4v3" });', DRAWN],
  ["await upscaler.createPass({", { pass: [2560, 1440] }],
];

/** Blocks that need what is not here. */
const NEEDS: Readonly<Record<string, string>> = {
  "esrgan-webgpu/node": "Node: test/gpu/readme.test.ts",
  "@esrgan-webgpu/anime-6b": "a bundler or an import map",
  "example.com": "the network",
  "models/esrgan-x4.safetensors": "a file of the reader's",
  "upscale-worker.js": "a file of the reader's: test/browser/worker.test.ts has one",
  "serve();": "a worker",
  "esrgan-webgpu/three": "three.js: test/engines",
  "srcnn.pth": "a file of the reader's",
  react: "React: test/browser/react.test.ts",
};

const blocks = snippetsOf("README.md").filter(scriptOf);
const without = (snippet: Snippet) => Object.keys(NEEDS).find((need) => snippet.code.includes(need));

let browser: Browser | undefined;
let server: Server;
beforeAll(async () => {
  browser = await startBrowser();
  const pages = blocks.map((snippet, i) => [`block-${i}`, { type: "text/html", body: pageOf(snippet) }] as const);
  server = await startServer({ ...FILES, ...Object.fromEntries(pages) });
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});
beforeEach((context) => {
  if (!browser) context.skip("no browser");
});

const IMPORT_MAP = `<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>`;
const HEAD = `<!doctype html><title>README.md</title>${IMPORT_MAP}`;

function pageOf(snippet: Snippet): string {
  if (snippet.language === "html") return `${HEAD}${snippet.code}`;
  // As it stands there, after what it takes as given, and before what it leaves behind is looked at.
  const names = ["larger", "pass"].filter((name) => new RegExp(`const ${name} =`).test(snippet.code));
  return `${HEAD}<script type="module">import "/globals.js";
${snippet.code}
globalThis.left = { ${names.join(", ")} };</script>`;
}

async function open(snippet: Snippet): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser!.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(`${server.url}block-${blocks.indexOf(snippet)}`);
  return { page, complaints };
}

/** Until the page's script has ended, or failed. */
async function ended(page: Page): Promise<void> {
  const failed = new Promise<void>((resolve) => page.once("pageerror", () => resolve()));
  await Promise.race([page.waitForFunction(() => "left" in globalThis, { timeout: 60_000 }), failed]);
}

test("every block is run, or there is a reason why not", () => {
  const isRun = (snippet: Snippet) =>
    snippet.language === "html" || RUNS.some(([line]) => snippet.code.includes(line)) || without(snippet);
  expect(blocks.filter((snippet) => !isRun(snippet)).map(({ place }) => place)).toEqual([]);
});

describe("a block with", () => {
  test.each(RUNS)("%s", async (line, wanted) => {
    const snippet = blocks.find(({ code }) => code.includes(line));
    expect(snippet, line).toBeDefined();
    const { page, complaints } = await open(snippet!);
    await ended(page);
    // What a worker draws reaches the page's canvas with a later frame.
    if ("canvas" in wanted) await page.waitForFunction("canvas.width !== 300", { timeout: 10_000 });
    const found = await page.evaluate(() => {
      const { left, canvas } = globalThis as unknown as {
        left: Record<string, { width: number; height: number }>;
        canvas: HTMLCanvasElement;
      };
      const sized = Object.entries({ ...left, canvas }).map(([name, { width, height }]) => [name, [width, height]]);
      return Object.fromEntries(sized) as Record<string, number[]>;
    });
    expect(complaints).toEqual([]);
    expect(found).toMatchObject(wanted);
    await page.close();
  });
});

/** Keeps what upscale() gives for the picture as `wanted`. */
const WANTED = `
import { upscale } from "esrgan-webgpu";
import { openDevice } from "esrgan-webgpu/browser";
const { device } = await openDevice();
const blob = await (await fetch("/picture.png")).blob();
const { data } = await upscale(device, await createImageBitmap(blob), { output: "pixels" });
globalThis.wanted = [...data];`;

test("the first page of the README draws a chosen file, four times as large", async () => {
  const snippet = blocks.find(({ language }) => language === "html")!;
  const { page, complaints } = await open(snippet);
  await page.waitForFunction(() => document.querySelector("input")?.onchange !== null);
  await page.addScriptTag({ type: "module", content: WANTED });
  const handle = await page.waitForFunction(() => (globalThis as { wanted?: number[] }).wanted);
  const wanted = (await handle.jsonValue())!;
  await choose(page);
  const canvas = (await page.waitForSelector("canvas"))!;
  await page.waitForFunction((width) => document.querySelector("canvas")!.width === width, {}, SIZE.width * 4);
  let most = 256;
  // The canvas has its size before it has its picture.
  for (const start = performance.now(); most > 2 && performance.now() - start < 20_000; ) {
    const seen = await sharp(await canvas.screenshot())
      .ensureAlpha()
      .raw()
      .toBuffer();
    most = Math.max(...wanted.map((value, i) => Math.abs(value - seen[i]!)));
  }
  expect(complaints).toEqual([]);
  expect(most).toBeLessThanOrEqual(2);
  expect(new Set(wanted).size).toBeGreaterThan(20);
  await page.close();
});

/** Gives the page's input the picture, as a reader would. */
function choose(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const blob = await (await fetch("/picture.png")).blob();
    const chosen = new DataTransfer();
    chosen.items.add(new File([blob], "picture.png", { type: "image/png" }));
    const input = document.querySelector("input")!;
    input.files = chosen.files;
    input.dispatchEvent(new Event("change"));
  });
}
