// Devices that refuse kernels, or compute them wrongly: other kernels take their place, and that is told.

import { describe, expect, it } from "vitest";
import { compilePipelines, KernelRefused } from "../../src/gpu/pipeline-cache.js";
import { keepTuningIn } from "../../src/gpu/tuning-store.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { createUpscaler, type Upscaler, type UpscalerOptions } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomPicture } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { encoderLabels, type FakeGpu, fakeGpu, storeIn } from "./fake-gpu.js";
import { kept } from "./kept.js";
import { countMemory } from "./memory.js";
import { encoded, inputOf, outputFor, rgba } from "./pass-run.js";

const MODEL = modelOf(compactWeights({ scale: 2, blocks: 1, features: 8 }));
const PICTURE = randomPicture(13, 9, 3);

async function upscalerOn({ device }: FakeGpu, options: UpscalerOptions = {}): Promise<Upscaler> {
  return kept(await createUpscaler(device, { model: MODEL, precision: "f32", tuning: "off", ...options }));
}

async function expected(source: Pixels = PICTURE): Promise<Pixels> {
  const device = await softwareDevice();
  return kept(await createUpscaler(device, { model: MODEL, precision: "f32" })).upscale(source);
}

function levelsOff(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  return Array.from(found).reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
}

const convs = (labels: readonly string[]) => labels.filter((label) => label.includes("conv2d"));

describe("a device that refuses", () => {
  it("every kernel but the plain one still upscales, and says why", async () => {
    const gpu = await fakeGpu({ refuses: /conv2d (?!plain)/ });
    const upscaler = await upscalerOn(gpu);
    const notes: string[] = [];
    const result = await upscaler.upscale(PICTURE, { onNote: (note) => notes.push(note) });
    expect(levelsOff(result.data, (await expected()).data)).toBeLessThanOrEqual(1);
    expect(
      new Set(
        upscaler
          .plan(13, 9)
          .steps.filter(({ op }) => op === "conv2d")
          .map(({ variant }) => variant),
      ),
    ).toEqual(new Set(["plain"]));
    expect(upscaler.plan(13, 9).reason).toMatch(/The device refused the kernel "conv2d direct 2x2x4 .*scratch space/);
    expect(notes.length).toBeGreaterThan(1);
    expect(notes[0]).toMatch(/^The device refused the kernel .*, so another kernel takes its place$/);
    // It is not asked again.
    const before = gpu.pipelines.length;
    await (await upscalerOn(gpu)).upscale(PICTURE);
    expect(gpu.pipelines.length).toBe(before);
  });

  it("the first kernel of its table gets the next smaller tile", async () => {
    const gpu = await fakeGpu({ vendor: "nvidia", refuses: /conv2d direct (2x2x8|4x2x8)/ });
    const upscaler = await upscalerOn(gpu);
    const [first] = upscaler.plan(13, 9).steps.filter(({ op }) => op === "conv2d");
    expect(first!.variant).toMatch(/^direct 2x2x8/);
    const result = await upscaler.upscale(PICTURE);
    expect(levelsOff(result.data, (await expected()).data)).toBeLessThanOrEqual(1);
    const variants = upscaler.plan(13, 9).steps.filter(({ op }) => op === "conv2d");
    expect(variants[0]!.variant).toMatch(/^direct 2x2x4 .* unrolled$/);
  });

  it("prepares and makes passes all the same", async () => {
    const gpu = await fakeGpu({ refuses: /conv2d (?!plain)/ });
    const upscaler = await upscalerOn(gpu);
    const formats = { input: "rgba8unorm", output: "rgba8unorm" } as const;
    const pass = kept(await upscaler.createPass({ width: 13, height: 9, ...formats }));
    const source = rgba(13, 9);
    const output = outputFor(gpu.device, pass, "rgba8unorm");
    const found = await encoded(gpu.device, pass, inputOf(gpu.device, source, "rgba8unorm"), output);
    expect(levelsOff(found, (await expected(source)).data)).toBeLessThanOrEqual(1);
    const other = await fakeGpu({ refuses: /conv2d (?!plain)/ });
    const prepared = await upscalerOn(other);
    await prepared.prepare(13, 9);
    expect(prepared.plan(13, 9).reason).toMatch(/refused/);
  });

  it("even the plain one, or one that has no other, says which", async () => {
    const gpu = await fakeGpu({ refuses: /conv2d/ });
    const upscaler = await upscalerOn(gpu);
    await expect(upscaler.upscale(PICTURE)).rejects.toMatchObject({
      code: "internal",
      message: expect.stringMatching(/refused the kernel "conv2d plain"/),
    });
    const other = await fakeGpu({ refuses: /image-to-tensor/ });
    await expect((await upscalerOn(other)).upscale(PICTURE)).rejects.toMatchObject({
      code: "internal",
      message: expect.stringMatching(/refused the kernel "image-to-tensor/),
    });
  });
});

describe("a device that computes wrongly", () => {
  it("is found out before its first picture, and another kernel takes the place", async () => {
    const gpu = await fakeGpu({ isWrongIn: /conv2d direct 2x2x4/ });
    const upscaler = await upscalerOn(gpu);
    const notes: string[] = [];
    const result = await upscaler.upscale(PICTURE, { onNote: (note) => notes.push(note) });
    expect(levelsOff(result.data, (await expected()).data)).toBeLessThanOrEqual(1);
    expect(notes[0]).toMatch(
      /^The kernel "conv2d direct 2x2x4 .*" gave wrong results on this device \(off by .*\), so another/,
    );
    expect(upscaler.plan(13, 9).reason).toMatch(/gave wrong results/);
  });

  it("is found out in passes too", async () => {
    const gpu = await fakeGpu({ isWrongIn: /conv2d direct 2x2x4/ });
    const formats = { input: "rgba8unorm", output: "rgba8unorm" } as const;
    const pass = kept(await (await upscalerOn(gpu)).createPass({ width: 13, height: 9, ...formats }));
    const source = rgba(13, 9);
    const output = outputFor(gpu.device, pass, "rgba8unorm");
    const found = await encoded(gpu.device, pass, inputOf(gpu.device, source, "rgba8unorm"), output);
    expect(levelsOff(found, (await expected(source)).data)).toBeLessThanOrEqual(1);
  });
});

describe("the check", () => {
  it("runs once a device, with the pipelines of the network, within its memory", async () => {
    const gpu = await fakeGpu();
    const upscaler = await upscalerOn(gpu);
    const memory = countMemory(gpu.device);
    kept({ destroy: memory.stop });
    await upscaler.upscale(randomPicture(16, 16, 3));
    const plan = upscaler.plan(16, 16);
    expect(memory.peakBytes()).toBeLessThanOrEqual(plan.peakBytes);
    expect(gpu.encoders.filter((label) => label === "esrgan-webgpu check")).toHaveLength(1);
    const planned = new Set(plan.steps.filter(({ op }) => op === "conv2d").map(({ variant }) => variant));
    expect(convs(gpu.pipelines).length).toBe(plan.steps.filter(({ op }) => op === "conv2d").length);
    expect(planned.size).toBeGreaterThan(0);
    await upscaler.upscale(randomPicture(20, 30, 3));
    await (await upscalerOn(gpu)).upscale(randomPicture(20, 30, 1));
    expect(gpu.encoders.filter((label) => label === "esrgan-webgpu check")).toHaveLength(1);
  });

  it("is kept for the device's next run, but not what was wrong", async () => {
    const values = new Map<string, unknown>();
    for (const [index, checks] of [1, 0].entries()) {
      const gpu = await fakeGpu();
      keepTuningIn(gpu.device, storeIn(values));
      await (await upscalerOn(gpu)).upscale(PICTURE);
      expect(
        gpu.encoders.filter((label) => label === "esrgan-webgpu check"),
        `run ${index}`,
      ).toHaveLength(checks);
    }
    const gpu = await fakeGpu({ isWrongIn: /conv2d direct 2x2x4/ });
    const wrong = new Map<string, unknown>();
    keepTuningIn(gpu.device, storeIn(wrong));
    await (await upscalerOn(gpu)).upscale(PICTURE);
    expect(JSON.stringify([...values.values()])).toMatch('\\"pixelsX\\":2,\\"pixelsY\\":2');
    expect(JSON.stringify([...wrong.values()])).not.toMatch('\\"pixelsX\\":2,\\"pixelsY\\":2');
  });

  it.each([8, 16] as const)("takes pictures of %i bits, gray ones and f16 as they are", async (bits) => {
    for (const channels of [1, 3] as const) {
      const gpu = await fakeGpu();
      const upscaler = await upscalerOn(gpu, { precision: "f16" });
      const notes: string[] = [];
      await upscaler.upscale(randomPicture(8, 8, channels, bits), { onNote: (note) => notes.push(note) });
      expect(notes).toEqual([]);
    }
  });

  it("is left out on software adapters", async () => {
    const device = await softwareDevice();
    const labels = encoderLabels(device);
    await kept(await createUpscaler(device, { model: MODEL })).upscale(PICTURE);
    expect(labels.length).toBeGreaterThan(0);
    expect(labels).not.toContain("esrgan-webgpu check");
  });
});

describe("a pipeline that does not come", () => {
  const pipeline = (label: string, hasOthers: boolean) => ({
    label,
    code: `@compute @workgroup_size(1) fn main() {} // ${label}`,
    bindings: [],
    conv: hasOthers
      ? ({ variant: { kind: "plain" }, form: { kernel: 3, upsample: 1, shuffle: 1 }, storage: "f32" } as const)
      : undefined,
  });

  it("is given up, where another could take its place", async () => {
    const { device } = await fakeGpu();
    const { createComputePipelineAsync } = device;
    device.createComputePipelineAsync = (descriptor) =>
      /hanging/.test(descriptor.label ?? "")
        ? new Promise(() => {})
        : createComputePipelineAsync.call(device, descriptor);
    const found = await compilePipelines(device, [pipeline("quick", true), pipeline("hanging", true)], {
      limitMs: 50,
    }).catch((error: unknown) => error);
    expect(found).toBeInstanceOf(KernelRefused);
    const { kernels } = found as KernelRefused;
    expect(kernels.map(({ why }) => why)).toEqual(['The device did not compile the kernel "hanging" within 0.05 s']);
    const other = compilePipelines(device, [pipeline("hanging", false)], { limitMs: 50 });
    await expect(Promise.race([other, new Promise((resolve) => setTimeout(resolve, 300, "waits"))])).resolves.toBe(
      "waits",
    );
  });
});
