// The examples with an engine, which `npm run test:engines` installs: canvases hold what upscale() gives, nothing is allocated from frame
// to frame, and sizes may change. ESRGAN_EXAMPLES says which.
import { afterEach, describe, expect, it } from "vitest";
import { type ExamplePage, type OpenedExample, openExample, useBrowser } from "./example-page.js";

/** What the page has as a global. */
declare const page: ExamplePage;

interface Case {
  readonly name: string;
  /** Levels that differ at most: 0, or 2 where the engine's picture is linear floats. */
  readonly most: number;
  /** Whether its export `resize` is there. */
  readonly resizes: boolean;
}

const CASES: readonly Case[] = [
  { name: "babylon", most: 0, resizes: true },
  { name: "babylon-frame-graph", most: 0, resizes: true },
  { name: "pixi", most: 0, resizes: true },
  { name: "playcanvas", most: 0, resizes: true },
  { name: "three", most: 2, resizes: true },
  { name: "three-loop", most: 0, resizes: false },
  { name: "typegpu", most: 0, resizes: false },
];
const wanted = process.env.ESRGAN_EXAMPLES!.split(",");
const cases = CASES.filter(({ name }) => wanted.includes(name));

useBrowser();
let example: OpenedExample;
afterEach(() => example?.closeWithoutComplaints());

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
  expect(cases.map(({ name }) => name)).toEqual([...wanted].sort());
});

describe.each(cases)("$name", (each) => {
  it("shows what upscale() gives, and allocates nothing in 60 frames", async () => {
    example = await openExample(each.name);
    await untilReady();
    for (let frame = 0; frame < 2; frame++) await expectUpscaled(each, 192 * 128);
    const { live } = await example.page.evaluate(() => page.run(1));
    const found = await example.page.evaluate(() => page.run(60));
    expect(found.live).toBe(live);
    await expectUpscaled(each, 192 * 128);
    await example.screenshot();
  });
});

describe.each(cases.filter(({ resizes }) => resizes))("$name", (each) => {
  it("follows the canvas, and shows no empty frame meanwhile", async () => {
    example = await openExample(each.name);
    await untilReady();
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
});
