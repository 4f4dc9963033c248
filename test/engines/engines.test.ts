// The examples with an engine, which `npm run test:engines` installs: canvases hold what upscale() gives, nothing is allocated from frame
// to frame, and sizes may change. ESRGAN_EXAMPLES says which.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type ExamplePage,
  hasBrowser,
  type OpenedExample,
  type OpenOptions,
  openExample,
  useBrowser,
} from "./example-page.js";

/** What the page has as a global. */
declare const page: ExamplePage;

const here = fileURLToPath(new URL(".", import.meta.url));

interface Case {
  readonly name: string;
  /** Levels that differ at most: 0, or 2 where the engine's picture is linear floats. */
  readonly most: number;
  /** Whether its export `resize` is there. */
  readonly resizes: boolean;
  /** Of an adapter: a member that the engine may move, and who lacks it then. */
  readonly missing?: readonly [path: string, engine: string];
  /** Whether the engine goes on with another device. */
  readonly restores?: boolean;
  /** What the engine's own frame throws once the device is lost. */
  readonly throwsWhenLost?: RegExp;
  /** Where its page is, instead of examples/, and whose packages it needs. */
  readonly page?: { readonly folder: string; readonly needs: string };
}

const CASES: readonly Case[] = [
  { name: "babylon", most: 0, resizes: true, missing: ["engine._renderEncoder", "@babylonjs/core"], restores: true },
  { name: "babylon-frame-graph", most: 0, resizes: true },
  { name: "pixi", most: 0, resizes: true, missing: ["renderer.gpu.device", "pixi.js"], restores: true },
  {
    name: "playcanvas",
    most: 0,
    resizes: true,
    missing: ["device.getCommandEncoder", "playcanvas"],
    throwsWhenLost: /detached/,
  },
  { name: "three", most: 2, resizes: true, missing: ["renderer.backend.device", "three"] },
  { name: "path-tracer", most: 2, resizes: true, page: { folder: join(here, "path-tracer"), needs: "three" } },
  { name: "three-loop", most: 0, resizes: false },
  { name: "typegpu", most: 0, resizes: false },
];
const wanted = process.env.ESRGAN_EXAMPLES!.split(",");
const cases = CASES.filter(({ name, page }) => wanted.includes(page?.needs ?? name));
const open = ({ name, page }: Pick<Case, "name" | "page">, options: OpenOptions = {}) =>
  openExample(name, { ...options, ...page });

const LOST = "The device was lost, so frames are shown as they are";

useBrowser();
let example: OpenedExample;

/** Runs frames until they are upscaled. */
async function untilReady(): Promise<void> {
  await example.page.evaluate(() => page.run(2));
  await example.page.evaluate(() => page.ready());
  await example.page.evaluate(() => page.run(2));
}

async function expectUpscaled({ most }: Case, pixels: number): Promise<void> {
  const found = await example.page.evaluate(() => page.compareFrame());
  expect(found).toMatchObject({ pixels });
  expect(found.levels).toBeGreaterThan(20);
  expect(found.most).toBeLessThanOrEqual(most);
  if (most === 0) expect(found.differing).toBe(0);
}

it("every example that was asked for has a case", () => {
  expect(cases.filter((each) => !each.page).map(({ name }) => name)).toEqual([...wanted].sort());
});

// Tests of an engine share one page, in this order: to start an engine takes longer than its frames.
describe.each(cases)("$name", (each) => {
  beforeAll(async () => {
    if (hasBrowser()) example = await open(each);
  });
  afterEach(async () => expect(await example?.takeComplaints()).toEqual(hasBrowser() ? [] : undefined));
  afterAll(() => example?.closeWithoutComplaints());

  it("shows what upscale() gives, and allocates nothing in 60 frames", async () => {
    await untilReady();
    for (let frame = 0; frame < 2; frame++) await expectUpscaled(each, 192 * 128);
    const { live } = await example.page.evaluate(() => page.run(1));
    const found = await example.page.evaluate(() => page.run(60));
    expect(found.live).toBe(live);
    await expectUpscaled(each, 192 * 128);
    await example.screenshot();
  });

  it.runIf(each.resizes)("follows the canvas, and shows no empty frame meanwhile", async () => {
    const before = await example.page.evaluate(() => page.snapshot());
    await example.page.evaluate(() => page.call("resize", 128, 96));
    const meanwhile = await example.page.evaluate(() => page.snapshot());
    expect(meanwhile).toHaveLength(128 * 96 * 4);
    expect(new Set(meanwhile).size).toBeGreaterThan(new Set(before).size / 2);
    await untilReady();
    await expectUpscaled(each, 128 * 96);
    // What was made for a size is gone with it.
    const { live } = await example.page.evaluate(() => page.run(1));
    for (const [width, height] of [
      [192, 128],
      [128, 96],
    ] as const) {
      await example.page.evaluate((w, h) => page.call("resize", w, h), width, height);
      await untilReady();
    }
    expect((await example.page.evaluate(() => page.run(1))).live).toBe(live);
  });

  it.runIf(each.missing)("says once that the device was lost, lets frames pass, and goes on with another", async () => {
    await example.page.evaluate(() => page.loseDevice());
    const thrown = await example.page.evaluate(() => page.run(5).then(() => "", String));
    expect(thrown).toMatch(each.throwsWhenLost ?? /^$/);
    const complaints = await example.takeComplaints();
    expect(complaints.filter((complaint) => complaint.includes(LOST))).toHaveLength(1);
    // Engines say it in words of their own.
    const ofEngines = /device.*lost|lost.*device|context.*restored/is;
    expect(complaints.filter((complaint) => !ofEngines.test(complaint))).toEqual([]);
    if (!each.restores) return expect(example.page.evaluate(() => page.ready())).rejects.toThrow(LOST);
    await untilReady();
    await expectUpscaled(each, 128 * 96);
  });

  it.runIf(each.page)("is disposed of with what it is part of", async () => {
    const { live } = await example.page.evaluate(() => page.run(1));
    await example.page.evaluate(() => page.call("dispose"));
    expect((await example.page.evaluate(() => page.run(1))).live).toBeLessThan(live - 5);
  });
});

it.runIf(wanted.includes("three"))("range hdr keeps a lamp of three.js within 2 %", async () => {
  example = await open(
    { name: "three-hdr", page: { folder: join(here, "three-hdr"), needs: "three" } },
    { model: "copy" },
  );
  await untilReady();
  const found = await example.page.evaluate(() => page.compareCopy());
  expect(found.scale).toBe(4);
  expect(found.brightest).toBe(8);
  expect(found.most).toBeLessThan(0.02);
  await example.screenshot();
  await example.closeWithoutComplaints();
});

describe.each(cases.filter(({ missing }) => missing))("$name of another version", (each) => {
  it("is named once with what it has moved, and its frames pass", async () => {
    const [missing, engine] = each.missing!;
    example = await open(each, { missing });
    await untilReady();
    const shown = await example.page.evaluate(() => page.snapshot());
    expect(new Set(shown).size).toBeGreaterThan(20);
    const complaints = await example.takeComplaints();
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain(`${engine} `);
    expect(complaints[0]).toMatch(/ \d+\.\d+\S* has no \S+Moved; esrgan-webgpu was tested with \d+\.\d+/);
    await example.closeWithoutComplaints();
  });
});
