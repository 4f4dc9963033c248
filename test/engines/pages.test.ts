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
