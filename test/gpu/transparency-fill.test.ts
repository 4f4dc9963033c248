// Colours under transparent texels, filled in on the GPU, against the same on the CPU.

import { describe, expect, it } from "vitest";
import { fillTransparency, TransparencyFill } from "../../src/gpu/transparency-fill.js";
import { FAINT } from "../../src/ops/alpha-fill.js";
import type { FillForm } from "../../src/ops/alpha-fill.kernels.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { filledAtOnce } from "../../src/picture/alpha-fill.js";
import { fillBytes } from "../../src/plan/texture-forms.js";
import { Stop } from "../../src/weights/stop.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { countMemory } from "./memory.js";
import { rgba, submitted } from "./pass-run.js";
import { readTexture, TEXTURE, textureOf } from "./textures.js";

const STRAIGHT: FillForm = { isPremultiplied: false, curve: "none" };
const PREMULTIPLIED: FillForm = { ...STRAIGHT, isPremultiplied: true };

type Alpha = (pixel: number) => number;

/** Visible where `isVisible` says so, with an alpha of its own. */
function shaped(width: number, height: number, isVisible: (x: number, y: number) => boolean): Pixels {
  const alpha: Alpha = (pixel) => (isVisible(pixel % width, Math.floor(pixel / width)) ? 1 + ((pixel * 37) % 255) : 0);
  return rgba(width, height, alpha);
}

const PICTURES: readonly [name: string, picture: Pixels][] = [
  ["one corner of 37x23", shaped(37, 23, (x, y) => x === 36 && y === 22)],
  ["the other corner", shaped(37, 23, (x, y) => x === 0 && y === 0)],
  ["a pixel in the middle of 70x70", shaped(70, 70, (x, y) => x === 33 && y === 40)],
  ["two far apart", shaped(150, 40, (x, y) => (x === 3 && y === 2) || (x === 140 && y === 39))],
  ["the end of a row", shaped(300, 1, (x) => x === 299)],
  ["the end of a column", shaped(2, 130, (x, y) => x === 1 && y === 129)],
  ["all but a hole", shaped(64, 48, (x, y) => Math.hypot(x - 30, y - 20) > 14)],
  ["every third pixel", shaped(45, 31, (x, y) => (x + y) % 3 === 0)],
  ["a frame", shaped(50, 50, (x, y) => x === 0 || y === 0 || x === 49 || y === 49)],
  ["all of it", shaped(33, 17, () => true)],
  ["none of it", shaped(33, 17, () => false)],
  ["one pixel", shaped(1, 1, () => true)],
  ["no pixel of one", shaped(1, 1, () => false)],
];

async function filled(
  source: Pixels,
  format: GPUTextureFormat,
  options = STRAIGHT,
): Promise<Uint8Array | Float32Array> {
  const device = await softwareDevice();
  const texture = kept(textureOf(device, source, format, TEXTURE.binding | TEXTURE.storage | TEXTURE.copySrc));
  await fillTransparency(device, texture, options);
  return readTexture(device, texture);
}

function most(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  return Array.from(found).reduce((off, value, i) => Math.max(off, Math.abs(value - wanted[i]!)), 0);
}

describe("a picture that is visible in", () => {
  it.each(PICTURES)("%s", async (_, source) => {
    expect([...(await filled(source, "rgba8unorm"))]).toEqual([...filledAtOnce(source).data]);
  });

  it.each(PICTURES)("%s, as floats", async (_, source) => {
    const wide = { ...source, bits: 16 as const, data: Uint16Array.from(source.data, (level) => level * 257) };
    const wanted = Array.from(filledAtOnce(wide).data, (level) => level / 65535);
    // Levels of 16 bits are rounded in each ring, floats hardly.
    expect(most(await filled(source, "rgba32float"), wanted)).toBeLessThan(2 / 65535);
    expect(most(await filled(source, "rgba16float"), wanted)).toBeLessThan(2e-3);
  });
});

it("premultiplied colours are filled in with straight ones", async () => {
  const straight = shaped(40, 30, (x, y) => Math.hypot(x - 20, y - 15) < 8);
  const multiplied = straight.data.map((value, i) => (i % 4 === 3 ? value : (value * straight.data[i | 3]!) / 255));
  const source = { ...straight, data: multiplied };
  const level = (value: number, alpha: number) => Math.min(Math.round((value * 255) / alpha), 255);
  // Eight bits hold no colour multiplied by a faint alpha: all but alpha 0 is left as it is.
  const divided = source.data.map((value, i) => {
    const alpha = source.data[i | 3]!;
    if (i % 4 === 3) return alpha === 0 ? 0 : Math.max(alpha, FAINT);
    return alpha === 0 ? value : level(value, alpha);
  });
  const wanted = filledAtOnce({ ...source, data: divided }).data;
  const found = await filled(source, "rgba8unorm", PREMULTIPLIED);
  const isVisible = (i: number) => source.data[i | 3]! > 0;
  expect(
    most(
      found,
      wanted.map((value, i) => (isVisible(i) ? source.data[i]! : value)),
    ),
  ).toBe(0);
});

it("NaN and values beyond 0..1 are filled in as they are read", async () => {
  const device = await softwareDevice();
  const values = [Number.NaN, 7, -3, 1, 0, 0, 0, 0];
  const usage = TEXTURE.binding | TEXTURE.storage | TEXTURE.copySrc | TEXTURE.copyDst;
  const texture = kept(device.createTexture({ size: [2, 1], format: "rgba32float", usage }));
  device.queue.writeTexture({ texture }, Float32Array.from(values), { bytesPerRow: 32 }, [2, 1]);
  await fillTransparency(device, texture, STRAIGHT);
  expect([...(await readTexture(device, texture))].slice(4)).toEqual([0, 1, 0, 0]);
});

it("is the same again when it is recorded again, for another picture in the texture", async () => {
  const device = await softwareDevice();
  const [first, second] = [PICTURES[0]![1], PICTURES[1]![1]];
  const usage = TEXTURE.binding | TEXTURE.storage | TEXTURE.copySrc;
  const texture = kept(textureOf(device, first, "rgba8unorm", usage));
  const fill = kept(await TransparencyFill.create(device, texture, STRAIGHT));
  submitted(device, (encoder) => fill.record(encoder));
  expect([...(await readTexture(device, texture))]).toEqual([...filledAtOnce(first).data]);
  const { data, width, height } = second;
  const texels = data as Uint8Array<ArrayBuffer>;
  device.queue.writeTexture({ texture }, texels, { bytesPerRow: width * 4 }, [width, height]);
  submitted(device, (encoder) => fill.record(encoder));
  expect([...(await readTexture(device, texture))]).toEqual([...filledAtOnce(second).data]);
});

it("takes the bytes that plans count, and leaves none", async () => {
  const device = await softwareDevice();
  const source = PICTURES[2]![1];
  const usage = TEXTURE.binding | TEXTURE.storage;
  const texture = kept(textureOf(device, source, "rgba8unorm", usage));
  const memory = countMemory(device);
  kept({ destroy: memory.stop });
  await fillTransparency(device, texture, STRAIGHT);
  expect(memory.peakBytes()).toBe(fillBytes("rgba8unorm", source));
  expect(memory.liveBytes()).toBe(0);
});

it("a call that is stopped meanwhile leaves nothing", async () => {
  const device = await softwareDevice();
  const source = shaped(1000, 3, (x) => x === 0);
  const texture = kept(textureOf(device, source, "rgba8unorm", TEXTURE.binding | TEXTURE.storage));
  const memory = countMemory(device);
  kept({ destroy: memory.stop });
  const controller = new AbortController();
  const { onSubmittedWorkDone } = device.queue;
  // Between the first submit and the next.
  device.queue.onSubmittedWorkDone = () => {
    controller.abort(new Error("stopped"));
    return onSubmittedWorkDone.call(device.queue);
  };
  kept({ destroy: () => delete (device.queue as Partial<GPUQueue>).onSubmittedWorkDone });
  const stopping = fillTransparency(device, texture, STRAIGHT, new Stop(controller.signal));
  await expect(stopping).rejects.toThrow("stopped");
  expect(memory.liveBytes()).toBe(0);
});
