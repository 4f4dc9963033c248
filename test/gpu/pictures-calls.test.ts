// Calls whose pictures stay on the GPU: what they read back, what they leave, how much memory they take, and how they stop.

import { describe, expect, it } from "vitest";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { type OpenedDevice, openDevice } from "../../src/node/index.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { createUpscaler, type Progress, type Upscaler, type UpscalerOptions } from "../../src/upscaler.js";
import { compactWeights, modelOf, swollen } from "../cases/networks.js";
import { randomPicture as picture } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { countMemory, type MemoryCount } from "./memory.js";
import { readTexture, TEXTURE } from "./textures.js";

const MODEL = modelOf(compactWeights({ scale: 2, blocks: 2 }));
const TILE = { size: 16, overlap: 4 };
const ROUTES = [{}, { scale: 3 }, { scale: 1.5 }, { tta: true }, { scale: 3, tta: true }, { tile: TILE }] as const;
function counted(device: GPUDevice): MemoryCount {
  const count = countMemory(device);
  kept({ destroy: count.stop });
  return count;
}

async function upscaler(device: GPUDevice, options: UpscalerOptions = {}): Promise<Upscaler> {
  const found = await createUpscaler(device, { model: MODEL, precision: "f32", ...options });
  kept(found);
  return found;
}

/** The test's own texture of random pixels: opaque, or every second one transparent. */
function mine(
  device: GPUDevice,
  width: number,
  height: number,
  evenAlpha: 0 | 255 = 255,
): { texture: GPUTexture; source: Pixels } {
  const { data, ...form } = picture(width, height, 4);
  const alphaOf = (pixel: number) => (pixel % 2 === 0 ? evenAlpha : 255);
  const source = { ...form, data: data.map((value, i) => (i % 4 === 3 ? alphaOf(i >> 2) : value)) };
  const usage = TEXTURE.binding | TEXTURE.copyDst;
  const texture = device.createTexture({ label: "mine", size: [width, height], format: "rgba8unorm", usage });
  const texels = source.data as Uint8Array<ArrayBuffer>;
  device.queue.writeTexture({ texture }, texels, { bytesPerRow: width * 4 }, [width, height]);
  kept(texture);
  return { texture, source };
}

async function ownDevice(): Promise<GPUDevice> {
  await softwareDevice(); // skips the test where there is none
  const opened: OpenedDevice = await openDevice({ adapter: process.env.ESRGAN_TEST_ADAPTER ?? "swiftshader" });
  kept(opened);
  return opened.device;
}

/** On a GPU kernels are tried before their first picture, which is read back. */
async function tryKernels(device: GPUDevice, texture: GPUTexture, options: (typeof ROUTES)[number]): Promise<void> {
  if (capabilitiesOf(device).kind === "software") return;
  const owner = await upscaler(device);
  (await owner.upscale(texture, options)).destroy();
  owner.destroy();
}

describe("from texture to texture", () => {
  const all = ROUTES.flatMap((options) => ([255, 0] as const).map((evenAlpha) => ({ options, evenAlpha })));
  it.each(all)("nothing is mapped, and nothing is left but the result: %j", async ({ options, evenAlpha }) => {
    const device = await softwareDevice();
    const { texture } = mine(device, 37, 23, evenAlpha);
    await tryKernels(device, texture, options);
    const count = counted(device);
    const owner = await upscaler(device);
    const result = await owner.upscale(texture, options);
    expect(count.maps()).toBe(0);
    const afterFirst = count.liveBytes();
    (await owner.upscale(texture, options)).destroy();
    expect([count.maps(), count.liveBytes()]).toEqual([0, afterFirst]);
    expect(count.live().filter((label) => /snapshot|copy|fill|between|stored|read-back/.test(label))).toEqual([]);
    owner.destroy();
    expect(count.live()).toEqual(["esrgan-webgpu result"]);
    result.destroy();
    expect(count.liveBytes()).toBe(0);
  });

  it("is free once the copy was read back, where pixels are asked for", async () => {
    const device = await softwareDevice();
    const { texture } = mine(device, 37, 23);
    const count = counted(device);
    const owner = await upscaler(device);
    const copies = new Set<number>();
    const onProgress = () => copies.add(count.live().filter((label) => label.includes("copy")).length);
    await owner.upscale(texture, { output: "pixels", onProgress });
    expect([...copies]).toEqual([0]);
    owner.destroy();
    expect(count.live()).toEqual([]);
  });

  it("in strips that are left at once, or never asked for, leaves nothing", async () => {
    const device = await softwareDevice();
    const { texture } = mine(device, 37, 23);
    const count = counted(device);
    const owner = await upscaler(device);
    await owner.strips(texture).return();
    expect(count.live()).toEqual([]);
    for await (const _ of owner.strips(texture, { tile: TILE })) break;
    expect(count.live().filter((label) => label.includes("copy"))).toEqual([]);
  });
});

describe("plan() of a texture", () => {
  it.each(ROUTES.filter((options) => !("tile" in options)))(
    "says the most that is live, within any budget: %j",
    async (options) => {
      const device = await softwareDevice();
      const { texture, source } = mine(device, 90, 70);
      const form = { ...options, channels: 4, output: "texture" } as const;
      const free = await upscaler(device);
      const wanted = await free.upscale(source, options);
      const { peakBytes: most, weightBytes } = free.plan(90, 70, form);
      const cuts = new Set<number>();
      for (const share of [1.2, 0.6]) {
        const memoryBudget = Math.ceil(weightBytes + (most - weightBytes) * share);
        const owner = await upscaler(device, { memoryBudget });
        const plan = owner.plan(90, 70, form);
        expect(plan.peakBytes).toBeLessThanOrEqual(memoryBudget);
        cuts.add(plan.tile.windows * plan.tiles);
        const count = counted(device);
        const result = await owner.upscale(texture, options);
        // The result is the caller's.
        expect(count.peakBytes() - result.width * result.height * 4).toBeLessThanOrEqual(plan.peakBytes);
        const found = await readTexture(device, result);
        let off = 0;
        for (const [i, value] of found.entries()) off = Math.max(off, Math.abs(value - wanted.data[i]!));
        expect(off).toBeLessThanOrEqual(plan.seamLevels ?? 1);
        owner.destroy();
        result.destroy();
        expect(count.live()).toEqual([]);
        count.stop();
      }
      expect(cuts.size).toBeGreaterThan(1);
    },
  );

  it("and prepare() make ready what the call takes", async () => {
    const device = await softwareDevice();
    const { texture } = mine(device, 20, 10);
    const owner = await upscaler(device);
    await owner.prepare(20, 10, { channels: 4, output: "texture" });
    const count = counted(device);
    kept(await owner.upscale(texture));
    expect(count.live()).toEqual(["esrgan-webgpu result"]);
  });

  it("refuses an output that there is not", async () => {
    const owner = await upscaler(await softwareDevice());
    expect(() => owner.plan(4, 4, { output: "bitmap" as "texture" })).toThrow(
      /^The output must be one of .*got "bitmap"/,
    );
  });
});

describe("a small memory budget", () => {
  it("has room for one form of tile at a time, whatever comes after another", async () => {
    const device = await softwareDevice();
    const { texture, source } = mine(device, 150, 120);
    const options = { scale: 3 } as const;
    const memoryBudget = 5.5 * 2 ** 20;
    const count = counted(device);
    const owner = await upscaler(device, { memoryBudget });
    // Takes nearly all there is, and stays prepared.
    await owner.upscale(picture(400, 300));
    expect(count.liveBytes()).toBeGreaterThan(memoryBudget * 0.9);
    const result = await owner.upscale(source, { ...options, output: "texture" });
    const ofResult = result.width * result.height * 4;
    expect(count.peakBytes() - ofResult).toBeLessThanOrEqual(memoryBudget);
    result.destroy();
    // What is prepared stays until the route is planned: only the copy may lie beside it.
    await owner.upscale(picture(400, 300));
    (await owner.upscale(texture, options)).destroy();
    expect(count.peakBytes() - ofResult).toBeLessThanOrEqual(memoryBudget + 150 * 120 * 4);
  });

  // Wider than most devices' textures, so that it can only lie on the GPU part by part.
  it.each([
    { channels: 3 },
    { channels: 4 },
    { channels: 4, scale: 1.5 },
    { channels: 3, tta: true },
    { channels: 4, scale: 1.5, tta: true },
  ] as const)("of 16 MiB takes a picture 16384 pixels wide: %j", async ({ channels, ...options }) => {
    const device = await softwareDevice();
    const count = counted(device);
    const memoryBudget = 2 ** 24;
    const owner = await upscaler(device, { memoryBudget, model: modelOf(compactWeights({ scale: 2, features: 4 })) });
    const source = picture(16_384, 10, channels);
    const plan = owner.plan(16_384, 10, { channels, ...options });
    expect(plan.tiles).toBeGreaterThan(1);
    expect(plan.peakBytes).toBeLessThanOrEqual(memoryBudget);
    const { width, height, data } = await owner.upscale(source, options);
    expect(count.peakBytes()).toBeLessThanOrEqual(plan.peakBytes);
    expect([width, height]).toEqual([plan.width, plan.height]);
    // The left end by itself is the same, as far as it sees nothing of the rest.
    const left = { ...picture(64, 10, channels) };
    for (let y = 0; y < 10; y++) {
      const row = source.data.subarray(y * 16_384 * channels, (y * 16_384 + 64) * channels);
      left.data.set(row, y * 64 * channels);
    }
    const free = await upscaler(device, { model: modelOf(compactWeights({ scale: 2, features: 4 })) });
    const wanted = await free.upscale(left, options);
    const seen = Math.floor((wanted.width * 3) / 4);
    let most = 0;
    for (let y = 0; y < height; y++) {
      for (let i = 0; i < seen * channels; i++) {
        const off = data[y * width * channels + i]! - wanted.data[y * wanted.width * channels + i]!;
        most = Math.max(most, Math.abs(off));
      }
    }
    expect(most).toBeLessThanOrEqual(1);
    owner.destroy();
    free.destroy();
    expect(count.live()).toEqual([]);
  });

  it("that has no room for a texture's copy says so, and the next call works", async () => {
    const device = await softwareDevice();
    const { texture } = mine(device, 512, 512);
    const owner = await upscaler(device, { memoryBudget: 2 ** 20 });
    const count = counted(device);
    await expect(owner.upscale(texture)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/memory ?[bB]udget/),
    });
    expect(count.live()).toEqual([]);
    kept(await owner.upscale(mine(device, 8, 8).texture));
  });
});

describe("a call on the GPU that is stopped", () => {
  const outputs = ["texture", "pixels"] as const;

  it.each(outputs)("while it waits, or before, fails with the reason and frees its copy: %s", async (output) => {
    const device = await softwareDevice();
    const { texture } = mine(device, 40, 40);
    const owner = await upscaler(device);
    const count = counted(device);
    const reason = new Error("enough");
    await expect(owner.upscale(texture, { output, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(count.live()).toEqual([]);
    const abort = new AbortController();
    const first = owner.upscale(picture(40, 40));
    const second = owner.upscale(texture, { output, signal: abort.signal });
    abort.abort(reason);
    await expect(second).rejects.toBe(reason);
    await first;
    expect(count.live().filter((label) => label.includes("copy"))).toEqual([]);
  });

  it.each(outputs.flatMap((output) => ROUTES.map((options) => ({ output, ...options }))))(
    "while it runs fails with the reason and leaves nothing: %j",
    async (options) => {
      const device = await softwareDevice();
      const { texture } = mine(device, 40, 40);
      const owner = await upscaler(device);
      const wanted = await owner.upscale(texture, { ...options, output: "pixels" });
      const count = counted(device);
      for (const at of [1, 2]) {
        const abort = new AbortController();
        const reason = new Error("enough");
        let heard = 0;
        const onProgress = () => {
          if (++heard === at) abort.abort(reason);
        };
        const call = owner.upscale(texture, { ...options, tile: TILE, signal: abort.signal, onProgress });
        await expect(call).rejects.toBe(reason);
        expect(count.live()).toEqual([]);
      }
      expect([...(await owner.upscale(texture, { ...options, output: "pixels" })).data]).toEqual([...wanted.data]);
    },
  );

  it.each([0, 1, 2, 3, 5, 8])("by destroy() at wait %i says that the Upscaler was destroyed", async (at) => {
    const device = await softwareDevice();
    const { texture } = mine(device, 40, 40);
    for (const options of [{}, { scale: 3 }, { textureFormat: "rgba8unorm-srgb" }] as const) {
      const owner = await upscaler(device);
      const count = counted(device);
      const { popErrorScope } = device;
      let waits = 0;
      device.popErrorScope = () => {
        if (waits++ === at) queueMicrotask(() => owner.destroy());
        return popErrorScope.call(device);
      };
      try {
        const [call] = await Promise.allSettled([owner.upscale(texture, options)]);
        if (call.status === "fulfilled") call.value.destroy();
        else expect(call.reason).toMatchObject({ code: "bad-input", message: "The Upscaler was destroyed" });
        if (at < 3) expect(call.status).toBe("rejected");
      } finally {
        delete (device as Partial<GPUDevice>).popErrorScope;
      }
      owner.destroy();
      expect(count.live()).toEqual([]);
      count.stop();
    }
  });

  it.each([0, 5, 30])("by the loss of the device after %i ms says so", async (ms) => {
    const device = await ownDevice();
    const { texture } = mine(device, 40, 40);
    const long = modelOf(compactWeights({ scale: 2, blocks: 160, features: 4 }));
    const owner = await upscaler(device, { model: long });
    const calls = [
      owner.upscale(texture),
      owner.upscale(texture, { scale: 3 }),
      owner.upscale(texture, { output: "pixels" }),
    ];
    setTimeout(() => device.destroy(), ms);
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({
        code: "device-lost",
        message: expect.stringMatching(/^The GPU device was lost \(.+\)$/),
      });
    }
  });
});

describe("progress on the GPU", () => {
  it.each(ROUTES)("never goes back and ends with all: %j", async (options) => {
    const device = await softwareDevice();
    const { texture } = mine(device, 37, 23);
    const owner = await upscaler(device);
    const heard: Progress[] = [];
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const onProgress = (each: Progress) => heard.push(each);
    kept(await owner.upscale(texture, { ...options, onProgress, onNote }));
    expect(heard.length).toBeGreaterThan(0);
    const done = heard.map((each) => each.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(new Set(heard.map(({ total }) => total)).size).toBe(1);
    expect(heard.at(-1)!.done).toBe(heard[0]!.total);
    expect(notes).toEqual([]);
  });
});

describe("values that overflow in f16", () => {
  it("are stored as 0 in textures, and done again in f32 as pixels", async () => {
    const device = await softwareDevice();
    const model = swollen(1e6);
    const { texture, source } = mine(device, 20, 10);
    const owner = await upscaler(device, { model, precision: "f16" });
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const result = await owner.upscale(texture, { onNote });
    kept(result);
    expect(notes).toEqual([]);
    const found = await readTexture(device, result);
    expect(found.some((value, i) => i % 4 < 3 && value === 0)).toBe(true);
    expect(found.every((value, i) => i % 4 < 3 || value === 255)).toBe(true);
    const wanted = await (await upscaler(device, { model })).upscale(source);
    const pixels = await owner.upscale(texture, { onNote, output: "pixels" });
    expect([...pixels.data]).toEqual([...wanted.data]);
    expect(notes).toEqual(["f16 overflowed with the model synthetic, so it was redone in f32"]);
  });
});
