// The one-call API: that it keeps an Upscaler for the next call, and lets it go.

import { createHash } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { detectNetwork } from "../../src/models/detect.js";
import type { Model } from "../../src/models/model.js";
import type { WeightsLoader } from "../../src/models/named-weights.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { releaseAll, upscale } from "../../src/upscale.js";
import { createUpscaler } from "../../src/upscaler.js";
import { compactWeights } from "../cases/networks.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";
import { type BufferCount, countBuffers } from "./buffers.js";
import { softwareDevice } from "./device.js";
import { keptBytes } from "./planned-bytes.js";

const SOURCE: Pixels = {
  data: Uint8Array.from({ length: 60 }, (_, i) => i * 4),
  width: 5,
  height: 4,
  channels: 3,
  bits: 8,
};

/** A model of its own for each test, as what is kept goes by the model. */
function model(): Model {
  const network = detectNetwork(compactWeights({ scale: 2, blocks: 1, features: 4 }));
  return { name: "synthetic", network, byteLength: 0, metadata: {} };
}

/** Bytes of their own each time. */
function weights(): Uint8Array<ArrayBuffer> {
  return serializeSafetensors(compactWeights({ scale: 2, blocks: 1, features: 4 })).slice();
}

let count: BufferCount | undefined;
const timers: { run: () => void; ms: number; id: object }[] = [];

/** Timers of half a minute run when the test says so; others as ever. */
async function deviceWithHeldTimers(): Promise<GPUDevice> {
  const device = await softwareDevice();
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  vi.stubGlobal("setTimeout", (run: () => void, ms = 0, ...rest: unknown[]) => {
    if (ms < 1000) return set(run, ms, ...rest);
    const id = { unref: vi.fn() };
    timers.push({ run, ms, id });
    return id;
  });
  vi.stubGlobal("clearTimeout", (id: unknown) => {
    const at = timers.findIndex((timer) => timer.id === id);
    if (at < 0) return clear(id as NodeJS.Timeout);
    timers.splice(at, 1);
  });
  return device;
}

/** Those that let go of what upscale() keeps. Others are of idle time, on GPUs, which here never comes. */
const keeping = () => timers.filter(({ ms }) => ms === 30_000);

async function expire(): Promise<void> {
  const due = keeping();
  timers.length = 0;
  for (const { run } of due) run();
  await new Promise((resolve) => setImmediate(resolve));
}

afterEach(async () => {
  await expire();
  vi.unstubAllGlobals();
  count?.stop();
  count = undefined;
});

describe("upscale", () => {
  it("gives what an Upscaler gives, and keeps that for half a minute after the last call", async () => {
    const device = await deviceWithHeldTimers();
    const options = { model: model() };
    const upscaler = await createUpscaler(device, options);
    const expected = await upscaler.upscale(SOURCE);
    const kept = keptBytes(upscaler.plan(5, 4));
    upscaler.destroy();
    count = countBuffers(device);
    expect(await upscale(device, SOURCE, options)).toEqual(expected);
    const made = count.made();
    expect(await Promise.all([1, 2, 3].map(() => upscale(device, SOURCE, options)))).toEqual(
      new Array(3).fill(expected),
    );
    expect(count.made()).toBe(made);
    expect(count.liveBytes()).toBe(kept);
    expect(keeping()).toHaveLength(1);
    expect(keeping()[0]!.id).toMatchObject({ unref: expect.any(Function) });
    await expire();
    expect(count.liveBytes()).toBe(0);
    expect(await upscale(device, SOURCE, options)).toEqual(expected);
    expect(count.made()).toBe(2 * made);
  });

  it("keeps one for each model and precision", async () => {
    const device = await deviceWithHeldTimers();
    // On GPUs kernels are tried before their first picture.
    for (const precision of ["f32", "f16"] as const) await upscale(device, SOURCE, { model: model(), precision });
    await expire();
    count = countBuffers(device);
    const [first, second] = [model(), model()];
    await upscale(device, SOURCE, { model: first });
    const made = count.made();
    await upscale(device, SOURCE, { model: second });
    await upscale(device, SOURCE, { model: first, precision: "f16" });
    expect(count.made()).toBe(3 * made);
    await upscale(device, SOURCE, { model: first });
    await upscale(device, SOURCE, { model: second });
    await upscale(device, SOURCE, { model: first, precision: "f16" });
    expect(count.made()).toBe(3 * made);
    expect(keeping()).toHaveLength(3);
  });

  it("after a failed call still keeps the Upscaler, after a failed model none", async () => {
    const device = await deviceWithHeldTimers();
    count = countBuffers(device);
    const options = { model: model() };
    await upscale(device, SOURCE, options);
    const made = count.made();
    await expect(upscale(device, { ...SOURCE, width: 6 }, options)).rejects.toMatchObject({ code: "bad-input" });
    await upscale(device, SOURCE, options);
    expect(count.made()).toBe(made);
    let loads = 0;
    const broken = { model: async () => (loads++ === 0 ? new Uint8Array(3) : Promise.reject(new Error("again"))) };
    await expect(upscale(device, SOURCE, broken)).rejects.toMatchObject({ code: "bad-weights" });
    await expect(upscale(device, SOURCE, broken)).rejects.toThrow("again");
  });

  it("the timer of a call that failed leaves what came later", async () => {
    const device = await deviceWithHeldTimers();
    let loads = 0;
    const source = async () => {
      if (loads++ === 0) throw new Error("offline");
      return serializeSafetensors(compactWeights({ scale: 2, features: 4 }));
    };
    await expect(upscale(device, SOURCE, { model: source })).rejects.toThrow("offline");
    const [stale] = timers.splice(0);
    count = countBuffers(device);
    await upscale(device, SOURCE, { model: source });
    const made = count.made();
    stale?.run();
    await upscale(device, SOURCE, { model: source });
    expect(count.made()).toBe(made);
    expect(loads).toBe(2);
  });

  it("loads an inline URL once, whichever object it is", async () => {
    const device = await deviceWithHeldTimers();
    const fetched = vi.fn(async () => new Response(weights().slice()));
    vi.stubGlobal("fetch", fetched);
    count = countBuffers(device);
    const at = () => ({ model: new URL("https://host.test/a.safetensors") });
    await upscale(device, SOURCE, at());
    const made = count.made();
    await upscale(device, SOURCE, at());
    await upscale(device, SOURCE, { model: at().model.href });
    expect(count.made()).toBe(made);
    await Promise.all([upscale(device, SOURCE, { ...at(), precision: "f16" }), upscale(device, SOURCE, at())]);
    expect(fetched).toHaveBeenCalledTimes(1);
    // What is at an address may be another by the time that nothing of it is left.
    await expire();
    await upscale(device, SOURCE, at());
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it("reads what an object gives once for as long as there is the object", async () => {
    const device = await deviceWithHeldTimers();
    // It can be read but once.
    const options = { model: new Response(weights().slice()) };
    const expected = await upscale(device, SOURCE, options);
    await expire();
    expect(await upscale(device, SOURCE, options)).toEqual(expected);
    expect(await upscale(device, SOURCE, { ...options, precision: "f32" })).toEqual(expected);
  });

  it("takes bytes of one SHA-256 for one model, and checks it", async () => {
    const device = await deviceWithHeldTimers();
    count = countBuffers(device);
    const sha256 = createHash("sha256").update(weights()).digest("hex");
    await upscale(device, SOURCE, { model: weights(), load: { sha256 } });
    const made = count.made();
    await upscale(device, SOURCE, { model: weights(), load: { sha256: sha256.toUpperCase() } });
    expect(count.made()).toBe(made);
    const wrong = { model: weights(), load: { sha256: "0".repeat(64) } };
    await expect(upscale(device, SOURCE, wrong)).rejects.toMatchObject({ code: "bad-weights" });
    const bytes = weights();
    await upscale(device, SOURCE, { model: bytes });
    await expect(upscale(device, SOURCE, { ...wrong, model: bytes })).rejects.toMatchObject({ code: "bad-weights" });
  });

  it("stops waiting for a model with either signal, and the next call loads it", async () => {
    const device = await deviceWithHeldTimers();
    let loads = 0;
    const signals: (AbortSignal | undefined)[] = [];
    const model: WeightsLoader = ({ signal }) => {
      signals.push(signal);
      return ++loads < 3 ? new Promise(() => {}) : weights();
    };
    for (const which of ["own", "load"]) {
      const stop = new AbortController();
      const { signal } = stop;
      const load = { signal: which === "load" ? signal : new AbortController().signal };
      const options = which === "load" ? { model, load } : { model, load, signal };
      const call = upscale(device, SOURCE, options);
      await vi.waitFor(() => expect(signals).toHaveLength(which === "own" ? 1 : 2));
      stop.abort(new Error(which));
      await expect(call).rejects.toThrow(which);
      expect(signals.at(-1)!.aborted).toBe(true);
    }
    expect(await upscale(device, SOURCE, { model })).toMatchObject({ width: 10 });
  });

  it("with releaseAll() frees everything of one device at once, and starts anew", async () => {
    const device = await deviceWithHeldTimers();
    count = countBuffers(device);
    let loads = 0;
    const loader = () => {
      loads++;
      return weights();
    };
    const expected = await upscale(device, SOURCE, { model: loader });
    await upscale(device, SOURCE, { model: loader, precision: "f16" });
    await upscale(device, SOURCE, { model: model() });
    expect(count.liveBytes()).toBeGreaterThan(0);
    releaseAll(device);
    await new Promise((resolve) => setImmediate(resolve));
    expect(count.liveBytes()).toBe(0);
    expect(timers).toEqual([]);
    expect(await upscale(device, SOURCE, { model: loader })).toEqual(expected);
    expect(loads).toBe(2);
    // What runs or loads meanwhile fails, and leaves nothing.
    const running = upscale(device, SOURCE, { model: loader });
    const loading = upscale(device, SOURCE, { model: async () => weights() });
    releaseAll(device);
    await expect(running).rejects.toMatchObject({ code: "bad-input" });
    await expect(loading).rejects.toMatchObject({ message: "The device was released with releaseAll()" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(count.liveBytes()).toBe(0);
    expect(timers).toEqual([]);
    releaseAll(device);
    expect(() => releaseAll(undefined as unknown as GPUDevice)).toThrow("releaseAll takes a GPUDevice, got undefined");
  });

  it.each([null, undefined, 5, {}])("refuses %o as a device", async (device) => {
    await expect(upscale(device as unknown as GPUDevice, SOURCE)).rejects.toMatchObject({
      code: "bad-input",
      message: `upscale takes a GPUDevice, got ${device === null ? "null" : typeof device}`,
    });
  });
});
