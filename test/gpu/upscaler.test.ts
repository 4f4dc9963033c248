// The Upscaler on a device: what it keeps and gives back, what happens when calls overlap, are aborted or lose their device.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { upscaleOnCpu } from "../../src/cpu.js";
import { EsrganError } from "../../src/errors.js";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import type { Model } from "../../src/models/model.js";
import { type OpenedDevice, openDevice } from "../../src/node/index.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { deviceName } from "../../src/plan/tuning.js";
import { createUpscaler, type Upscaler } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomPicture as picture } from "../cases/random.js";
import { type BufferCount, countBuffers } from "./buffers.js";
import { softwareDevice } from "./device.js";

/** How often the same picture is run for the count of what stays; more by hand. */
const REPEATS = Number(process.env.ESRGAN_TEST_REPEATS ?? 30);

const MODEL = modelOf(compactWeights({ scale: 2, blocks: 2 }));
// Enough dispatches for several submits of the first run, before speed is known.
const LONG = modelOf(compactWeights({ scale: 2, blocks: 320, features: 4 }));

const made: (Upscaler | OpenedDevice | { destroy: () => void })[] = [];

// None of these tests is about kernels, so all have the one that compiles fastest, as if it had been measured.
const FORMS = [1, 2, 3].map((shuffle) => ({ kernel: 3, upsample: 1, shuffle }));

async function upscalerFor(device: GPUDevice, model = MODEL): Promise<Upscaler> {
  const choices = FORMS.map((form) => ({ form, variant: { kind: "plain" } as const, measured: [] }));
  const tuning = { version: 1, device: deviceName(capabilitiesOf(device)), storage: "f32", choices } as const;
  const upscaler = await createUpscaler(device, { model, tuning });
  made.push(upscaler);
  return upscaler;
}

/** A device that a test may lose. */
async function ownDevice(): Promise<OpenedDevice> {
  await softwareDevice(); // skips the test where there is none
  const opened = await openDevice({ adapter: process.env.ESRGAN_TEST_ADAPTER ?? "swiftshader" });
  made.push(opened);
  return opened;
}

function counted(device: GPUDevice): BufferCount {
  const count = countBuffers(device);
  made.push({ destroy: count.stop });
  return count;
}

afterEach(() => {
  for (const each of made.splice(0)) each.destroy();
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
    const graph = { values: [{ name: "input", channels: 3, scale: 1 }], nodes: [], input: 0, output: 0 };
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

describe("memory", () => {
  it("is what the plan says, at every size and form", async () => {
    const device = await softwareDevice();
    const count = counted(device);
    const upscaler = await upscalerFor(device);
    for (const [width, height, channels, bits, options] of [
      [20, 12, 3, 8, {}],
      [7, 30, 3, 16, {}],
      [20, 12, 1, 8, {}],
      [20, 12, 4, 8, {}],
      [7, 30, 2, 16, {}],
      [20, 12, 4, 16, { tta: true }],
      [12, 20, 4, 8, { tileable: true }],
      [20, 12, 4, 8, { alpha: "ignore" }],
      [64, 48, 4, 8, {}],
      [1, 1, 3, 8, {}],
    ] as const) {
      await upscaler.upscale(picture(width, height, channels, bits), options);
      const plan = upscaler.plan(width, height, { channels, bits, ...options });
      expect(count.liveBytes(), JSON.stringify({ width, height, channels, bits, options })).toBe(plan.peakBytes);
      expect(plan.peakBytes).toBe(plan.weightBytes + plan.buffers.reduce((sum, each) => sum + each.byteLength, 0));
    }
    const largest = upscaler.plan(64, 48, { channels: 4 }).peakBytes;
    expect(count.peakBytes()).toBe(largest);
    upscaler.destroy();
    expect(count.liveBytes()).toBe(0);
  });

  it("is taken once for pictures of one form, and with prepare before the first", async () => {
    const device = await softwareDevice();
    const count = counted(device);
    const upscaler = await upscalerFor(device);
    expect(count.made()).toBe(0);
    await upscaler.prepare(12, 8, { bits: 16 });
    const { peakBytes } = upscaler.plan(12, 8, { bits: 16 });
    expect(count.liveBytes()).toBe(peakBytes);
    const before = count.made();
    await upscaler.upscale(picture(12, 8, 3, 16));
    await upscaler.upscale(picture(12, 8, 3, 16, 2));
    expect(count.made()).toBe(before);
    // Weights stay where another size comes, or another number of channels.
    await upscaler.upscale(picture(12, 9, 3, 16));
    expect(count.made() - before).toBe(upscaler.plan(12, 9, { bits: 16 }).buffers.length);
    const between = count.made();
    await upscaler.prepare(12, 9, { bits: 16, channels: 4 });
    const { buffers } = upscaler.plan(12, 9, { bits: 16, channels: 4 });
    expect(count.made() - between).toBe(buffers.length);
    await upscaler.upscale(picture(12, 9, 4, 16));
    expect(count.made() - between).toBe(buffers.length);
  });

  it("of a picture whose alpha is opaque is less than the plan says, which does not see it", async () => {
    const device = await softwareDevice();
    const count = counted(device);
    const upscaler = await upscalerFor(device);
    const source = picture(20, 12, 4);
    const data = source.data.map((level, i) => (i % 4 === 3 ? 255 : level));
    await upscaler.upscale({ ...source, data });
    expect(count.peakBytes()).toBeLessThan(upscaler.plan(20, 12, { channels: 4 }).peakBytes);
    expect(count.liveBytes()).toBeGreaterThan(0);
  });

  it("does not pass the plan where the result is resized or the network runs twice", async () => {
    const device = await softwareDevice();
    for (const [channels, options] of [
      [3, { scale: 1.5 }],
      [4, { scale: 3 }],
      [2, { scale: 4, tta: true }],
      [4, { scale: 2.5, tileable: true }],
      [4, { alpha: "network" }],
    ] as const) {
      const count = countBuffers(device);
      const upscaler = await upscalerFor(device);
      await upscaler.upscale(picture(20, 13, channels), options);
      const { peakBytes } = upscaler.plan(20, 13, { channels, ...options });
      expect(count.peakBytes(), JSON.stringify({ channels, options })).toBeLessThanOrEqual(peakBytes);
      expect(count.liveBytes()).toBeGreaterThan(0);
      upscaler.destroy();
      expect(count.liveBytes()).toBe(0);
      count.stop();
    }
  });

  it("does not grow with calls", async () => {
    const device = await softwareDevice();
    const count = counted(device);
    const upscaler = await upscalerFor(device);
    const collect = garbageCollector();
    const heap = async () => {
      // What finalizers let go is gone at the next collection.
      for (let turn = 0; turn < 4; turn++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return process.memoryUsage().heapUsed + process.memoryUsage().external;
    };
    const source = picture(64, 64);
    const run = async () => {
      const { signal } = new AbortController();
      await upscaler.upscale(source, { signal, onProgress: () => {} });
    };
    for (let i = 0; i < 10; i++) await run();
    const [bytes, buffers, before] = [count.liveBytes(), count.made(), await heap()];
    for (let i = 0; i < REPEATS; i++) await run();
    expect(count.liveBytes()).toBe(bytes);
    expect(count.made()).toBe(buffers);
    // A call that kept its result would keep 48 KiB.
    expect(((await heap()) - before) / REPEATS).toBeLessThan(20_000);
  });

  it("is given back when preparing fails", async () => {
    const { device } = await ownDevice();
    const count = counted(device);
    const upscaler = await upscalerFor(device);
    await upscaler.upscale(picture(8, 8));
    const { createBuffer } = device;
    device.createBuffer = (descriptor) => {
      if (descriptor.label?.includes("staging")) throw new RangeError("no room");
      return createBuffer.call(device, descriptor);
    };
    await expect(upscaler.upscale(picture(9, 9))).rejects.toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(
        /^The device could not allocate \d+ buffers of \d+ bytes in all \(.*staging.*no room/,
      ),
    });
    expect(count.liveBytes()).toBe(0);
    device.createBuffer = createBuffer;
    expect(await upscaler.upscale(picture(8, 8))).toMatchObject({ width: 16, height: 16 });
    expect(count.liveBytes()).toBe(upscaler.plan(8, 8).peakBytes);
  });
});

function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

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

describe("aborting", () => {
  it("before the call rejects with the reason and touches nothing", async () => {
    const device = await softwareDevice();
    const count = counted(device);
    const upscaler = await upscalerFor(device);
    const reason = new Error("changed my mind");
    await expect(upscaler.upscale(picture(5, 5), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(upscaler.upscale(picture(5, 5), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(count.made()).toBe(0);
  });

  it("during the run rejects with the reason, and the next call is right", async () => {
    const source = picture(16, 12);
    const expected = await (await upscalerFor(await softwareDevice(), LONG)).upscale(source);
    for (const stopAt of [1, 2]) {
      const upscaler = await upscalerFor(await softwareDevice(), LONG);
      const controller = new AbortController();
      const reason = new Error("stop");
      let reports = 0;
      const onProgress = () => {
        if (++reports === stopAt) controller.abort(reason);
      };
      await expect(upscaler.upscale(source, { signal: controller.signal, onProgress })).rejects.toBe(reason);
      expect(reports).toBe(stopAt);
      expect(await upscaler.upscale(source)).toEqual(expected);
    }
  });

  it("at the last report still rejects", async () => {
    const upscaler = await upscalerFor(await softwareDevice());
    const controller = new AbortController();
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      if (done === total) controller.abort();
    };
    await expect(upscaler.upscale(picture(5, 5), { signal: controller.signal, onProgress })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  it("during the preparation rejects with the reason", async () => {
    const upscaler = await upscalerFor(await softwareDevice());
    const controller = new AbortController();
    const call = upscaler.upscale(picture(6, 5), { signal: controller.signal });
    setTimeout(() => controller.abort("enough"), 0);
    await expect(call).rejects.toBe("enough");
    expect(await upscaler.upscale(picture(6, 5))).toMatchObject({ width: 12 });
  });

  it("while it waits rejects at once, and the calls around it go on", async () => {
    const upscaler = await upscalerFor(await softwareDevice(), LONG);
    const controller = new AbortController();
    const order: string[] = [];
    const first = upscaler.upscale(picture(16, 12)).then(() => order.push("first"));
    const second = upscaler.upscale(picture(16, 12), { signal: controller.signal }).catch((reason: unknown) => {
      order.push("second");
      expect(reason).toBe("not needed");
    });
    const third = upscaler.upscale(picture(16, 12)).then(() => order.push("third"));
    controller.abort("not needed");
    await Promise.all([first, second, third]);
    expect(order).toEqual(["second", "first", "third"]);
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

describe("destroy", () => {
  const gone = { code: "bad-input", message: "The Upscaler was destroyed" };

  it("frees everything, twice and by dispose too, and leaves the device", async () => {
    const device = await softwareDevice();
    const count = counted(device);
    {
      using upscaler = await upscalerFor(device);
      await upscaler.upscale(picture(5, 5));
      expect(count.liveBuffers()).toBeGreaterThan(0);
    }
    expect(count.liveBuffers()).toBe(0);
    const second = await upscalerFor(device);
    await second.upscale(picture(5, 5));
    second.destroy();
    second.destroy();
    expect(count.liveBuffers()).toBe(0);
    await expect(second.upscale(picture(5, 5))).rejects.toMatchObject(gone);
    await expect(second.prepare(5, 5)).rejects.toMatchObject(gone);
    expect(second.plan(5, 5).width).toBe(10);
  });

  it.each([
    ["at once", 0],
    ["after the first submit", 1],
    ["after the last submit", Number.POSITIVE_INFINITY],
  ])("during a run, %s, fails it and what waits, and frees everything", async (_, at) => {
    const device = await softwareDevice();
    const count = counted(device);
    const upscaler = await upscalerFor(device, LONG);
    let reports = 0;
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      if (++reports === at || (at === Number.POSITIVE_INFINITY && done === total)) upscaler.destroy();
    };
    const calls = [upscaler.upscale(picture(16, 12), { onProgress }), upscaler.upscale(picture(16, 12))];
    if (at === 0) upscaler.destroy();
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: "rejected", reason: gone });
    }
    expect(count.liveBytes()).toBe(0);
  });

  it.each([0, 1, 2, 5, 10, 20, 40])("%i ms into the first call frees everything", async (ms) => {
    const { device } = await ownDevice();
    const count = counted(device);
    const upscaler = await upscalerFor(device);
    const call = upscaler.upscale(picture(16, 12));
    setTimeout(() => upscaler.destroy(), ms);
    const [result] = await Promise.allSettled([call]);
    if (result.status === "rejected") expect(result.reason).toMatchObject(gone);
    upscaler.destroy();
    expect(count.liveBytes()).toBe(0);
  });

  // The weights' buffers are made first, then the plan's; each waits for two error scopes.
  it.each([1, 2, 3, 4])("while buffers are made, at wait %i, frees those too", async (at) => {
    const device = await softwareDevice();
    const count = counted(device);
    for (const start of ["upscale", "prepare"] as const) {
      const upscaler = await upscalerFor(device);
      const { popErrorScope } = device;
      let waits = 0;
      device.popErrorScope = () => {
        if (++waits === at) queueMicrotask(() => upscaler.destroy());
        return popErrorScope.call(device);
      };
      try {
        const call = start === "upscale" ? upscaler.upscale(picture(8, 8)) : upscaler.prepare(8, 8);
        await expect(call).rejects.toMatchObject(gone);
      } finally {
        delete (device as Partial<GPUDevice>).popErrorScope;
      }
      expect(waits).toBe(4);
      expect(count.liveBytes()).toBe(0);
    }
  });

  it("while the result is read fails the call", async () => {
    const device = await softwareDevice();
    const upscaler = await upscalerFor(device);
    await upscaler.prepare(8, 8);
    const { createCommandEncoder } = device;
    device.createCommandEncoder = (descriptor) => {
      if (descriptor?.label?.includes("read")) queueMicrotask(() => upscaler.destroy());
      return createCommandEncoder.call(device, descriptor);
    };
    made.push({ destroy: () => delete (device as Partial<GPUDevice>).createCommandEncoder });
    await expect(upscaler.upscale(picture(8, 8))).rejects.toMatchObject(gone);
  });
});

describe("a device that is lost", () => {
  const lost = { code: "device-lost", message: expect.stringMatching(/^The GPU device was lost \(.+\)$/) };

  it.each([0, 1, 5, 20, 100])("%i ms into the first call fails it and what waits, promptly", async (ms) => {
    const { device } = await ownDevice();
    const upscaler = await upscalerFor(device, LONG);
    const calls = [upscaler.upscale(picture(64, 48)), upscaler.upscale(picture(8, 8))];
    const start = performance.now();
    setTimeout(() => device.destroy(), ms);
    for (const call of await Promise.allSettled(calls))
      expect(call).toMatchObject({ status: "rejected", reason: lost });
    expect(performance.now() - start).toBeLessThan(ms + 3000);
    await expect(upscaler.upscale(picture(8, 8))).rejects.toMatchObject(lost);
    await expect(upscaler.prepare(9, 9)).rejects.toMatchObject(lost);
  });

  it("during a run fails it", async () => {
    const { device } = await ownDevice();
    const upscaler = await upscalerFor(device, LONG);
    await expect(upscaler.upscale(picture(16, 12), { onProgress: () => device.destroy() })).rejects.toMatchObject(lost);
  });

  it("before the first call fails it", async () => {
    const { device } = await ownDevice();
    const upscaler = await upscalerFor(device);
    device.destroy();
    await expect(upscaler.upscale(picture(8, 8))).rejects.toMatchObject(lost);
  });
});

describe("the device", () => {
  it("keeps its onuncapturederror, and sees no error", async () => {
    const device = await softwareDevice();
    const handler = vi.fn();
    device.onuncapturederror = handler;
    made.push({ destroy: () => (device.onuncapturederror = null) });
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
