// What plan() promises of seams, held against tiles of real pictures: comics and text, at the default overlap and where it was shrunk.

import { describe, expect, it } from "vitest";
import { loadModel } from "../../src/models/bundled.js";
import { defaultOverlap } from "../../src/models/seams.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { createUpscaler } from "../../src/upscaler.js";
import { seamPicture } from "../cases/seam-pictures.js";
import { f16Device, softwareDevice } from "./device.js";
import { kept } from "./kept.js";

async function upscalerOf(name: string) {
  const model = await loadModel(name);
  const options = { model, precision: "f32", tuning: "off" } as const;
  // The faster of the software adapters.
  const upscaler = await createUpscaler((await f16Device()) ?? (await softwareDevice()), options);
  kept(upscaler);
  return { upscaler, most: defaultOverlap(model.network) };
}

function largestDifference(a: Pixels, b: Pixels): number {
  let most = 0;
  for (let i = 0; i < a.data.length; i++) most = Math.max(most, Math.abs(a.data[i]! - b.data[i]!));
  return most;
}

/** Cut in two, so that a seam lies in the middle. */
const SIZES = { "general-x4v3": [88, 40], "anime-6b": [184, 12] } as const;

describe("seams", () => {
  it.each([
    ["general-x4v3", "comic"],
    ["general-x4v3", "text"],
    ["anime-6b", "comic"],
  ] as const)(
    "of %s show no more in a %s than the plan says",
    async (name, kind) => {
      const { upscaler, most } = await upscalerOf(name);
      const [width, height] = SIZES[name];
      const source = seamPicture(kind, width, height, 7);
      const whole = await upscaler.upscale(source);
      const shown: number[] = [];
      for (const overlap of [most, 24, 8]) {
        const tile = { size: width / 2 + overlap, overlap };
        const { seamLevels, tiles } = upscaler.plan(width, height, { tile });
        expect(tiles).toBe(2);
        const found = largestDifference(await upscaler.upscale(source, { tile }), whole);
        expect(found, `overlap ${overlap}`).toBeLessThanOrEqual(seamLevels!);
        shown.push(found);
      }
      expect(shown[0]).toBeLessThanOrEqual(2);
      // The picture is one that shows them.
      expect(shown.at(-1)).toBeGreaterThan(0);
    },
    600_000,
  );
});
