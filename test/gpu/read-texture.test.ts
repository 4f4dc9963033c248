// Reading textures back in bands: what is converted at once is little, so that no thread stands still for it.

import { expect, it } from "vitest";
import { readTexture } from "../../src/gpu/read-texture.js";
import { randomPicture } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { countMemory } from "./memory.js";
import { textureOf } from "./textures.js";

it.each(["rgba16float", "rgba32float"] as const)("floats are converted 4 MiB at a time: %s", async (format) => {
  const device = await softwareDevice();
  const pixels = randomPicture(512, 1030, 4);
  const texture = kept(textureOf(device, pixels, format));
  const memory = countMemory(device);
  kept({ destroy: memory.stop });
  const { data } = await readTexture(device, texture);
  expect(memory.peakBytes()).toBe(2 ** 22);
  expect(memory.maps()).toBe(format === "rgba16float" ? 2 : 3);
  expect(Uint8Array.from(data, (level) => Math.round(level / 257))).toEqual(pixels.data);
});
