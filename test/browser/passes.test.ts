// Passes where they are meant to run: from video frames, to canvases, frame after frame.
import type { CDPSession } from "puppeteer";
import { describe, expect, test } from "vitest";
import { noteNotRun } from "../not-run.js";
import { expectNoComplaints, useModulePage } from "./module-page.js";
import type { Given } from "./passes-page.js";

/** What the page has as a global. */
declare const page: typeof import("./passes-page.js");

const opened = useModulePage("passes-page.ts");
expectNoComplaints(opened);

const SIZES = [
  { width: 37, height: 23 },
  { width: 1, height: 1 },
];

function given({ width, height }: { width: number; height: number }): Given {
  const values = Array.from({ length: width * height * 4 }, (_, i) =>
    (i & 3) === 3 ? 255 : ((i >> 2) * 37 + (i & 3) * 91 + (i >> 6)) % 256,
  );
  return { width, height, values };
}

function wrong(got: readonly number[], wanted: readonly number[]): number {
  return Math.abs(got.length - wanted.length) + wanted.filter((value, i) => value !== got[i]).length;
}

describe("encode", () => {
  test.each(SIZES)("of a VideoFrame of $width x $height pixels gives what upscale() gives", async (size) => {
    const { got, wanted } = await opened().page.evaluate((g) => page.fromFrame(g), given(size));
    expect(wrong(got, wanted)).toBe(0);
  });

  test.each([
    ["rgba8unorm", true],
    ["bgra8unorm", true],
    ["bgra8unorm", false],
  ] as const)(
    "into a canvas's own texture of %s gives the same; with bgra8unorm-storage: %s",
    async (format, storesBgra) => {
      if (storesBgra && !(await opened().page.evaluate(() => page.hasBgraStorage()))) {
        return noteNotRun("bgra8unorm-storage in a browser", "its adapter has none");
      }
      for (const size of SIZES) {
        const { got, wanted } = await opened().page.evaluate(
          (g, f, s) => page.toCanvas(g, f, s),
          given(size),
          format,
          storesBgra,
        );
        expect(wrong(got, wanted)).toBe(0);
      }
    },
  );

  test("takes an external texture where the pass was made for one, and nothing else", async () => {
    expect(await opened().page.evaluate((g) => page.refusals(g), given(SIZES[0]!))).toEqual([
      "An external texture expires with its task, so slices cannot read it: copy it into a texture first",
      "The input must be a GPUExternalTexture, as the pass was made for one",
      "The input must be a GPUExternalTexture, as the pass was made for one",
    ]);
  });
});

// What garbage collection leaves differs by as much from one time to the next.
const HEAP_NOISE = 64 * 1024;
const FRAMES = 60;

describe("60 frames of general-x4v3", () => {
  async function heapBytes(session: CDPSession): Promise<number> {
    for (let time = 0; time < 3; time++) await session.send("HeapProfiler.collectGarbage");
    return (await opened().page.metrics()).JSHeapUsedSize!;
  }

  test("make no object on the GPU, leave nothing on the heap, and take less than a millisecond of script each", async () => {
    const run = (count: number) => opened().page.evaluate((n) => page.runFrames(n), count);
    const dispatches = await opened().page.evaluate(() => page.openFrames(16, 12));
    const session = await opened().page.createCDPSession();
    await run(FRAMES / 3);
    const [heap, { live }] = [await heapBytes(session), await run(1)];
    const found = await run(FRAMES);
    expect(found).toMatchObject({ calls: { submit: FRAMES }, live, overflowed: false });
    expect(Object.keys(found.calls)).toEqual(["submit"]);
    expect((await heapBytes(session)) - heap).toBeLessThan(HEAP_NOISE);
    const median = found.ms[FRAMES / 2]!;
    const mean = found.ms.reduce((sum, ms) => sum + ms, 0) / FRAMES;
    console.info(`encode() of ${dispatches} dispatches: median ${median} ms, mean ${mean.toFixed(3)} ms`);
    expect(median).toBeLessThan(1);
    await session.detach();
  });
});
