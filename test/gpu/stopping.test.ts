// How soon a call that is aborted answers while something else than its own work is under way: planning, compiling and packing.

import { beforeEach, describe, expect, it, vi } from "vitest";
import { superResolve } from "../../src/multi-frame/index.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { createUpscaler, type Strip, type Upscaler } from "../../src/upscaler.js";
import { randomPicture } from "../cases/random.js";
import { kept } from "./kept.js";
import { countMemory, type MemoryCount } from "./memory.js";
import { MODEL, ownDevice } from "./upscalers.js";

const SOURCE = randomPicture(20, 16, 4);
const OPAQUE = randomPicture(20, 16, 3);
const REASON = new Error("enough");

type Call = (upscaler: Upscaler, signal: AbortSignal, source?: Pixels) => Promise<unknown>;

const FRAMES = [SOURCE, SOURCE];
const SHIFTS = [
  { x: 0, y: 0 },
  { x: 0.5, y: 0.25 },
];

const FORMATS = { input: "rgba8unorm", output: "rgba8unorm" } as const;

const CALLS: Readonly<Record<string, Call>> = {
  upscale: (upscaler, signal, source = SOURCE) => upscaler.upscale(source, { signal }),
  "upscale with a resize": (upscaler, signal, source = SOURCE) => upscaler.upscale(source, { signal, scale: 1.5 }),
  strips: (upscaler, signal, source = SOURCE) =>
    upscaler.strips(source, { signal }).next() as Promise<IteratorResult<Strip>>,
  prepare: (upscaler, signal) => upscaler.prepare(20, 16, { signal }),
  createPass: (upscaler, signal) => upscaler.createPass({ width: 20, height: 16, ...FORMATS, signal }),
  "createPass with short slices": (upscaler, signal) =>
    upscaler.createPass({ width: 20, height: 16, ...FORMATS, maxSliceMs: 5, signal }),
  tune: (upscaler, signal) => upscaler.tune({ software: true, signal }),
  superResolve: (_, signal) => superResolve(device, FRAMES, { shifts: SHIFTS, signal }),
  "a call that waits": (upscaler, signal) => {
    upscaler.upscale(SOURCE).catch(() => {});
    return upscaler.upscale(SOURCE, { signal });
  },
};

const PLANNED = ["upscale", "upscale with a resize", "strips", "prepare", "createPass"] as const;

let device: GPUDevice;
let memory: MemoryCount;

beforeEach(async () => {
  ({ device } = await ownDevice());
  memory = countMemory(device);
  kept({ destroy: memory.stop });
});

async function upscaler(): Promise<Upscaler> {
  return kept(await createUpscaler(device, { model: MODEL, tuning: "off" }));
}

describe.each(Object.entries(CALLS))("%s", (name, call) => {
  it("is answered while a compiler takes for ever, and leaves nothing", async () => {
    const controller = new AbortController();
    // The wait ends with the test.
    device.createComputePipelineAsync = () => {
      setTimeout(() => controller.abort(REASON));
      return new Promise(() => {});
    };
    await expect(call(await upscaler(), controller.signal)).rejects.toBe(REASON);
    if (name !== "a call that waits") expect(memory.live()).toEqual([]);
  });

  it("is answered between two weights, and leaves nothing", async () => {
    const controller = new AbortController();
    const { writeBuffer } = device.queue;
    let written = 0;
    device.queue.writeBuffer = (...args: Parameters<typeof writeBuffer>) => {
      written++;
      controller.abort(REASON);
      return writeBuffer.apply(device.queue, args);
    };
    await expect(call(await upscaler(), controller.signal)).rejects.toBe(REASON);
    if (name === "a call that waits") return;
    // Merging has no weights: its tables are written once its kernels are there.
    if (name !== "superResolve") expect(written).toBe(1);
    expect(memory.live()).toEqual([]);
  });
});

it.each(PLANNED)("%s is answered between two pieces of its plan, before anything is made", async (name) => {
  const one = await upscaler();
  const controller = new AbortController();
  // Each look at the clock finds that a turn has lasted long enough.
  let looks = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => {
    if (++looks === 10) controller.abort(REASON);
    return looks * 1000;
  });
  kept({ destroy: () => clock.mockRestore() });
  await expect(CALLS[name]!(one, controller.signal, OPAQUE)).rejects.toBe(REASON);
  expect(looks).toBeLessThan(15);
  expect(memory.peakBytes()).toBe(0);
});

it("an Upscaler whose call was aborted while kernels compiled does the next one", async () => {
  const one = await upscaler();
  const controller = new AbortController();
  const { createComputePipelineAsync } = device;
  device.createComputePipelineAsync = (...args: Parameters<typeof createComputePipelineAsync>) => {
    setTimeout(() => controller.abort(REASON));
    return createComputePipelineAsync.apply(device, args);
  };
  await expect(one.upscale(SOURCE, { signal: controller.signal })).rejects.toBe(REASON);
  expect(await one.upscale(SOURCE)).toMatchObject({ width: 40, height: 32 });
});

/** Has each call of a method take the thread for longer than a turn of the event loop should, and counts calls that shared a turn. */
function slowedDown(owner: object, method: string): { calls: number; sharedTurns: number } {
  const own = Reflect.get(owner, method) as (...args: unknown[]) => unknown;
  const found = { calls: 0, sharedTurns: 0 };
  let isSameTurn = false;
  Reflect.set(owner, method, (...args: unknown[]) => {
    found.calls++;
    if (isSameTurn) found.sharedTurns++;
    isSameTurn = true;
    setTimeout(() => {
      isSameTurn = false;
    });
    for (const start = performance.now(); performance.now() - start < 25; );
    return own.apply(owner, args);
  });
  return found;
}

it("a call hands the thread back between the shaders that it has parsed", async () => {
  const shaders = slowedDown(device, "createShaderModule");
  await (await upscaler()).upscale(SOURCE);
  expect(shaders.calls).toBeGreaterThan(2);
  expect(shaders.sharedTurns).toBe(0);
});

it("devices that are destroyed while kernels compile for a call that was aborted leave the process whole", async () => {
  for (let round = 0; round < 10; round++) {
    const opened = await ownDevice();
    const controller = new AbortController();
    const { createComputePipelineAsync } = opened.device;
    opened.device.createComputePipelineAsync = (...args: Parameters<typeof createComputePipelineAsync>) => {
      setTimeout(() => controller.abort(REASON));
      return createComputePipelineAsync.apply(opened.device, args);
    };
    const one = await createUpscaler(opened.device, { model: MODEL, tuning: "off" });
    await expect(one.upscale(SOURCE, { signal: controller.signal })).rejects.toBe(REASON);
    one.destroy();
    opened.destroy();
  }
});
