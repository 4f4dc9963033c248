// upscale() and createUpscaler() with weights that are still coming: what is done before they are all there, that nothing runs before they were found right, and that
// nothing stays of a load that ends badly.

import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Pixels } from "../../src/ops/pixels.js";
import { releaseAll, upscale } from "../../src/upscale.js";
import { createUpscaler, upscalerFor } from "../../src/upscaler.js";
import { compactWeights, rrdbWeights } from "../cases/networks.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";
import { softwareDevice } from "./device.js";
import { countMemory, type MemoryCount } from "./memory.js";

const SOURCE: Pixels = {
  data: Uint8Array.from({ length: 240 }, (_, i) => i),
  width: 10,
  height: 8,
  channels: 3,
  bits: 8,
};
const FILE = serializeSafetensors(rrdbWeights({ blocks: 2, features: 16, growth: 8 }));
const SHA256 = createHash("sha256").update(FILE).digest("hex");
const CHUNK = 2000;

/** An answer that comes in chunks, the last of them once it is released. */
function held(file = FILE) {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const cancel = vi.fn();
  let at = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (at + CHUNK >= file.length) await released;
      const chunk = file.slice(at, at + CHUNK);
      at += CHUNK;
      if (chunk.length > 0) controller.enqueue(chunk);
      else controller.close();
    },
    cancel,
  });
  return { response: new Response(body), release, cancel };
}

/** What was asked of the device since. */
interface Work {
  pipelines: number;
  weightBytes: number;
  passes: number;
}

let device: GPUDevice;
let memory: MemoryCount;
let work: Work;

beforeEach(async () => {
  device = await softwareDevice();
  memory = countMemory(device);
  work = { pipelines: 0, weightBytes: 0, passes: 0 };
  const create = vi.spyOn(device, "createCommandEncoder");
  const { createCommandEncoder } = Object.getPrototypeOf(device) as GPUDevice;
  create.mockImplementation((...args) => {
    const encoder = createCommandEncoder.apply(device, args);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (descriptor) => {
      work.passes++;
      return begin(descriptor);
    };
    return encoder;
  });
  const { createComputePipelineAsync } = Object.getPrototypeOf(device) as GPUDevice;
  vi.spyOn(device, "createComputePipelineAsync").mockImplementation((descriptor) => {
    work.pipelines++;
    return createComputePipelineAsync.call(device, descriptor);
  });
  const { queue } = device;
  const write = queue.writeBuffer.bind(queue);
  vi.spyOn(queue, "writeBuffer").mockImplementation((buffer, offset, data, from, size) => {
    if (buffer.label === "esrgan-webgpu weights") work.weightBytes += size ?? data.byteLength;
    write(buffer, offset, data as Uint8Array<ArrayBuffer>, from, size);
  });
});

afterEach(() => {
  releaseAll(device);
  vi.restoreAllMocks();
  memory.stop();
});

/** Waits until nothing more is done on the device. */
async function settled(): Promise<Work> {
  await vi.waitFor(() => expect(work.pipelines).toBeGreaterThan(0), { timeout: 60_000 });
  for (let before = ""; before !== JSON.stringify(work); ) {
    before = JSON.stringify(work);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return { ...work };
}

describe("weights that come", () => {
  it("are packed as they do, in compiled kernels, and run once they were found right", async () => {
    const expected = await upscale(device, SOURCE, { model: FILE.slice(), output: "pixels" });
    const whole = { ...work };
    releaseAll(device);
    work = { pipelines: 0, weightBytes: 0, passes: 0 };
    const { response, release } = held();
    const result = upscale(device, SOURCE, { model: response, output: "pixels", load: { sha256: SHA256 } });
    const { weightBytes, passes } = await settledWeights(whole.weightBytes);
    expect(passes).toBe(0);
    expect(weightBytes).toBeLessThan(whole.weightBytes);
    release();
    expect((await result).data).toEqual(expected.data);
    expect(work.weightBytes).toBe(whole.weightBytes);
    expect(work.passes).toBeGreaterThan(0);
  });

  it("have their kernels compiled meanwhile, and none later", async () => {
    // Of a size and precision that no other test here has, so that these are compiled for it.
    const own = serializeSafetensors(rrdbWeights({ blocks: 1, features: 12, growth: 12 }));
    const { response, release } = held(own);
    const result = upscale(device, SOURCE, { model: response, output: "pixels" });
    const { pipelines } = await settled();
    release();
    await result;
    expect(work.pipelines).toBe(pipelines);
  });
});

/** Waits until nine tenths of the weights are on the device. */
async function settledWeights(all: number): Promise<Work> {
  await vi.waitFor(() => expect(work.weightBytes).toBeGreaterThan(0.9 * all), { timeout: 60_000 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { ...work };
}

describe("a load that ends badly leaves nothing", () => {
  const liveAfter = () => vi.waitFor(() => expect(memory.live()).toEqual([]), { timeout: 30_000 });
  const begun = () => vi.waitFor(() => expect(work.weightBytes).toBeGreaterThan(0), { timeout: 60_000 });

  it("with another SHA-256, and runs nothing", async () => {
    const { response, release } = held();
    const load = { sha256: "0".repeat(64) };
    const result = upscale(device, SOURCE, { model: response, output: "pixels", load });
    result.catch(() => {});
    await begun();
    expect(memory.live()).toContain("esrgan-webgpu weights");
    release();
    await expect(result).rejects.toMatchObject({ code: "bad-weights", message: expect.stringContaining("SHA-256") });
    await liveAfter();
    expect(work.passes).toBe(0);
  });

  it("where it is stopped", async () => {
    const { response, cancel } = held();
    const stop = new AbortController();
    const result = upscale(device, SOURCE, { model: response, output: "pixels", signal: stop.signal });
    result.catch(() => {});
    await begun();
    stop.abort("enough");
    await expect(result).rejects.toBe("enough");
    expect(cancel).toHaveBeenCalled();
    await liveAfter();
  });

  it("where all is released", async () => {
    const { response, release } = held();
    const result = upscale(device, SOURCE, { model: response, output: "pixels" });
    result.catch(() => {});
    await begun();
    releaseAll(device);
    release();
    await expect(result).rejects.toMatchObject({ code: "bad-input" });
    await liveAfter();
  });
});

it("callers that share a load share what is prepared, and one that leaves takes nothing from the others", async () => {
  const expected = await upscale(device, SOURCE, { model: FILE.slice(), output: "pixels" });
  const whole = { ...work };
  releaseAll(device);
  work = { pipelines: 0, weightBytes: 0, passes: 0 };
  const { response, release } = held();
  const stop = new AbortController();
  const [first, second] = [stop.signal, undefined].map((signal) =>
    upscale(device, SOURCE, { model: response, output: "pixels", signal }),
  );
  first!.catch(() => {});
  await settledWeights(whole.weightBytes);
  stop.abort("enough");
  await expect(first).rejects.toBe("enough");
  release();
  expect((await second!).data).toEqual(expected.data);
  expect(work.weightBytes).toBe(whole.weightBytes);
});

describe("createUpscaler()", () => {
  // Of a kind that no other test here has, so that its kernels are compiled here; software adapters have others for larger ones.
  const COMPACT = serializeSafetensors(compactWeights({ scale: 2, blocks: 24, features: 8 }));
  const ended = vi.fn();
  beforeEach(() => ended.mockClear());

  it("compiles and packs while weights come, and both once", async () => {
    const { response, release } = held(COMPACT);
    const making = createUpscaler(device, { model: response });
    making.then(ended);
    const { pipelines } = await settled();
    expect(ended).not.toHaveBeenCalled();
    expect(work.weightBytes).toBeGreaterThan(0);
    expect(work.passes).toBe(0);
    expect(memory.live().every((label) => label === "esrgan-webgpu weights")).toBe(true);
    const early = work.weightBytes;
    release();
    const upscaler = await making;
    const result = await upscaler.upscale(SOURCE);
    expect(work.pipelines).toBe(pipelines);
    const { weightBytes } = work;
    expect(early).toBeLessThan(weightBytes);
    expect(early).toBeGreaterThan(0.9 * weightBytes);
    upscaler.destroy();
    expect(memory.live()).toEqual([]);
    work.weightBytes = 0;
    const whole = await createUpscaler(device, { model: COMPACT });
    expect(work.weightBytes).toBe(0);
    expect(result).toEqual(await whole.upscale(SOURCE));
    expect(work.weightBytes).toBe(weightBytes);
    whole.destroy();
  });

  it.each([
    ["has another SHA-256", { sha256: "0".repeat(64) }, { code: "bad-weights" }],
    ["is stopped", {}, "enough"],
  ])("leaves nothing where the load %s", async (_, load, reason) => {
    const { response, release, cancel } = held();
    const stop = new AbortController();
    const making = createUpscaler(device, { model: response, load: { ...load, signal: stop.signal } });
    making.catch(() => {});
    await vi.waitFor(() => expect(work.weightBytes).toBeGreaterThan(0), { timeout: 60_000 });
    if (reason === "enough") stop.abort(reason);
    else release();
    await expect(making).rejects.toEqual(typeof reason === "string" ? reason : expect.objectContaining(reason));
    await vi.waitFor(() => expect(memory.live()).toEqual([]), { timeout: 30_000 });
    expect(cancel).toHaveBeenCalledTimes(reason === "enough" ? 1 : 0);
    expect(work.passes).toBe(0);
  });

  it("lets go of what it made ready where the caller is done with it", async () => {
    const { response, release } = held();
    const making = createUpscaler(device, { model: response });
    await vi.waitFor(() => expect(work.weightBytes).toBeGreaterThan(0), { timeout: 60_000 });
    release();
    (await making).destroy();
    await vi.waitFor(() => expect(memory.live()).toEqual([]), { timeout: 30_000 });
  });

  it("says of a device that does not open before the weights have come, and leaves those", async () => {
    const { response, cancel } = held();
    const refused = new Error("no device");
    await expect(upscalerFor(Promise.reject(refused), { model: response })).rejects.toBe(refused);
    await vi.waitFor(() => expect(cancel).toHaveBeenCalledTimes(1));
  });

  it("begins anew where what was kept is damaged", async () => {
    const damaged = COMPACT.slice();
    damaged.fill(0, COMPACT.length - 1000);
    const cache = { match: async () => new Response(damaged), put: async () => {}, delete: async () => true };
    vi.stubGlobal("caches", { open: async () => cache });
    vi.stubGlobal("fetch", async () => new Response(COMPACT.slice()));
    const upscaler = await createUpscaler(device, {
      model: "https://host.test/x4.safetensors",
      load: { sha256: createHash("sha256").update(COMPACT).digest("hex") },
    });
    vi.unstubAllGlobals();
    const whole = await createUpscaler(device, { model: COMPACT.slice() });
    expect(await upscaler.upscale(SOURCE)).toEqual(await whole.upscale(SOURCE));
    for (const each of [upscaler, whole]) each.destroy();
    await vi.waitFor(() => expect(memory.live()).toEqual([]), { timeout: 30_000 });
  });
});
