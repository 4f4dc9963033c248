// The examples that need no engine: their canvases hold what upscale() gives, frame after frame, and nothing is allocated on the way.
import { afterEach, describe, expect, it } from "vitest";
import { type ExamplePage, type OpenedExample, openExample, useBrowser } from "./example-page.js";

/** What the page has as a global. */
declare const page: ExamplePage;

useBrowser();
let example: OpenedExample;
afterEach(() => example?.closeWithoutComplaints());

describe("bare", () => {
  it("shows what upscale() gives, with the model that comes with the package", async () => {
    example = await openExample("bare", { model: "general-x4v3" });
    for (let frame = 0; frame < 2; frame++) {
      const found = await example.page.evaluate(() => page.compareFrame());
      expect(found).toMatchObject({ differing: 0, pixels: 192 * 128 });
      expect(found.levels).toBeGreaterThan(50);
    }
    await example.screenshot();
  });

  it("allocates nothing in 60 frames", async () => {
    example = await openExample("bare");
    const { live } = await example.page.evaluate(() => page.run(3));
    const found = await example.page.evaluate(() => page.run(60));
    // The scene's time is written, and the canvas has a texture of its own each frame, which the dispatches at both
    // ends are bound to.
    expect(found).toEqual({ live, calls: { submit: 60, writeBuffer: 60, createBindGroup: 120 } });
  });
});

describe("still", () => {
  /** How far the picture is from the scene, in dB, without the pixels at its edges. */
  async function quality(): Promise<number> {
    const got = await example.page.evaluate(() => page.snapshot());
    const truth = (await example.page.evaluate(() => page.call("truth"))) as number[];
    expect(got).toHaveLength(240 * 108 * 4);
    expect(new Set(truth).size).toBeGreaterThan(100);
    const squares = got
      .map((level, i) => (level - truth[i]!) ** 2)
      .filter((_, i) => {
        const [x, y] = [(i >> 2) % 240, Math.floor((i >> 2) / 240)];
        return i % 4 < 3 && x > 1 && x < 238 && y > 1 && y < 106;
      });
    return 10 * Math.log10(255 ** 2 / (squares.reduce((sum, each) => sum + each, 0) / squares.length));
  }

  it("gets better from frame to frame, and begins anew where the camera moves", async () => {
    example = await openExample("still");
    const first = await quality();
    await example.page.evaluate(() => page.run(30));
    const last = await quality();
    await example.screenshot();
    expect(first).toBeGreaterThan(15);
    expect(last).toBeGreaterThan(first + 6);
    await example.page.evaluate(() => page.call("move"));
    const moved = await quality();
    expect(Math.abs(moved - first)).toBeLessThan(1);
  });

  it("allocates nothing in 60 frames", async () => {
    example = await openExample("still");
    const { live } = await example.page.evaluate(() => page.run(3));
    const found = await example.page.evaluate(() => page.run(60));
    // The camera is written, and the canvas has a texture of its own each frame, which what reads the frame and stores is bound with.
    expect(found).toEqual({ live, calls: { submit: 60, writeBuffer: 60, createBindGroup: 180 } });
  });
});

describe("slices", () => {
  it("spread a still over frames, and leave what upscale() gives", async () => {
    example = await openExample("slices");
    await example.page.evaluate(() => page.run(1));
    const { live } = await example.page.evaluate(() => page.run(1));
    const found = await example.page.evaluate(() => page.run(60));
    expect(found.live).toBe(live);
    const progress = (await example.page.evaluate(() => page.value("progress"))) as number[];
    expect(progress.length).toBeGreaterThan(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    expect(await example.page.evaluate(() => page.compareFrame())).toMatchObject({ differing: 0 });
    await example.screenshot();
  });
});

describe("video", () => {
  it("shows frames of the element as upscale() of them would", async () => {
    example = await openExample("video");
    const found = await example.page.evaluate(() => page.compareVideo(3));
    expect(found).toHaveLength(3);
    for (const { live, ...each } of found) {
      expect(each).toMatchObject({ differing: 0 });
      expect(each.levels).toBeGreaterThan(20);
      expect(live).toBe(found[0]!.live);
    }
    await example.screenshot();
  });
});
