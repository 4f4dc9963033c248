// Pictures and networks that the tests of the page drop onto it, and what the library makes of them in Node.

import sharp from "sharp";
import { expect } from "vitest";
import { createUpscaler, type ModelSource, type ResultOptions } from "../../src/index.js";
import { compactWeights } from "../cases/networks.js";
import { softwareDevice } from "../gpu/device.js";
import { pngFile } from "../node/png.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";
import type { Dropped } from "./site.js";

export const TINY = { scale: 2, blocks: 1, features: 4 } as const;
export const NETWORK: Dropped = { name: "tiny.safetensors", bytes: serializeSafetensors(compactWeights(TINY)) };
export const OTHER: Dropped = {
  name: "other.safetensors",
  bytes: serializeSafetensors(compactWeights({ ...TINY, seed: 7 })),
};

export function picture(name = "picture.png", width = 24, height = 16): Dropped {
  const samples = Array.from({ length: width * height * 3 }, (_, i) => (i * 37 + (i >> 4) * 5) % 256);
  return { name, type: "image/png", bytes: pngFile({ width, height, depth: 8, colourType: 2, samples }) };
}

/** The levels of a picture file as RGB. */
export async function levelsOf(file: Uint8Array): Promise<{ width: number; height: number; data: number[] }> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: [...data] };
}

/** What the library makes of a picture in Node. */
export async function inNode({ bytes }: Dropped, model: ModelSource | undefined, options: ResultOptions = {}) {
  const upscaler = await createUpscaler(await softwareDevice(), { model });
  const source = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const { width, height, data } = await upscaler.upscale(source, options);
  upscaler.destroy();
  return { width, height, data: [...data] };
}

export function mostOff(found: readonly number[], wanted: readonly number[]): number {
  expect(found.length).toBe(wanted.length);
  return found.reduce((most, level, i) => Math.max(most, Math.abs(level - wanted[i]!)), 0);
}
