// Owns a picture enlarged on the device that tests have, and how far two pictures are from each other.

import { expect, it } from "vitest";
import { upscaleOnCpu } from "../../src/cpu.js";
import type { Model } from "../../src/models/model.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { createUpscaler, type ResultOptions } from "../../src/upscaler.js";
import { randomPicture } from "../cases/random.js";
import { softwareDevice } from "./device.js";

export const PATIENCE_MS = 600_000;

export async function upscaled(
  model: Model | string,
  source: Pixels,
  options: ResultOptions & { readonly precision?: "f16" } = {},
): Promise<Pixels> {
  const { precision = "f32", ...rest } = options;
  const device = await softwareDevice();
  const upscaler = await createUpscaler(device, { model, precision });
  try {
    return await upscaler.upscale(source, rest);
  } finally {
    upscaler.destroy();
  }
}

/** In levels, of two pictures of one form, which are not of one colour. */
export function largestDifference(a: Pixels, b: Pixels): number {
  expect([a.width, a.height, a.channels, a.bits]).toEqual([b.width, b.height, b.channels, b.bits]);
  expect(new Set(b.data).size).toBeGreaterThan(1);
  let most = 0;
  for (let i = 0; i < a.data.length; i++) most = Math.max(most, Math.abs(a.data[i]! - b.data[i]!));
  return most;
}

/** Tests of pictures of extreme form against the CPU. */
export function itIsAsOnTheCpu(modelOfTest: () => Model | Promise<Model>): void {
  it.each([
    [1, 1, 3, 8],
    [3, 257, 3, 8],
    [9, 7, 1, 16],
  ] as const)(
    "%ix%i pixels, %i channels of %i bits, as on the CPU",
    async (width, height, channels, bits) => {
      const model = await modelOfTest();
      const source = randomPicture(width, height, channels, bits);
      const limit = bits === 8 ? 1 : 4;
      expect(largestDifference(await upscaled(model, source), upscaleOnCpu(model, source))).toBeLessThanOrEqual(limit);
    },
    PATIENCE_MS,
  );
}
