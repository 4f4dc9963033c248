// What of the Upscaler needs no GPU: its checks and its plan.

import { describe, expect, it } from "vitest";
import { capabilitiesOf } from "../src/gpu/capabilities.js";
import { loadModel } from "../src/models/bundled.js";
import { seamLevels } from "../src/models/seams.js";
import { PICTURE_HEADER_BYTES } from "../src/ops/picture.kernels.js";
import { deviceName } from "../src/plan/tuning.js";
import { createUpscaler, type PlanOptions, type UpscalerOptions } from "../src/upscaler.js";
import { compactWeights, modelOf, rrdbWeights } from "./cases/networks.js";

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
    expect(reason).toMatch(/; kernels: as measured on this device$/);
    // The last convolution shuffles, which is another form: the table of devices serves it.
    expect(steps.map(({ variant }) => variant).slice(1)).toEqual([
      ...new Array(5).fill("plain"),
      expect.stringMatching(/^direct /),
      "packed", // what stores the result
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

describe("strips", () => {
  const gray = { data: new Uint8Array(4), width: 2, height: 2, channels: 1 } as const;

  it.each([
    [{ output: "blob" }, 'The output of strips must be "pixels" or "imageData", got "blob"'],
    [{ pixelFormat: "rgba-float16" }, 'The option pixelFormat is for the output "imageData", got "pixels"'],
    [
      { output: "imageData", pixelFormat: "float16" },
      'pixelFormat must be "rgba-unorm8" or "rgba-float16", got "float16"',
    ],
    [{ canvas: {} }, /^strips has no option canvas, /],
  ])("refuse %j when the call is made", async (options, message) => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    expect(() => upscaler.strips(gray, options as object)).toThrow(message);
  });
});

describe("plan", () => {
  it("is plain data that touches no GPU", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const plan = upscaler.plan(20, 10);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(plan).toMatchObject({ width: 60, height: 30, precision: "f32", tiles: 1 });
    expect(plan.dispatches).toBe(1 + 6 + 1);
    expect(plan.steps).toHaveLength(plan.dispatches);
    expect(plan.steps[0]).toMatchObject({ node: "input", op: "image-to-tensor" });
    expect(plan.steps.at(-2)).toMatchObject({ op: "conv2d", variant: expect.stringMatching(/^direct /) });
    expect(plan.steps.at(-1)).toMatchObject({ node: "store", op: "store", variant: "packed" });
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
    expect(bytes("picture in", 16)).toBe(2 * bytes("picture in", 8));
    for (const label of ["picture out", "packed out", "staging"]) {
      expect(bytes(label, 16) - PICTURE_HEADER_BYTES).toBe(2 * (bytes(label, 8) - PICTURE_HEADER_BYTES));
    }
  });

  it("takes as many bytes at both ends as there are channels, and has room for alpha where there may be some", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const bytes = ([1, 2, 3, 4] as const).map((channels) => {
      const { buffers } = upscaler.plan(20, 10, { channels });
      const of = (label: string) => buffers.find((buffer) => buffer.label === label)?.byteLength;
      return [of("picture in"), of("packed out"), of("alpha in") !== undefined, of("alpha taps") !== undefined];
    });
    expect(bytes).toEqual(
      [1, 2, 3, 4].map((channels) => [
        200 * channels,
        PICTURE_HEADER_BYTES + 1800 * channels,
        channels % 2 === 0,
        channels % 2 === 0,
      ]),
    );
    expect(upscaler.plan(20, 10)).toEqual(upscaler.plan(20, 10, { channels: 3 }));
    const ignored = upscaler.plan(20, 10, { channels: 4, alpha: "ignore" });
    expect(ignored.buffers.map(({ label }) => label)).not.toContain("alpha in");
  });

  it.each([0, 5, 2.5, "3" as unknown as number])("refuses %s channels", async (channels) => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const refusal = { code: "bad-input", message: `A picture has 1 to 4 channels, got ${channels}` };
    expect(() => upscaler.plan(4, 4, { channels: channels as 3 })).toThrow(expect.objectContaining(refusal));
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

  it.each([
    [2 ** 53 - 1, 1, {}],
    [1, 2 ** 53 - 1, { output: "texture" }],
    [2 ** 31, 1, {}],
    [2 ** 31 - 1, 2 ** 31 - 1, {}],
    [2 ** 24, 2 ** 23, {}],
    [2 ** 21, 2 ** 21 + 1, { scale: 16 }],
    [2 ** 31 - 1, 2 ** 31 - 1, { scale: 0.1 }],
  ] as const)("refuses %s x %s pixels, which cannot be counted, %j", async (width, height, options) => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const message = new RegExp(
      `^A picture[^\\n]* ${width}x${height}( would become \\d+x\\d+, more than \\d+ pixels)?$`,
    );
    const refusal = { code: "bad-input", message: expect.stringMatching(message) };
    expect(() => upscaler.plan(width, height, options)).toThrow(expect.objectContaining(refusal));
    await expect(upscaler.prepare(width, height, options)).rejects.toMatchObject({ code: "bad-input" });
  });

  it("refuses bits other than 8 and 16", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const bits = 10 as 8;
    const refusal = { code: "bad-input", message: "A picture has 8 or 16 bits a channel, got 10" };
    expect(() => upscaler.plan(4, 4, { bits })).toThrow(expect.objectContaining(refusal));
    await expect(upscaler.prepare(4, 4, { bits })).rejects.toMatchObject(refusal);
  });

  it("cuts what does not fit into tiles", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const plan = upscaler.plan(5000, 5000);
    expect(plan.tiles).toBe(plan.tile.columns * plan.tile.rows);
    expect(plan.tiles).toBeGreaterThan(1);
    expect(plan.peakBytes).toBeLessThanOrEqual(upscaler.memoryBudget);
    for (const { byteLength } of plan.buffers)
      expect(byteLength).toBeLessThanOrEqual(LIMITS.maxStorageBufferBindingSize);
    // Tiles overlap as far as this network looks.
    expect(plan).toMatchObject({ seamLevels: 1, tile: { overlap: 6 } });
    expect(upscaler.plan(50, 50)).toMatchObject({ tiles: 1, seamLevels: 0 });
  });

  it.each([
    ["general-x4v3", 12, 34],
    ["general-x4v3", 8, 24],
    ["anime-6b", 64, 64],
    ["anime-6b", 40, 40],
    ["x4plus", 160, 96],
  ] as const)(
    "says what %s in %i MiB shows of seams, at no more than eight times the work",
    async (name, mebibytes, overlap) => {
      const model = await loadModel(name);
      const memoryBudget = mebibytes * 2 ** 20;
      const upscaler = await createUpscaler(idleDevice(), { model, precision: "f32", memoryBudget });
      const { tile, tiles, seamLevels: promised, peakBytes } = upscaler.plan(256, 256);
      expect(tiles).toBeGreaterThan(1);
      expect(peakBytes).toBeLessThanOrEqual(memoryBudget);
      expect(promised).toBe(seamLevels(model.network, tile.overlap, "f32"));
      expect(tile.overlap).toBe(overlap);
      expect(promised).toBeDefined();
      expect((tiles * tile.width * tile.height) / 256 ** 2).toBeLessThanOrEqual(8);
    },
  );

  it("promises nothing where a pass runs on tiles that are not exact", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: await loadModel("anime-6b") });
    const tile = { size: 208, overlap: 72 };
    const once = upscaler.plan(300, 8, { tile });
    expect(once).toMatchObject({ passes: 1, tiles: 3 });
    expect(once.seamLevels).toBeGreaterThan(0);
    expect(upscaler.plan(300, 8, { tile, scale: 16 })).toMatchObject({ passes: 2, seamLevels: undefined });
    // Here the first pass is in one piece, and the second cut.
    expect(upscaler.plan(100, 8, { tile, scale: 16 })).toMatchObject({ passes: 2, seamLevels: once.seamLevels });
    const exact = { size: 208, overlap: 94 };
    expect(upscaler.plan(300, 8, { tile: exact, scale: 16 })).toMatchObject({ passes: 2, seamLevels: 1 });
  });

  it("keeps to the memory budget with the least work that it allows", async () => {
    const weights = (await createUpscaler(idleDevice(), { model: MODEL })).plan(5, 5).weightBytes;
    let flops = Number.POSITIVE_INFINITY;
    for (const kilobytes of [900, 1800, 3600, 100_000]) {
      const memoryBudget = weights + kilobytes * 1024;
      const upscaler = await createUpscaler(idleDevice(), { model: MODEL, memoryBudget });
      const forms: readonly PlanOptions[] = [
        {},
        { bits: 16 },
        { tta: true },
        { scale: 1.7 },
        { tileable: true },
        { channels: 1, bits: 16, tta: true },
        { channels: 4, scale: 1.7 },
        { channels: 4, bits: 16, tta: true, tileable: true },
      ];
      for (const options of forms) {
        expect(upscaler.plan(301, 173, options).peakBytes, JSON.stringify(options)).toBeLessThanOrEqual(memoryBudget);
      }
      const plan = upscaler.plan(301, 173);
      expect(plan.flops).toBeLessThanOrEqual(flops);
      flops = plan.flops;
    }
    expect((await createUpscaler(idleDevice(), { model: MODEL })).plan(301, 173).flops).toBe(flops);
  });

  it("says what a memory budget has no room for", async () => {
    const { weightBytes } = (await createUpscaler(idleDevice(), { model: MODEL })).plan(5, 5);
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL, memoryBudget: weightBytes + 1000 });
    expect(() => upscaler.plan(500, 500)).toThrow(
      expect.objectContaining({
        code: "bad-input",
        message: expect.stringMatching(
          /^The smallest tile of 13x13 pixels needs \d+ bytes beside the weights, the memory budget leaves 1000$/,
        ),
      }),
    );
  });

  it.each([
    [{ scale: 0 }, "scale must be a number from 0.1 to 16, got 0"],
    [{ scale: 17 }, "scale must be a number from 0.1 to 16, got 17"],
    [{ scale: "2" }, "scale must be a number from 0.1 to 16, got 2"],
    [{ scale: Number.NaN }, "scale must be a number from 0.1 to 16, got NaN"],
    [{ alpha: "blue" }, 'alpha must be "bicubic", "network" or "ignore", got "blue"'],
    [{ tile: 64 }, 'tile must be "auto" or { size, overlap } in whole pixels, got 64'],
    [{ tile: { size: 2.5 } }, 'tile must be "auto" or { size, overlap } in whole pixels, got { size: 2.5 }'],
    [{ tile: { size: Number.NaN } }, 'tile must be "auto" or { size, overlap } in whole pixels, got { size: NaN }'],
    [{ tile: 64n }, 'tile must be "auto" or { size, overlap } in whole pixels, got 64'],
    [{ tile: { size: 64, overlap: -1 } }, "tile.overlap must be a whole number of pixels, got -1"],
    [{ tile: { size: 64, overlap: 32 } }, "A tile of 64 pixels leaves nothing beside an overlap of 32 on both sides"],
    [{ tta: 1 }, "tta must be true or false, got 1"],
    [{ tileable: "yes" }, "tileable must be true or false, got yes"],
  ])("refuses %o", async (options, message) => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const refusal = { code: "bad-input", message };
    expect(() => upscaler.plan(4, 4, options as PlanOptions)).toThrow(expect.objectContaining(refusal));
  });

  it("says how large the result is and how often the network runs", async () => {
    const upscaler = await createUpscaler(idleDevice(), { model: MODEL });
    const sizes = [0.1, 1, 2.5, 3, 3.5, 9, 16].map((scale) => {
      const { width, height, passes } = upscaler.plan(21, 3, { scale });
      return [width, height, passes];
    });
    expect(sizes).toEqual([
      [2, 1, 1],
      [21, 3, 1],
      [53, 8, 1],
      [63, 9, 1],
      [74, 11, 2],
      [189, 27, 2],
      [336, 48, 3],
    ]);
  });
});
