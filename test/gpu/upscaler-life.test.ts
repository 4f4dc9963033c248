// The life of an Upscaler on a device: what it keeps and gives back, what happens when calls are aborted, when it is destroyed and
// when its device is lost.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { randomPicture as picture } from "../cases/random.js";
import { countBuffers } from "./buffers.js";
import { softwareDevice } from "./device.js";
import { keptBytes, requirePeak } from "./planned-bytes.js";
import { counted, LONG, ownDevice, owned, upscalerFor } from "./upscalers.js";

/** How often the same picture is run for the count of what stays; more by hand. */
const REPEATS = Number(process.env.ESRGAN_TEST_REPEATS ?? 30);

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
      expect(count.liveBytes(), JSON.stringify({ width, height, channels, bits, options })).toBe(keptBytes(plan));
      requirePeak(device, plan);
    }
    const largest = upscaler.plan(64, 48, { channels: 4 });
    expect(count.peakBytes()).toBe(keptBytes(largest));
    upscaler.destroy();
    expect(count.liveBytes()).toBe(0);
  });

  it("is taken once for pictures of one form, and with prepare before the first", async () => {
    const device = await softwareDevice();
    const count = counted(device);
    const upscaler = await upscalerFor(device);
    expect(count.made()).toBe(0);
    await upscaler.prepare(12, 8, { bits: 16 });
    expect(count.liveBytes()).toBe(keptBytes(upscaler.plan(12, 8, { bits: 16 })));
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
    expect(count.liveBytes()).toBe(keptBytes(upscaler.plan(8, 8)));
  });
});

function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

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
    // Kernels are compiled before, since compiling waits too.
    const first = await upscalerFor(device);
    await first.prepare(8, 8);
    first.destroy();
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
      // Where the weights have gone, no others are made.
      expect(waits).toBe(at <= 2 ? 2 : 4);
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
    owned({ destroy: () => delete (device as Partial<GPUDevice>).createCommandEncoder });
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
