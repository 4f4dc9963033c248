// Passes from texture to texture, recorded into an encoder of the test's.

import { afterEach, describe, expect, it } from "vitest";
import type { PassOptions } from "../../src/job/pass-options.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { createUpscaler, type Upscaler } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomPicture as picture } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { readTexture, textureOf } from "./textures.js";

const MODEL = modelOf(compactWeights({ scale: 2, blocks: 2 }));
const made: { destroy(): void }[] = [];

afterEach(() => {
  for (const each of made.splice(0)) each.destroy();
});

async function upscaler(memoryBudget?: number): Promise<Upscaler> {
  const device = await softwareDevice();
  const found = await createUpscaler(device, { model: MODEL, precision: "f32", memoryBudget });
  made.push(found);
  return found;
}

const SIZE = { width: 37, height: 23 };

describe("encode", () => {
  it.each([
    ["rgba8unorm", "rgba8unorm"],
    ["rgba8unorm-srgb", "rgba8unorm"],
    ["bgra8unorm", "rgba8unorm-srgb"],
    ["rgba8unorm", "bgra8unorm"],
    ["rgba8unorm", "bgra8unorm-srgb"],
  ] as const)("from %s to %s gives the bytes that upscale() gives", async (input, output) => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const source = picture(SIZE.width, SIZE.height, 4);
    const opaque: Pixels = { ...source, data: source.data.map((value, i) => (i % 4 === 3 ? 255 : value)) };
    const expected = await owner.upscale(opaque);
    const options: PassOptions = { ...SIZE, input, output };
    const pass = await owner.createPass(options);
    made.push(pass);
    const from = textureOf(device, opaque, input);
    const to = device.createTexture({
      size: [pass.width, pass.height],
      format: output,
      usage: pass.outputUsage | 1,
    });
    made.push(from, to);
    const encoder = device.createCommandEncoder();
    pass.encode(encoder, from, to);
    device.queue.submit([encoder.finish()]);
    expect([...(await readTexture(device, to))]).toEqual([...expected.data]);
  });
});
