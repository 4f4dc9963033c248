// Results that are too large to be copied in one turn of the caller's thread.

import { expect, it } from "vitest";
import { loadModel } from "../../src/models/bundled.js";
import { createUpscaler } from "../../src/upscaler.js";
import { randomPicture } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { countMemory } from "./memory.js";

/** Of a result, that are mapped and copied at once. */
const PART_BYTES = 2 ** 22;

it("are mapped part by part, each within a turn, and are whole", async () => {
  const device = await softwareDevice();
  const memory = countMemory(device);
  kept({ destroy: memory.stop });
  const upscaler = await createUpscaler(device, { model: await loadModel("nearest-x2") });
  kept(upscaler);
  const [width, height, channels] = [1001, 700, 3] as const;
  const { data } = randomPicture(width, height, channels, 16);
  const result = await upscaler.upscale({ data, width, height, channels, bits: 16 });
  expect([result.width, result.height, result.bits]).toEqual([2 * width, 2 * height, 16]);
  const row = 2 * width * channels;
  let wrong = 0;
  for (let i = 0; i < result.data.length; i++) {
    const [y, x] = [Math.floor(i / row), Math.floor((i % row) / channels)];
    const from = ((y >> 1) * width + (x >> 1)) * channels + (i % channels);
    if (result.data[i] !== data[from]) wrong++;
  }
  expect(wrong).toBe(0);
  expect(memory.maps()).toBeGreaterThanOrEqual(Math.ceil(result.data.byteLength / PART_BYTES));
});
