// Tuning that nobody asks for: in idle time, in slices, stopped by calls, kept between runs.

import { describe, expect, it, vi } from "vitest";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { keepTuningIn } from "../../src/gpu/tuning-store.js";
import { fuse } from "../../src/graph/fuse.js";
import { IdleTuning } from "../../src/job/idle-tuning.js";
import type { ConvVariant } from "../../src/ops/conv2d.kernels.js";
import { formOf } from "../../src/plan/plan-convs.js";
import { candidates, costliest, type TunedChoice, type TuningTable } from "../../src/plan/tuning.js";
import { createUpscaler, type Upscaler, type UpscalerOptions } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomPicture } from "../cases/random.js";
import { trulySoftwareDevice } from "./device.js";
import { encoderLabels, type FakeGpu, fakeGpu, storeIn } from "./fake-gpu.js";
import { kept } from "./kept.js";
import { countMemory } from "./memory.js";

const MODEL = modelOf(compactWeights({ scale: 2, blocks: 1, features: 4 }));
const FUSED = fuse(MODEL.network.graph);
const PICTURE = randomPicture(12, 10, 3);
const NEVER = new AbortController().signal;
const isTuning = (label: string) => label === "esrgan-webgpu tune";

function tuningOf({ device }: FakeGpu, options: Partial<ConstructorParameters<typeof IdleTuning>[0]> = {}) {
  const tables: TuningTable[] = [];
  const tuning = new IdleTuning({
    device,
    fused: FUSED,
    capabilities: capabilitiesOf(device),
    storage: "f32",
    room: () => 2 ** 30,
    // A software adapter needs as long for a dispatch as a GPU for a slice.
    mostSliceMs: 100,
    use: async (table) => {
      tables.push(table);
    },
    ...options,
  });
  return { tuning, tables };
}

/** The kept table, of which there is one. */
function tableIn(values: Map<string, unknown>): TuningTable | undefined {
  const found = [...values].filter(([key]) => key.startsWith("kernels "));
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.[1] as TuningTable | undefined;
}

async function upscalerOn(gpu: FakeGpu, options: UpscalerOptions = {}): Promise<Upscaler> {
  return kept(await createUpscaler(gpu.device, { model: MODEL, precision: "f32", ...options }));
}

const variantsOf = (measured: readonly { readonly variant: ConvVariant }[]) =>
  new Set(measured.map(({ variant }) => JSON.stringify(variant)));

describe("measuring in idle time", () => {
  // One test, as what compiles takes longer than what is measured.
  it("times each candidate of each form in the room there is, however often it is stopped, and leaves nothing", async () => {
    const gpu = await fakeGpu();
    const memory = countMemory(gpu.device);
    kept({ destroy: memory.stop });
    const { createComputePipelineAsync } = gpu.device;
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const early = new AbortController();
    gpu.device.createComputePipelineAsync = async (descriptor) => {
      early.abort();
      await held;
      return createComputePipelineAsync.call(gpu.device, descriptor);
    };
    const { tuning, tables } = tuningOf(gpu, { room: () => 4 * 2 ** 20 });
    // It waits for no compiler.
    expect(await tuning.run(early.signal)).toBe(false);
    expect(memory.liveBytes()).toBe(0);
    go();
    let runs = 0;
    for (let isDone = false; !isDone; runs++) {
      const stop = new AbortController();
      const before = gpu.encoders.filter(isTuning).length;
      const stopLater = setInterval(() => {
        if (gpu.encoders.filter(isTuning).length > before + 20) stop.abort();
      }, 1);
      isDone = await tuning.run(stop.signal);
      clearInterval(stopLater);
      expect(memory.liveBytes()).toBe(0);
      expect(runs).toBeLessThan(50);
    }
    expect(runs).toBeGreaterThan(1);
    expect(memory.peakBytes()).toBeLessThan(2 ** 20 * 1.1);
    const [table] = tables;
    expect(tables).toHaveLength(1);
    expect(table!.choices).toHaveLength(costliest(FUSED).length);
    for (const { form, variant, measured } of table!.choices) {
      const wanted = candidates(capabilitiesOf(gpu.device), form, "f32");
      expect(variantsOf(measured)).toEqual(variantsOf(wanted.map((each) => ({ variant: each }))));
      expect(measured.every(({ ms }) => ms! > 0)).toBe(true);
      expect(variantsOf(measured)).toContain(JSON.stringify(variant));
    }
  });

  it("trusts no kernel that is refused or computes something else", async () => {
    for (const faults of [{ refuses: /direct 4x1x4/ }, { isWrongIn: /direct 4x1x4/ }]) {
      const { tuning, tables } = tuningOf(await fakeGpu(faults));
      expect(await tuning.run(NEVER)).toBe(true);
      const { choices } = tables[0]!;
      expect(choices.length).toBeGreaterThan(0);
      for (const { variant, measured } of choices) {
        expect(variant).toMatchObject({ pixelsX: 2 });
        const other = measured.find((each) => JSON.stringify(each.variant).includes('"pixelsX":4'));
        expect(other).toMatchObject({ ms: undefined, refused: expect.stringMatching(/refused|differs/) });
      }
    }
  });

  it("leaves devices alone that are too slow, or have no room", async () => {
    for (const options of [{ mostSliceMs: 1e-3 }, { room: () => 1000 }]) {
      const { tuning, tables } = tuningOf(await fakeGpu(), options);
      expect(await tuning.run(NEVER)).toBe(true);
      expect(tables.map(({ choices }) => choices)).toEqual([[]]);
    }
  });
});

describe("an Upscaler", () => {
  it("measures after its first call, never during one, and keeps what it found", async () => {
    const gpu = await fakeGpu();
    const values = new Map<string, unknown>();
    keepTuningIn(gpu.device, storeIn(values));
    const upscaler = await upscalerOn(gpu);
    const first = await upscaler.upscale(PICTURE);
    expect(gpu.encoders.some(isTuning)).toBe(false);
    await vi.waitFor(() => expect(gpu.encoders.some(isTuning)).toBe(true), { timeout: 20_000, interval: 1 });
    // It is at work now; a call stops it.
    const during: number[] = [];
    const onProgress = () => during.push(gpu.encoders.filter(isTuning).length);
    const second = await upscaler.upscale(PICTURE, { onProgress });
    expect(new Set(during).size).toBe(1);
    expect([...second.data]).toEqual([...first.data]);
    await vi.waitFor(() => expect(tableIn(values)).toBeDefined(), { timeout: 30_000, interval: 50 });
    const third = await upscaler.upscale(PICTURE);
    expect(Math.max(...third.data.map((level, i) => Math.abs(level - first.data[i]!)))).toBeLessThanOrEqual(1);
  });

  it("uses what was kept from its first picture on, and measures nothing", async () => {
    const gpu = await fakeGpu();
    const values = new Map<string, unknown>();
    keepTuningIn(gpu.device, storeIn(values));
    const slow = await upscalerOn(gpu);
    const own = slow.plan(12, 10).steps;
    await slow.upscale(PICTURE);
    await vi.waitFor(() => expect(tableIn(values)).toBeDefined(), { timeout: 30_000, interval: 50 });
    slow.destroy();
    // A table of other kernels takes the place of the kept one, so that what it says shows.
    const capabilities = capabilitiesOf(gpu.device);
    const choices = costliest(FUSED).map((conv): TunedChoice => {
      const form = formOf(conv);
      const all = candidates(capabilities, form, "f32");
      return { form, variant: all.find((each) => JSON.stringify(each).includes('"pixelsX":4'))!, measured: [] };
    });
    const table: TuningTable = { ...tableIn(values)!, choices };
    for (const key of values.keys()) if (key.startsWith("kernels ")) values.set(key, table);
    const before = gpu.encoders.filter(isTuning).length;
    const upscaler = await upscalerOn(gpu);
    expect(upscaler.plan(12, 10).reason).toMatch(/as measured on this device/);
    expect(upscaler.plan(12, 10).steps).not.toEqual(own);
    await upscaler.upscale(PICTURE);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(gpu.encoders.filter(isTuning).length).toBe(before);
    // What is none is as if there were nothing, and so is a store that fails.
    for (const broken of [null, 5, "x", [], {}, { ...table, device: "another" }, { ...table, choices: [null] }]) {
      for (const key of values.keys()) if (key.startsWith("kernels ")) values.set(key, broken);
      expect((await upscalerOn(gpu)).plan(12, 10).steps).toEqual(own);
    }
    const fails = () => Promise.reject(new Error("no store"));
    keepTuningIn(gpu.device, { load: fails, save: fails });
    expect((await upscalerOn(gpu)).plan(12, 10).steps).toEqual(own);
  });

  it("measures nothing where it is off, destroyed or on a software adapter", async () => {
    const gpu = await fakeGpu();
    const software = await trulySoftwareDevice();
    const made = [encoderLabels(gpu.device), encoderLabels(software)];
    await (await upscalerOn(gpu, { tuning: "off" })).upscale(PICTURE);
    await kept(await createUpscaler(software, { model: MODEL, precision: "f32" })).upscale(PICTURE);
    // Last, as it would begin a second after its call.
    const destroyed = await upscalerOn(gpu);
    await destroyed.upscale(PICTURE);
    destroyed.destroy();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const labels of made) {
      expect(labels.length).toBeGreaterThan(0);
      expect(labels.some(isTuning)).toBe(false);
    }
  });

  it("refuses a word that it does not know", async () => {
    const gpu = await fakeGpu();
    await expect(upscalerOn(gpu, { tuning: "always" as "auto" })).rejects.toThrow(
      /tuning must be "auto", "off" or a table/,
    );
  });
});
