// Opens an example's page in a browser, with page.ts before it. Owns the files it is served with and its complaints.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
// @ts-expect-error a script without types
import { bundleExample, exampleFolder, pageOf } from "../../tools/examples.mjs";
import { startBrowser } from "../browser/chromium.js";
import { type Server, startServer } from "../browser/server.js";
import { compactWeights, copyWeights } from "../cases/networks.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";

// What Chromium says of software adapters and of an engine's own canvas.
const NOT_OURS = [
  /Automatic fallback to software WebGL/,
  /canvas configured with a different format than is preferred/,
];

export interface Comparison {
  readonly differing: number;
  readonly most: number;
  /** Levels that the expected picture has: many, unless nothing was drawn. */
  readonly levels: number;
  readonly pixels: number;
}

export interface CopyComparison {
  /** The largest linear value of the low-resolution picture. */
  readonly brightest: number;
  /** The largest difference, as a part of the value. */
  readonly most: number;
  readonly scale: number;
}

/** What page.ts gives as the global `page`. */
export interface ExamplePage {
  isOpen(): boolean;
  /** Runs so many frames. */
  run(count: number): Promise<{ readonly live: number; readonly calls: Readonly<Record<string, number>> }>;
  /** Runs a frame and compares what the canvas shows then. */
  compareFrame(): Promise<Comparison>;
  /** So many frames of the example's video, each with the objects that are there then. */
  compareVideo(count: number): Promise<readonly (Comparison & { readonly live: number })[]>;
  /** Runs a frame of an example that exports `result`, the upscaled texture of rgba16float, with the model "copy". */
  compareCopy(): Promise<CopyComparison>;
  ready(): Promise<void>;
  /** An export of the example. */
  value(name: string): unknown;
  /** Calls one. */
  call(name: string, ...values: unknown[]): Promise<unknown>;
  /** Runs a frame; the RGBA that the canvas shows then. */
  snapshot(): number[];
  loseDevice(): Promise<void>;
  takeErrors(): string[];
}

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Networks that pages may ask for beside those with a name. */
const MADE = {
  tiny: serializeSafetensors(compactWeights({ scale: 4, blocks: 1, features: 8 })),
  copy: serializeSafetensors(copyWeights(4)),
};

let browser: Browser | undefined;

export const hasBrowser = () => browser !== undefined;

/** Starts a browser for the examples of a test file. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });
  beforeEach((context) => {
    if (!browser) context.skip("no browser");
  });
}

export interface OpenedExample {
  readonly page: Page;
  /** Saves what the page looks like; the caller's reader looks at it. */
  screenshot(): Promise<void>;
  /** What the page, its console or its device complained of since it was asked last. */
  takeComplaints(): Promise<string[]>;
  /** Fails, once it is closed, where the page, its console or its device complained. */
  closeWithoutComplaints(): Promise<void>;
}

export interface OpenOptions {
  /** Where its page is, instead of examples/. */
  readonly folder?: string;
  /** A member of the engine that is not where the adapter looks for it, by its path there. */
  readonly missing?: string;
  /** "tiny", a network that is quick to run and made of random weights; "copy", which gives its input back; or a model by name. */
  readonly model?: string;
}

const bundles = new Map<string, Promise<string>>();

/** An engine takes seconds to bundle, and every test of an example has the same. */
function bundled(folder: string): Promise<string> {
  if (!bundles.has(folder)) bundles.set(folder, bundleExample(folder, join(root, "test/engines/page.ts")));
  return bundles.get(folder)!;
}

/** The script, in which the adapter looks for the member elsewhere: as if the engine had moved it. */
function without(script: string, missing: string | undefined): string {
  if (missing === undefined) return script;
  const moved = script.replaceAll(`"${missing}"`, `"${missing}Moved"`);
  if (moved === script) throw new Error(`The adapter does not look for ${missing}`);
  return moved;
}

/** Opens an example and waits until all of its module ran. */
export async function openExample(name: string, options: OpenOptions = {}): Promise<OpenedExample> {
  const { model = "tiny", folder = exampleFolder(name), missing } = options;
  const script = without(await bundled(folder), missing);
  const opened: Server = await startServer({
    page: { type: "text/html", body: pageOf(folder) },
    "main.js": { type: "text/javascript", body: script },
    "tiny.safetensors": { type: "application/octet-stream", body: MADE.tiny },
    "copy.safetensors": { type: "application/octet-stream", body: MADE.copy },
  });
  const page = await browser!.newPage();
  await page.setViewport({ width: 320, height: 240 });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    const isComplaint = ["error", "warn"].includes(message.type());
    if (isComplaint && !NOT_OURS.some((each) => each.test(message.text()))) complaints.push(message.text());
  });
  const takeComplaints = async () => {
    const errors = await page.evaluate(() => (globalThis as unknown as { page: ExamplePage }).page.takeErrors());
    return [...errors, ...complaints.splice(0)];
  };
  const query = model in MADE ? `/${model}.safetensors` : model;
  await page.goto(`${opened.url}page?model=${query}`);
  await page.waitForFunction("globalThis.example !== undefined", { polling: 50, timeout: 60_000 }).catch((error) => {
    throw new Error(`The example ${name} did not start: ${complaints.join("; ") || error}`);
  });
  return {
    page,
    async screenshot() {
      const folder = join(root, ".cache/screenshots");
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: join(folder, `${name}.png`) as `${string}.png`, captureBeyondViewport: false });
    },
    takeComplaints,
    async closeWithoutComplaints() {
      try {
        expect(await takeComplaints()).toEqual([]);
      } finally {
        await page.close();
        await opened.close();
      }
    },
  };
}
