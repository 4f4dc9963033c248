// That the packages work with every bundler and without one: in the page, in the library's worker and in one of the page's own, with the default
// model and a companion, where the page's policy allows its own scripts alone. Pixels are held against the CPU reference in Node.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowser } from "../browser/chromium.js";
import { startServer } from "../browser/server.js";
import { seededRandom } from "../cases/random.js";
import { filesOf, installed, packed, run } from "./project.js";

/** What the page has as a global. */
declare const enlarged: (picture: object) => Promise<Record<string, number[]>>;

const random = seededRandom(16 * 12);
const PICTURE = {
  width: 16,
  height: 12,
  channels: 3,
  data: Array.from({ length: 16 * 12 * 3 }, () => random() >>> 24),
};

const BUILDS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  vite7: ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"],
  vite8: ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"],
  webpack: ["build.js"],
  rollup: ["node_modules/rollup/dist/bin/rollup", "-c", "--silent"],
  esbuild: ["build.js"],
  parcel: ["node_modules/parcel/lib/bin.js", "build", "index.html", "--no-source-maps", "--log-level", "warn"],
  bun: ["build.js"],
  next: ["node_modules/next/dist/bin/next", "build"],
  sveltekit: ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"],
};

let archives: string[];
let reference: { default: number[]; companion: number[]; bytes: number[]; openDevice: string };
let browser: Browser | undefined;

beforeAll(async () => {
  archives = packed();
  reference = JSON.parse(run(installed("node", archives), ["enlarge.js"], JSON.stringify(PICTURE)));
  browser = await startBrowser();
});

afterAll(() => browser?.close());

it("node: both models, by import and by name", () => {
  expect(reference.default).toHaveLength(16 * PICTURE.data.length);
  expect(reference.companion).not.toEqual(reference.default);
  expect(new Set(reference.bytes)).toEqual(new Set([8_960_812]));
  expect(reference.openDevice).toBe("function");
});

describe("built by", () => {
  it.each(Object.entries(BUILDS))("%s", async (name, command) => {
    const folder = installed(name, archives);
    run(folder, command);
    await expectRight(await opened(filesOf(join(folder, "dist"))));
  });
});

describe("not built:", () => {
  it("import-map", async () => {
    const found = await opened(filesOf(installed("import-map", archives)));
    await expectRight(found);
    // The library is one file, and the default model and the worker's script are one each.
    expect(found.requests.filter((url) => url.includes("/node_modules/esrgan-webgpu/")).length).toBeLessThanOrEqual(5);
  });

  it.each(["vite7", "vite8"])("%s-dev", async (name) => {
    const vite = await serving(installed(name, archives));
    try {
      await expectRight(await enlargedAt(vite.url));
    } finally {
      vite.process.kill();
    }
  });
});

interface Found {
  readonly results: Readonly<Record<string, readonly number[]>>;
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
}

async function opened(files: ReturnType<typeof filesOf>): Promise<Found> {
  const server = await startServer(files);
  try {
    return await enlargedAt(`${server.url}index.html`);
  } finally {
    await server.close();
  }
}

async function enlargedAt(url: string): Promise<Found> {
  const page = await browser!.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  try {
    await page.goto(url);
    await page.waitForFunction("globalThis.enlarged", { timeout: 30_000 }).catch(() => {
      throw new Error(`The page did not start: ${complaints.join("; ")}`);
    });
    const results = await page.evaluate((picture) => enlarged(picture), PICTURE);
    return { results, complaints, requests };
  } finally {
    await page.close();
  }
}

/** What was given the first time: later ones must be the same to the bit. */
let first: Found["results"] | undefined;

async function expectRight({ results, complaints }: Found): Promise<void> {
  expect(complaints).toEqual([]);
  expect(Object.keys(results)).toHaveLength(5);
  for (const [way, samples] of Object.entries(results)) {
    const wanted = way.startsWith("companion") ? reference.companion : reference.default;
    expect(samples.length, way).toBe(wanted.length);
    const off = samples.reduce((most, sample, i) => Math.max(most, Math.abs(sample - wanted[i]!)), 0);
    expect(off, way).toBeLessThanOrEqual(1);
  }
  first ??= results;
  expect(results).toEqual(first);
}

/** Vite's development server, which has told its address. */
function serving(folder: string): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const script = join(folder, "node_modules/vite/bin/vite.js");
  const env = { ...process.env, NODE_ENV: "development", NODE_OPTIONS: "", NO_COLOR: "1" };
  const child = spawn(process.execPath, [script, "--host", "127.0.0.1", "--port", "0"], { cwd: folder, env });
  let said = "";
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk;
      const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(said) ?? [];
      if (url) resolve({ url, process: child });
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("close", () => reject(new Error(`Vite did not start: ${said}`)));
  });
}
