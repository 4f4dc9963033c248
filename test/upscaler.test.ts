// What of the Upscaler needs no GPU: its checks and its plan.

import { describe, expect, it } from "vitest";
import { capabilitiesOf } from "../src/gpu/capabilities.js";
import { deviceName } from "../src/graph/tuning.js";
import { detectNetwork } from "../src/models/detect.js";
import type { Model } from "../src/models/model.js";
import { createUpscaler, type UpscalerOptions } from "../src/upscaler.js";
import { compactWeights, rrdbWeights } from "./cases/networks.js";

const LIMITS = {
  maxBufferSize: 268_435_456,
  maxStorageBufferBindingSize: 134_217_728,
  maxComputeWorkgroupsPerDimension: 65_535,
};

/** A device that knows what it is and can do nothing: whatever else is asked of it throws. */
function idleDevice(features: readonly string[] = [], info: Partial<GPUAdapterInfo> = {}): GPUDevice {
  const known: Record<string, unknown> = {
    limits: LIMITS,
    features: new Set(features),
    adapterInfo: { vendor: "acme", architecture: "one", description: "", ...info },
    createComputePipelineAsync: () => {
      throw new Error("device.createComputePipelineAsync was called");
    },
  };
  return new Proxy(known, {
    get(target, name) {
      if (name === "then" || name in target) return target[String(name)];
      throw new Error(`device.${String(name)} was touched`);
    },
  }) as unknown as GPUDevice;
}

function modelOf(weights: ReturnType<typeof compactWeights>): Model {
  return { name: "synthetic", network: detectNetwork(weights), byteLength: 0, metadata: {} };
}

const MODEL = modelOf(compactWeights({ scale: 3, blocks: 4 }));

describe("createUpscaler", () => {
  it("says what it is", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    expect(upscaler.model).toEqual({ name: "synthetic", architecture: "compact", scale: 3, blocks: 4 });
    expect(upscaler.scale).toBe(3);
    expect(upscaler.precision).toBe("f32");
    expect(upscaler.reason).toMatch(/^f32: .+[^.]$/);
    expect(upscaler.plan(5, 5).reason).toMatch(/^f32: .+; kernels: .+[^.]$/);
  });

  it("takes the bundled model where none is asked for", async () => {
    const upscaler = await createUpscaler(idleDevice());
    expect(upscaler.model).toEqual({ name: "general-x4v3", architecture: "compact", scale: 4, blocks: 32 });
  });

  it.each([
    ["auto", ["shader-f16"], "f16"],
    ["auto", [], "f32"],
    ["f32", ["shader-f16"], "f32"],
    ["f16", [], "f16"],
  ] as const)("chooses for %s with features [%s] %s", async (precision, features, expected) => {
    const upscaler = await createUpscaler(idleDevice(features), { model: MODEL, precision });
    expect(upscaler.precision).toBe(expected);
    expect(upscaler.reason).toContain(`${expected}: `);
  });

  it("says when its kernels were measured", async () => {
    const device = idleDevice();
    const measured = { version: 1, device: deviceName(capabilitiesOf(device)), storage: "f32" } as const;
    const form = { kernel: 3, upsample: 1, shuffle: 1 };
    const choices = [{ form, variant: { kind: "plain" } as const, measured: [] }];
    const upscaler = await createUpscaler(device, { model: MODEL, tuning: { ...measured, choices } });
    const { reason, steps } = upscaler.plan(5, 5);
    expect(reason).toMatch(/; kernels: as tune\(\) measured on this device$/);
    // The last convolution shuffles, which is another form: the table of devices serves it.
    expect(steps.map(({ variant }) => variant).slice(1, -1)).toEqual([
      ...new Array(5).fill("plain"),
      expect.stringMatching(/^direct /),
    ]);
    const empty = await createUpscaler(device, { model: MODEL, tuning: { ...measured, choices: [] } });
    expect(empty.plan(5, 5)).toEqual((await createUpscaler(device, { model: MODEL })).plan(5, 5));
  });

  it.each([
    [null, {}, "createUpscaler takes a GPUDevice, got null"],
    [undefined, {}, "createUpscaler takes a GPUDevice, got undefined"],
    [{}, {}, "createUpscaler takes a GPUDevice, got object"],
    [idleDevice(), { precision: "f64" }, 'precision must be "auto", "f32" or "f16", got "f64"'],
    [idleDevice(), { tuning: {} }, "The tuning is not a table that tune() returned"],
    [
      idleDevice(),
      { tuning: { version: 1, device: "other", storage: "f16", choices: [] } },
      "The tuning table is of other with f16 storage, this is acme one with f32",
    ],
  ])("refuses %# in one sentence", async (device, options, message) => {
    await expect(
      createUpscaler(device as GPUDevice, { model: MODEL, ...options } as UpscalerOptions),
    ).rejects.toMatchObject({ code: "bad-input", message });
  });
});

describe("plan", () => {
  it("is plain data that touches no GPU", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const plan = upscaler.plan(20, 10);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(plan).toMatchObject({ width: 60, height: 30, precision: "f32", tiles: 1 });
    expect(plan.dispatches).toBe(6 + 2);
    expect(plan.steps).toHaveLength(plan.dispatches);
    expect(plan.steps[0]).toMatchObject({ node: "input", op: "image-to-tensor" });
    expect(plan.steps.at(-1)).toMatchObject({ node: "output", op: "tensor-to-image" });
    expect(plan.flops).toBe(plan.steps.reduce((sum, step) => sum + step.flops, 0));
    expect(plan.peakBytes).toBe(plan.weightBytes + plan.buffers.reduce((sum, each) => sum + each.byteLength, 0));
  });

  it("of a network that unshuffles gives the picture's own multiple", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: modelOf(rrdbWeights({ unshuffle: 4 })) });
    expect(upscaler.plan(5, 3)).toMatchObject({ width: 5, height: 3 });
    expect(upscaler.plan(5, 3).flops).toBe(upscaler.plan(8, 4).flops);
  });

  it("takes twice the bytes for pictures of 16 bits", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const bytes = (label: string, bits: 8 | 16) =>
      upscaler.plan(20, 10, { bits }).buffers.find((buffer) => buffer.label === label)!.byteLength;
    for (const label of ["picture in", "picture out", "staging"]) expect(bytes(label, 16)).toBe(2 * bytes(label, 8));
  });

  it.each([
    [0, 5],
    [5, -1],
    [2.5, 4],
    [Number.NaN, 4],
    ["8" as unknown as number, 4],
    [2 ** 53, 4],
  ])("refuses %s x %s pixels", async (width, height) => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    expect(() => upscaler.plan(width, height)).toThrow(
      expect.objectContaining({
        code: "bad-input",
        message: `A picture's width and height must be positive integers, got ${width}x${height}`,
      }),
    );
    await expect(upscaler.prepare(width, height)).rejects.toMatchObject({ code: "bad-input" });
  });

  it("refuses bits other than 8 and 16", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const bits = 10 as 8;
    const refusal = { code: "bad-input", message: "A picture has 8 or 16 bits a channel, got 10" };
    expect(() => upscaler.plan(4, 4, { bits })).toThrow(expect.objectContaining(refusal));
    await expect(upscaler.prepare(4, 4, { bits })).rejects.toMatchObject(refusal);
  });

  it("says what a device has no room for", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    expect(() => upscaler.plan(5000, 5000)).toThrow(
      expect.objectContaining({
        code: "unsupported-device",
        message: expect.stringMatching(
          /^The picture of 5000x5000 pixels in one piece needs .+ this device allows \d+$/,
        ),
      }),
    );
  });
});
