// superResolve() in a browser: frames as its own kinds of pictures, and the result as each kind, held against the CPU reference.

import { describe, expect, it } from "vitest";
import { expectNoComplaints, useModulePage } from "./module-page.js";

/** What the page has as a global. */
declare const page: typeof import("./multi-frame-page.js");

const opened = useModulePage("multi-frame-page.ts");
expectNoComplaints(opened);

/** Values may be off by `most`, and in the mean by as many levels as `mean`. */
async function expectReference(
  got: { values: readonly number[]; width: number; height: number },
  most: number,
  mean = 0.1,
) {
  const wanted = await opened().page.evaluate(() => page.reference());
  expect([got.width, got.height]).toEqual([48, 34]);
  expect(new Set(wanted.values).size).toBeGreaterThan(60);
  const off = wanted.values.map((value, i) => Math.abs(value - got.values[i]!));
  expect(off.length).toBe(got.values.length);
  expect(Math.max(...off)).toBeLessThanOrEqual(most);
  expect(off.reduce((sum, each) => sum + each, 0) / off.length).toBeLessThanOrEqual(mean);
}

describe("superResolve", () => {
  it.each([
    ["imageBitmap", "ImageBitmap"],
    ["imageData", "ImageData"],
  ] as const)("gives frames of the kind %s back as what they came as", async (kind, type) => {
    const got = await opened().page.evaluate((each) => page.mergedFrom(each), kind);
    expect(got.type).toBe(type);
    // Sums in another order fall on the other side of a half now and then.
    await expectReference(got, 1);
  });

  it("writes files of files: PNG, and JPEG close to it", async () => {
    const png = await opened().page.evaluate(() => page.mergedFiles("image/png"));
    expect(png.type).toBe("image/png");
    await expectReference(png, 1);
    const jpeg = await opened().page.evaluate(() => page.mergedFiles("image/jpeg"));
    expect(jpeg.type).toBe("image/jpeg");
    expect(jpeg.byteLength).toBeLessThan(png.byteLength);
    await expectReference(jpeg, 60, 6);
  });

  it.each(["html", "offscreen"] as const)("draws into a canvas (%s), and gives a bitmap beside it", async (kind) => {
    const { isGiven, shown, beside } = await opened().page.evaluate((each) => page.mergedIntoCanvas(each), kind);
    expect(isGiven).toBe(true);
    await expectReference(shown, 1);
    await expectReference(beside, 1);
  });

  it("refuses a canvas with another context before the work", async () => {
    const { message, isBegun } = await opened().page.evaluate(() => page.refusedCanvas());
    expect(message).toMatch(/^The canvas has a context of another kind/);
    expect(isBegun).toBe(false);
  });

  it("refuses an output that it has not", async () => {
    expect(await opened().page.evaluate(() => page.refusal("picture"))).toMatch(
      /^The output must be one of "imageBitmap"/,
    );
  });
});
