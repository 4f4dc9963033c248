// What a pass owns on its device: as much as it says, nothing after it was destroyed or could not be made.

import { describe, expect, it } from "vitest";
import { FLAG_BYTES } from "../../src/gpu/buffers.js";
import type { PassOptions } from "../../src/job/pass-options.js";
import { type OpenedDevice, openDevice } from "../../src/node/index.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { countMemory } from "./memory.js";
import {
  counted,
  encoded,
  inputOf,
  outputFor,
  passOf,
  rgba,
  smallUpscaler,
  withoutBgraStorage,
  wrongValues,
} from "./pass-run.js";

/** A device that a test may break. */
async function ownDevice(): Promise<OpenedDevice> {
  await softwareDevice(); // skips the test where there is none
  return kept(await openDevice({ adapter: process.env.ESRGAN_TEST_ADAPTER ?? "swiftshader" }));
}

const SIZE = { width: 60, height: 40 };
const PLAIN = { ...SIZE, input: "rgba8unorm", output: "rgba8unorm" } as const;
/** With every kind of object that a pass may own. */
const RICH = { ...SIZE, input: "rgba16float", output: "bgra8unorm-srgb", alpha: "straight" } as const;

const FORMS: [string, PassOptions, number | undefined][] = [
  ["one region", PLAIN, undefined],
  ["alpha, a copy of the input and two textures before the output", RICH, undefined],
  ["several regions in bands", { ...RICH, maxSliceMs: 0.05 }, 250_000],
];

describe("bytes", () => {
  it.each(FORMS)(
    "of a pass with %s are what the device counts, within the budget",
    async (_, options, memoryBudget) => {
      const device = await softwareDevice();
      withoutBgraStorage(device);
      const owner = await smallUpscaler({ memoryBudget });
      const calls = counted(device);
      const pass = await passOf(owner, options);
      expect(calls.liveBytes()).toBe(pass.bytes - FLAG_BYTES);
      const memory = countMemory(device);
      expect(await Promise.all([pass.overflowed(), pass.overflowed()])).toEqual([false, false]);
      expect([memory.maps(), memory.peakBytes(), memory.liveBytes()]).toEqual([2, FLAG_BYTES, 0]);
      memory.stop();
      if (memoryBudget !== undefined) {
        expect(pass.plan.regions.length).toBeGreaterThan(1);
        expect(pass.bytes).toBeLessThanOrEqual(memoryBudget);
      }
      pass.destroy();
      expect([calls.live(), calls.liveBytes()]).toEqual([0, 0]);
    },
  );
});

describe("creation that fails", () => {
  it("leaves nothing alive, whichever buffer or texture the device has no memory for", async () => {
    const device = await softwareDevice();
    withoutBgraStorage(device);
    const owner = await smallUpscaler();
    const options = { ...RICH, width: 4, height: 4, maxSliceMs: 1e9 };
    const calls = counted(device);
    (await passOf(owner, options)).destroy();
    const { createBuffer, createTexture } = calls.take();
    // The copy, two to fill it in with, and two before the output.
    expect([createBuffer! > 5, createTexture]).toEqual([true, 5]);
    for (let nth = 1; nth <= createBuffer! + createTexture!; nth++) {
      calls.failFrom(nth, new RangeError("no more memory"));
      await expect(owner.createPass(options)).rejects.toMatchObject({ code: "out-of-memory" });
      expect(calls.live(), `object ${nth}`).toBe(0);
    }
  });

  it("on memory is tried again with smaller tiles", async () => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const source = rgba(60, 40);
    const expected = (await owner.upscale(source)).data;
    const whole = await passOf(owner, PLAIN);
    const calls = counted(device);
    const { createBuffer } = device;
    device.createBuffer = (descriptor) => {
      if (calls.liveBytes() + descriptor.size > whole.bytes * 0.6) throw new RangeError("no more memory");
      return createBuffer(descriptor);
    };
    const pass = await passOf(owner, PLAIN);
    expect(whole.plan.regions).toHaveLength(1);
    expect(pass.plan.regions.length).toBeGreaterThan(1);
    expect(pass.bytes - FLAG_BYTES).toBe(calls.liveBytes());
    calls.stop();
    const from = inputOf(device, source, "rgba8unorm");
    expect(wrongValues(await encoded(device, pass, from, outputFor(device, pass, "rgba8unorm")), expected)).toBe(0);
  });

  it.each(["createComputePipelineAsync", "createRenderPipelineAsync"] as const)(
    "on a kernel that %s refuses leaves nothing alive",
    async (method) => {
      const { device } = await ownDevice();
      withoutBgraStorage(device);
      const owner = await smallUpscaler({ device });
      const calls = counted(device);
      Object.assign(device, { [method]: () => Promise.reject(new Error("too many registers")) });
      await expect(owner.createPass(RICH)).rejects.toMatchObject({
        code: "internal",
        message: expect.stringMatching(/^The device refused .*: too many registers$/),
      });
      expect(calls.live()).toBe(0);
      calls.stop();
      await passOf(owner, RICH);
    },
  );

  it.each([PLAIN, { ...PLAIN, maxSliceMs: 1 }])(
    "on a device that is lost meanwhile is said so: %j",
    async (options) => {
      const { device } = await ownDevice();
      const owner = await smallUpscaler({ device });
      const making = owner.createPass(options);
      device.destroy();
      await expect(making).rejects.toMatchObject({ code: "device-lost" });
    },
  );

  it("is said so for a device that is lost already, and by overflowed()", async () => {
    const { device } = await ownDevice();
    const owner = await smallUpscaler({ device });
    const pass = await passOf(owner, PLAIN);
    device.destroy();
    await device.lost;
    await expect(owner.createPass(PLAIN)).rejects.toMatchObject({ code: "device-lost" });
    await expect(pass.overflowed()).rejects.toMatchObject({ code: "device-lost" });
  });
});
