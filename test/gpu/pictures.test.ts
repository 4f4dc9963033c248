// Pictures on the GPU through upscale(): textures in and out, without a read-back, and what is refused.

import { describe, expect, it } from "vitest";
import type { Pixels } from "../../src/ops/pixels.js";
import { createUpscaler, type Upscaler } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomPicture as picture } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { readTexture, TEXTURE, textureOf } from "./textures.js";

const MODEL = modelOf(compactWeights({ scale: 2, blocks: 2 }));
async function upscaler(): Promise<Upscaler> {
  const found = await createUpscaler(await softwareDevice(), { model: MODEL, precision: "f32" });
  kept(found);
  return found;
}

function opaque(width: number, height: number): Pixels {
  const source = picture(width, height, 4);
  return { ...source, data: source.data.map((value, i) => (i % 4 === 3 ? 255 : value)) };
}

describe("textures", () => {
  it.each([
    {},
    { scale: 3 },
    { scale: 1.5 },
    { tta: true },
    { tile: { size: 16, overlap: 4 } },
    { tileable: true },
  ] as const)("become textures with the bytes of raw pixels: %j", async (options) => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const source = opaque(37, 23);
    const expected = await owner.upscale(source, options);
    const texture = textureOf(device, source, "rgba8unorm");
    kept(texture);
    const result = await owner.upscale(texture, options);
    kept(result);
    expect([result.width, result.height]).toEqual([expected.width, expected.height]);
    const found = await readTexture(device, result);
    expect(found.every((value, i) => value === expected.data[i])).toBe(true);
    const pixels = await owner.upscale(texture, { ...options, output: "pixels" });
    expect(pixels.data.every((value, i) => value === expected.data[i])).toBe(true);
    const fromPixels = await owner.upscale(source, { ...options, output: "texture" });
    kept(fromPixels);
    const stored = await readTexture(device, fromPixels);
    expect(stored.every((value, i) => value === expected.data[i])).toBe(true);
  });

  it("are read when the call is made", async () => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const source = opaque(20, 10);
    const expected = await owner.upscale(source);
    const texture = textureOf(device, source, "rgba8unorm", TEXTURE.binding);
    const calls = [owner.upscale(source), owner.upscale(texture)] as const;
    device.queue.writeTexture({ texture }, new Uint8Array(20 * 10 * 4), { bytesPerRow: 80 }, [20, 10]);
    texture.destroy();
    source.data.fill(0);
    expect((await calls[0]).data).toEqual(expected.data);
    const result = await calls[1];
    kept(result);
    expect([...(await readTexture(device, result))]).toEqual([...expected.data]);
  });
});
