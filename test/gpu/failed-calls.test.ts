// What stays of calls that fail, stand still or come too late: nothing.

import { afterEach, describe, expect, it, vi } from "vitest";
import { EsrganError } from "../../src/errors.js";
import { createUpscaler } from "../../src/upscaler.js";
import { randomPicture } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { countMemory } from "./memory.js";
import { MODEL, ownDevice } from "./upscalers.js";

afterEach(() => vi.restoreAllMocks());

const SOURCE = randomPicture(40, 30, 4);

function counted(device: GPUDevice) {
  const memory = countMemory(device);
  kept({ destroy: memory.stop });
  return memory;
}

describe("destroy()", () => {
  it.each([{ scale: 1.5 }, { scale: 3 }, { scale: 3, tta: true }, {}])(
    "frees paused strips at once: %j",
    async (options) => {
      const device = await softwareDevice();
      for (const memoryBudget of [undefined, 300_000]) {
        const memory = counted(device);
        const upscaler = kept(await createUpscaler(device, { model: MODEL, memoryBudget }));
        const strips = upscaler.strips(SOURCE, options);
        await strips.next();
        expect(memory.liveBytes()).toBeGreaterThan(0);
        upscaler.destroy();
        expect(memory.live()).toEqual([]);
        await expect(strips.next()).rejects.toThrow("destroyed");
        expect(memory.live()).toEqual([]);
      }
    },
  );
});

describe("a device that is lost", () => {
  it("is made nothing on, and what was prepared goes", async () => {
    const { device } = await ownDevice();
    const memory = counted(device);
    const upscaler = kept(await createUpscaler(device, { model: MODEL }));
    await upscaler.upscale(SOURCE);
    const { createBuffer } = device;
    const asked = vi.fn();
    device.destroy();
    device.createBuffer = (descriptor) => {
      asked(descriptor.label);
      return createBuffer.call(device, descriptor);
    };
    for (const call of [
      () => upscaler.upscale(SOURCE),
      () => upscaler.prepare(20, 20),
      () => upscaler.strips(SOURCE).next(),
      () => upscaler.createPass({ width: 8, height: 8, input: "rgba8unorm", output: "rgba8unorm" }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "device-lost" });
      expect(memory.live()).toEqual([]);
    }
    expect(asked).not.toHaveBeenCalled();
  });

  it("keeps no buffers of a call that it was lost under", async () => {
    const { device } = await ownDevice();
    const memory = counted(device);
    const upscaler = kept(await createUpscaler(device, { model: MODEL }));
    const { popErrorScope } = device;
    device.popErrorScope = () => {
      device.destroy();
      return popErrorScope.call(device);
    };
    await expect(upscaler.upscale(SOURCE)).rejects.toMatchObject({ code: "device-lost" });
    expect(memory.live()).toEqual([]);
  });
});

describe("an answer that the device refuses", () => {
  type Refuse = (device: GPUDevice, error: Error) => { mockRestore(): void };
  const refusals: readonly [string, Refuse][] = [
    [
      "mapAsync",
      (device, error) => {
        const { createBuffer } = device;
        return vi.spyOn(device, "createBuffer").mockImplementation((descriptor) => {
          const buffer = createBuffer.call(device, descriptor);
          buffer.mapAsync = () => Promise.reject(error);
          return buffer;
        });
      },
    ],
    ["popErrorScope", (device, error) => vi.spyOn(device, "popErrorScope").mockRejectedValue(error)],
    ["onSubmittedWorkDone", (device, error) => vi.spyOn(device.queue, "onSubmittedWorkDone").mockRejectedValue(error)],
  ];

  it.each(refusals)("%s is an EsrganError, frees everything, and the next call works", async (_, refuse) => {
    const { device } = await ownDevice();
    const memory = counted(device);
    const upscaler = kept(await createUpscaler(device, { model: MODEL }));
    const error = new DOMException("refused", "OperationError");
    const refusing = refuse(device, error);
    const failure = await upscaler.upscale(SOURCE, { scale: 1.5 }).catch((thrown: unknown) => thrown);
    refusing.mockRestore();
    expect(failure).toBeInstanceOf(EsrganError);
    expect(failure).toMatchObject({ code: "internal", cause: error });
    expect(memory.live()).toEqual([]);
    expect(await upscaler.upscale(SOURCE, { scale: 1.5 })).toMatchObject({ width: 60, height: 45 });
  });
});

it("writes wait for no submit where what they were for is destroyed", async () => {
  const { device } = await ownDevice();
  const { writeBuffer, submit } = device.queue;
  let waiting = 0;
  vi.spyOn(device.queue, "writeBuffer").mockImplementation((...args) => {
    waiting++;
    return writeBuffer.apply(device.queue, args);
  });
  vi.spyOn(device.queue, "submit").mockImplementation((...args) => {
    waiting = 0;
    return submit.apply(device.queue, args);
  });
  const prepared = kept(await createUpscaler(device, { model: MODEL }));
  await prepared.prepare(20, 20);
  expect(waiting).toBe(0);
  const upscaler = kept(await createUpscaler(device, { model: MODEL }));
  const stop = new AbortController();
  const { createBindGroup } = device;
  // The last thing before a tile is written.
  vi.spyOn(device, "createBindGroup").mockImplementation((descriptor) => {
    setTimeout(() => stop.abort());
    return createBindGroup.call(device, descriptor);
  });
  await expect(upscaler.upscale(SOURCE, { signal: stop.signal })).rejects.toThrow("abort");
  expect(waiting).toBe(0);
});

it("many calls on one signal listen to it once", async () => {
  const upscaler = kept(await createUpscaler(await softwareDevice(), { model: MODEL }));
  const stop = new AbortController();
  const listen = vi.spyOn(stop.signal, "addEventListener");
  const calls = Array.from({ length: 60 }, () => upscaler.upscale(SOURCE, { signal: stop.signal }));
  const outcomes = Promise.allSettled(calls);
  expect(listen).toHaveBeenCalledTimes(1);
  stop.abort(new Error("enough"));
  for (const each of await outcomes) expect(each).toMatchObject({ status: "rejected", reason: { message: "enough" } });
  await expect(upscaler.upscale(SOURCE)).resolves.toMatchObject({ width: 80 });
});

it("a source is read when the call is made, by upscale() and Upscalers", async () => {
  const device = await softwareDevice();
  const { upscale } = await import("../../src/upscale.js");
  const upscaler = kept(await createUpscaler(device, { model: MODEL, precision: "f32" }));
  const expected = await upscaler.upscale(SOURCE);
  const [first, second] = [SOURCE.data.slice(), SOURCE.data.slice()];
  const results = [
    upscaler.upscale({ ...SOURCE, data: first }),
    upscale(device, { ...SOURCE, data: second }, { model: MODEL, precision: "f32" }),
  ];
  first.fill(0);
  second.fill(0);
  for (const each of results) expect(await each).toEqual(expected);
});
