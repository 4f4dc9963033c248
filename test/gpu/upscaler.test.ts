// The Upscaler on a device: what it gives, and what happens when calls overlap. What it keeps and gives back is
// upscaler-life.test.ts.

import { afterEach, describe, expect, it, vi } from "vitest";
import { upscaleOnCpu } from "../../src/cpu.js";
import { EsrganError } from "../../src/errors.js";
import type { Model } from "../../src/models/model.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomPicture as picture } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { LONG, MODEL, ownDevice, owned, upscalerFor } from "./upscalers.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("what it gives", () => {
  it("is what the CPU computes", async () => {
    const upscaler = await upscalerFor(await softwareDevice());
    const source = picture(9, 5);
    const result = await upscaler.upscale(source);
    const expected = upscaleOnCpu(MODEL, source);
    expect(result).toMatchObject({ width: 18, height: 10, channels: 3, bits: 8 });
    expect(Math.max(...expected.data.map((level, i) => Math.abs(level - result.data[i]!)))).toBeLessThanOrEqual(1);
  });

  it("is the same bytes for the same picture", async () => {
    const upscaler = await upscalerFor(await softwareDevice());
    const first = await upscaler.upscale(picture(9, 5));
    expect(await upscaler.upscale(picture(9, 5))).toEqual(first);
    expect(await upscaler.upscale(picture(9, 5, 3, 8, 2))).not.toEqual(first);
    expect(await upscaler.upscale(picture(9, 5))).toEqual(first);
  });

  it("does not depend on the sizes and forms before", async () => {
    const device = await softwareDevice();
    const upscaler = await upscalerFor(device);
    const sources = [
      picture(9, 5),
      picture(4, 4, 4),
      picture(1, 1),
      picture(9, 5, 1),
      picture(9, 5),
      picture(9, 5, 3, 16),
      picture(5, 9, 2, 16),
      picture(9, 5),
      picture(17, 3, 4, 16),
      picture(9, 5, 1, 16),
    ];
    for (const source of [...sources, ...sources.reverse()]) {
      const fresh = await upscalerFor(device);
      const expected = await fresh.upscale(source);
      expect(expected).toMatchObject({ channels: source.channels, bits: source.bits });
      expect(await upscaler.upscale(source)).toEqual(expected);
    }
  });

  it("leaves the source as it was, and keeps nothing of it", async () => {
    const upscaler = await upscalerFor(await softwareDevice());
    const source = picture(6, 4, 4);
    const before = source.data.slice();
    const result = await upscaler.upscale(source);
    expect(source.data).toEqual(before);
    const copy = result.data.slice();
    await upscaler.upscale(picture(6, 4, 4, 8, 9));
    expect(result.data).toEqual(copy);
  });

  it("is right for data that is part of a larger buffer", async () => {
    const upscaler = await upscalerFor(await softwareDevice());
    for (const [channels, bits] of [
      [4, 8],
      [4, 16],
      [3, 8],
    ] as const) {
      const whole = picture(6, 4, channels, bits);
      const { BYTES_PER_ELEMENT, length } = whole.data;
      const buffer = new ArrayBuffer(8 + length * BYTES_PER_ELEMENT + 8);
      const data = bits === 8 ? new Uint8Array(buffer, 8, length) : new Uint16Array(buffer, 8, length);
      data.set(whole.data);
      expect(await upscaler.upscale({ ...whole, data })).toEqual(await upscaler.upscale(whole));
    }
  });

  it("passes every level of 8 and 16 bits through a network that does nothing", async () => {
    const graph = { values: [{ name: "input", channels: 3, scale: 1, margin: 0 }], nodes: [], input: 0, output: 0 };
    const identity: Model = { ...MODEL, network: { ...MODEL.network, scale: 1, graph } };
    const upscaler = await upscalerFor(await softwareDevice(), identity);
    for (const bits of [8, 16] as const) {
      const levels = 2 ** bits;
      const data = bits === 8 ? new Uint8Array(levels * 3) : new Uint16Array(levels * 3);
      for (let i = 0; i < data.length; i++) data[i] = Math.floor(i / 3) + (i % 3);
      const source: Pixels = { data, width: 2 ** (bits / 2), height: 2 ** (bits / 2), channels: 3, bits };
      expect(await upscaler.upscale(source)).toEqual(source);
    }
  });
});

describe("sources and outputs", () => {
  it("takes what looks like ImageData", async () => {
    const upscaler = await upscalerFor(await softwareDevice());
    const pixels = picture(5, 3, 4);
    const data = new Uint8ClampedArray(pixels.data);
    const like = { data, width: 5, height: 3, colorSpace: "srgb" } as unknown as ImageData;
    const result = await upscaler.upscale(like, { output: "pixels" });
    const expected = await upscaler.upscale(pixels);
    expect(result).toMatchObject({ width: 10, height: 6, channels: 4, bits: 8 });
    expect([...result.data]).toEqual([...expected.data]);
  });

  it("gives ImageData for ImageData, opaque where the picture was", async () => {
    class ImageDataStub {
      constructor(
        readonly data: Uint8ClampedArray,
        readonly width: number,
        readonly height: number,
      ) {}
    }
    vi.stubGlobal("ImageData", ImageDataStub);
    const upscaler = await upscalerFor(await softwareDevice());
    const source = picture(5, 3, 4);
    const rgba = await upscaler.upscale(source);
    const like = new ImageDataStub(new Uint8ClampedArray(source.data), 5, 3) as unknown as ImageData;
    const result = await upscaler.upscale(like);
    expect(result).toBeInstanceOf(ImageDataStub);
    expect([...result.data]).toEqual([...rgba.data]);
    for (const channels of [1, 2, 3] as const) {
      for (const bits of [8, 16] as const) {
        const pixels = await upscaler.upscale(picture(4, 4, channels, bits));
        const { data } = await upscaler.upscale(picture(4, 4, channels, bits), { output: "imageData" });
        const level = (at: number) => Math.round(pixels.data[at]! / (bits === 8 ? 1 : 257));
        for (let i = 0; i < 64; i++) {
          const gray = channels < 3;
          const from = i * channels;
          const alpha = channels === 2 ? level(from + 1) : 255;
          const wanted = [level(from), level(gray ? from : from + 1), level(gray ? from : from + 2), alpha];
          expect([...data.slice(i * 4, i * 4 + 4)]).toEqual(wanted);
        }
      }
    }
  });

  it("says that there is no ImageData where there is none", async () => {
    vi.stubGlobal("ImageData", undefined);
    const upscaler = await upscalerFor(await softwareDevice());
    const like = { data: new Uint8ClampedArray(4), width: 1, height: 1 } as unknown as ImageData;
    const message = 'This environment has no ImageData, ask for the output "pixels"';
    await expect(upscaler.upscale(like)).rejects.toMatchObject({ code: "bad-input", message });
    await expect(upscaler.upscale(picture(2, 2), { output: "imageData" })).rejects.toMatchObject({ message });
  });

  const shape =
    "A picture must be an ImageBitmap, an image, video or canvas element, a VideoFrame, ImageData, " +
    "a Blob, a URL, a GPUTexture or { data, width, height, channels, bits }, got";
  const bytes = "A picture of 2x2 pixels with 3 channels of 8 bits came with data of type";
  const wanted = "expected Uint8Array or Uint8ClampedArray";
  const good = picture(2, 2);
  it.each([
    [null, `${shape} null`],
    [undefined, `${shape} undefined`],
    ["photo.png", `${shape} a string: use new URL(...) for an address, or fetch its Blob`],
    [7, `${shape} number`],
    [{}, `${shape} an object without data`],
    [[], `${shape} an object of class Array`],
    [{ ...good, data: undefined }, `${bytes} Undefined, ${wanted}`],
    [{ ...good, data: [1, 2, 3] }, `${bytes} Array, ${wanted}`],
    [{ ...good, data: new Int8Array(12) }, `${bytes} Int8Array, ${wanted}`],
    [{ ...good, data: new Float32Array(12) }, `${bytes} Float32Array, ${wanted}`],
    [
      { ...good, data: new Int16Array(12), bits: 16 },
      "A picture of 2x2 pixels with 3 channels of 16 bits came with data of type Int16Array, expected Uint16Array",
    ],
    [
      { ...good, data: new Uint8Array(11) },
      "A picture of 2x2 pixels with 3 channels of 8 bits needs 12 values, got 11",
    ],
    [{ ...good, width: 0 }, "A picture of 0x2 pixels with 3 channels of 8 bits needs a positive width and height"],
    [
      { ...good, channels: 5 },
      "A picture of 2x2 pixels with 5 channels of 8 bits was given, expected 1 to 4 channels of 8 or 16 bits",
    ],
  ])("refuses %o", async (source, message) => {
    const upscaler = await upscalerFor(await softwareDevice());
    await expect(upscaler.upscale(source as unknown as Pixels)).rejects.toMatchObject({ code: "bad-input", message });
    await expect(upscaler.upscale(source as unknown as Pixels)).rejects.toBeInstanceOf(EsrganError);
  });

  it("refuses an output that there is not", async () => {
    const upscaler = await upscalerFor(await softwareDevice());
    await expect(upscaler.upscale(good, { output: "jpeg" as "pixels" })).rejects.toMatchObject({
      code: "bad-input",
      message:
        'The output must be one of "imageBitmap", "imageData", "pixels", "blob", "texture", "canvas", got "jpeg"',
    });
  });
});

describe("calls that overlap", () => {
  it("queue up, each with its own result", async () => {
    const device = await softwareDevice();
    const upscaler = await upscalerFor(device);
    const again = [picture(9, 5), picture(7, 9, 2, 16), picture(1, 12), picture(4, 7, 4)];
    const sources = [picture(9, 5), picture(4, 7, 4), picture(9, 5, 3, 8, 2), picture(3, 3, 1), ...again];
    const results = await Promise.all(sources.map((source) => upscaler.upscale(source)));
    for (const [index, source] of sources.entries()) {
      expect(results[index]).toEqual(await upscaler.upscale(source));
    }
  });

  it("go on after one of them fails", async () => {
    const upscaler = await upscalerFor(await softwareDevice());
    const [first, second, third] = await Promise.allSettled([
      upscaler.upscale(picture(5, 5)),
      upscaler.upscale({ ...picture(5, 5), width: 6 }),
      upscaler.upscale(picture(5, 5)),
    ]);
    expect(second).toMatchObject({ status: "rejected", reason: { code: "bad-input" } });
    expect(third).toEqual(first);
    expect(first.status).toBe("fulfilled");
  });

  it("of two Upscalers on one device do not disturb each other", async () => {
    const device = await softwareDevice();
    const other = modelOf(compactWeights({ scale: 3, blocks: 1, seed: 5 }));
    const [a, b] = [await upscalerFor(device), await upscalerFor(device, other)];
    const source = picture(10, 6);
    const alone = [await a.upscale(source), await b.upscale(source)];
    const together = await Promise.all([1, 2, 3].flatMap(() => [a.upscale(source), b.upscale(source)]));
    for (const [index, result] of together.entries()) expect(result).toEqual(alone[index % 2]);
    a.destroy();
    expect(await b.upscale(source)).toEqual(alone[1]);
  });
});

describe("progress", () => {
  it("rises to the total, with the time that remains", async () => {
    const upscaler = await upscalerFor(await softwareDevice(), LONG);
    const reports: { done: number; total: number; etaMs: number }[] = [];
    await upscaler.upscale(picture(16, 12), { onProgress: (progress) => reports.push(progress) });
    expect(reports.length).toBeGreaterThan(1);
    expect(new Set(reports.map(({ total }) => total)).size).toBe(1);
    reports.forEach(({ done, etaMs }, index) => {
      expect(done).toBeGreaterThan(reports[index - 1]?.done ?? 0);
      expect(etaMs).toBeGreaterThanOrEqual(0);
    });
    expect(reports.at(-1)).toMatchObject({ done: reports[0]!.total, etaMs: 0 });
  });

  it("whose receiver throws fails the call and no other", async () => {
    const upscaler = await upscalerFor(await softwareDevice());
    const onProgress = () => {
      throw new TypeError("theirs");
    };
    await expect(upscaler.upscale(picture(5, 5), { onProgress })).rejects.toThrow("theirs");
    expect(await upscaler.upscale(picture(5, 5))).toMatchObject({ width: 10 });
  });
});

describe("the device", () => {
  it("keeps its onuncapturederror, and sees no error", async () => {
    const device = await softwareDevice();
    const handler = vi.fn();
    device.onuncapturederror = handler;
    owned({ destroy: () => (device.onuncapturederror = null) });
    const upscaler = await upscalerFor(device);
    await upscaler.upscale(picture(6, 6));
    upscaler.destroy();
    expect(device.onuncapturederror).toBe(handler);
    expect(handler).not.toHaveBeenCalled();
  });

  it("may have default limits and no features", async () => {
    const adapters = Object.getPrototypeOf((await ownDevice()).adapter) as GPUAdapter;
    const requestDevice = vi.spyOn(adapters, "requestDevice");
    requestDevice.mockImplementation(function (this: GPUAdapter) {
      requestDevice.mockRestore();
      return this.requestDevice();
    });
    const { device } = await ownDevice();
    expect(device.features.has("subgroups")).toBe(false);
    expect(device.limits.maxStorageBufferBindingSize).toBe(134_217_728);
    const source = picture(9, 7);
    const expected = await (await upscalerFor(await softwareDevice())).upscale(source);
    const upscaler = await upscalerFor(device);
    expect(await upscaler.upscale(source)).toEqual(expected);
    const { tiles, buffers } = upscaler.plan(9000, 9000);
    expect(tiles).toBeGreaterThan(1);
    for (const { byteLength } of buffers) expect(byteLength).toBeLessThanOrEqual(134_217_728);
  });
});
