// What recording a pass asks of the device, and what it refuses before it records anything.

import { describe, expect, it, vi } from "vitest";
import type { PassOptions } from "../../src/job/pass-options.js";
import { createUpscaler } from "../../src/upscaler.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import {
  counted,
  encoded,
  inputOf,
  MODEL,
  outputFor,
  passOf,
  plainTuning,
  rgba,
  smallUpscaler,
  withoutBgraStorage,
  wrongValues,
} from "./pass-run.js";
import { readTexture, TEXTURE } from "./textures.js";

const SIZE = { width: 12, height: 9 };
const RGBA8 = { ...SIZE, input: "rgba8unorm", output: "rgba8unorm" } as const;

async function prepared(options: PassOptions, memoryBudget?: number) {
  const device = await softwareDevice();
  const owner = await smallUpscaler({ memoryBudget });
  const pass = await passOf(owner, options);
  const source = rgba(options.width, options.height);
  const from = inputOf(device, source, options.input as GPUTextureFormat);
  return { device, owner, pass, source, from, to: outputFor(device, pass, options.output) };
}

describe("recording", () => {
  it.each([
    ["of one region", RGBA8, undefined, 2],
    ["of several regions", { ...RGBA8, width: 64, height: 48 }, 100_000, 3],
    ["with alpha", { ...RGBA8, alpha: "straight" }, undefined, 3],
    ["with a copy at the end", { ...RGBA8, output: "bgra8unorm-srgb" }, undefined, 2],
  ] as [string, PassOptions, number | undefined, number][])(
    "%s submits, makes, writes and maps nothing; bind groups once for each pair of textures",
    async (_, options, memoryBudget, groups) => {
      const { device, pass, from, to } = await prepared(options, memoryBudget);
      const other = outputFor(device, pass, options.output);
      const encoder = device.createCommandEncoder();
      const calls = counted(device);
      pass.encode(encoder, from, to);
      expect(calls.take()).toEqual({ createBindGroup: groups });
      pass.encode(encoder, from, to);
      pass.encode(encoder, { texture: from, mipLevel: 0 }, { texture: to });
      expect(calls.take()).toEqual({});
      // Of another pair no more than the groups that touch it; what is copied at the end is bound already.
      pass.encode(encoder, from, other);
      expect(calls.take().createBindGroup ?? 0).toBeLessThanOrEqual(2);
      const job = pass.begin(from, to);
      while (!job.done) job.encodeSlice(encoder, 1e-6);
      expect(calls.take()).toEqual({});
      const unseen = pass.begin(from, other);
      while (!unseen.done) unseen.encodeSlice(encoder, 1e-6);
      expect(calls.take()).toEqual({});
      calls.stop();
      device.queue.submit([encoder.finish()]);
    },
  );

  it("of levels and layers keeps their bind groups too", async () => {
    const { device, pass, to } = await prepared(RGBA8);
    const usage = TEXTURE.binding | TEXTURE.copyDst;
    const size = [SIZE.width, SIZE.height, 3];
    const atlas = kept(device.createTexture({ size, format: "rgba8unorm", usage }));
    const encoder = device.createCommandEncoder();
    const calls = counted(device);
    for (const [arrayLayer, groups] of [
      [2, 2],
      [2, undefined],
      [1, 2],
      [0, 2],
      [1, undefined],
    ] as const) {
      pass.encode(encoder, { texture: atlas, arrayLayer }, to);
      expect(calls.take().createBindGroup).toBe(groups);
    }
    calls.stop();
    device.queue.submit([encoder.finish()]);
  });

  it("draws into textures of every frame without new bind groups", async () => {
    const device = await softwareDevice();
    withoutBgraStorage(device);
    const { pass, from } = await prepared({ ...RGBA8, output: "bgra8unorm" });
    const frames = [1, 2, 3].map(() => outputFor(device, pass, "bgra8unorm"));
    const encoder = device.createCommandEncoder();
    const calls = counted(device);
    for (const frame of frames) pass.encode(encoder, from, frame);
    expect(calls.take()).toEqual({ createBindGroup: 2 });
    calls.stop();
    device.queue.submit([encoder.finish()]);
  });
});

describe("slices", () => {
  it.each([
    ["rgba8unorm-srgb", "copyTextureToTexture"],
    ["bgra8unorm", "beginRenderPass"],
  ] as const)("of a pass to %s call %s in the last alone", async (output, method) => {
    withoutBgraStorage(await softwareDevice());
    const { device, pass, from, to } = await prepared({ ...RGBA8, output });
    const job = pass.begin(from, to);
    const counts: number[] = [];
    while (!job.done) {
      const encoder = device.createCommandEncoder();
      const spy = vi.spyOn(encoder, method);
      job.encodeSlice(encoder, 1e-6);
      counts.push(spy.mock.calls.length);
      device.queue.submit([encoder.finish()]);
    }
    expect(counts).toEqual(counts.map((_, slice) => (slice === counts.length - 1 ? 1 : 0)));
  });
});

interface Given {
  readonly device: GPUDevice;
  readonly from: GPUTexture;
  readonly to: GPUTexture;
}

function textureWith({ device }: Given, changes: Partial<GPUTextureDescriptor>, size: GPUExtent3DDict = SIZE) {
  const usage = TEXTURE.binding | TEXTURE.storage;
  return kept(device.createTexture({ size, format: "rgba8unorm", usage, ...changes }));
}

const OUT = { width: 24, height: 18 };
type Refused = [name: string, textures: (given: Given) => [input: unknown, output: unknown], message: string];
const REFUSED: Refused[] = [
  [
    "an input of another size",
    (g) => [textureWith(g, {}, { width: 12, height: 10 }), g.to],
    "The input has 12x10 texels, expected 12x9",
  ],
  [
    "an output of another size",
    (g) => [g.from, textureWith(g, { label: "screen" }, { width: 25, height: 18 })],
    'The output "screen" has 25x18 texels, expected 24x18',
  ],
  [
    "an input of another format",
    (g) => [textureWith(g, { format: "rgba16float" }), g.to],
    "The input has the format rgba16float, expected rgba8unorm",
  ],
  [
    "an output of another format",
    (g) => [g.from, textureWith(g, { format: "rgba16float" }, OUT)],
    "The output has the format rgba16float, expected rgba8unorm",
  ],
  [
    "an input that is not to be bound",
    (g) => [textureWith(g, { usage: TEXTURE.copyDst }), g.to],
    "The input was made without the usage TEXTURE_BINDING",
  ],
  [
    "an output that is not to be stored to",
    (g) => [g.from, textureWith(g, { usage: TEXTURE.binding }, OUT)],
    "The output was made without the usage STORAGE_BINDING",
  ],
  [
    "a multisampled input",
    (g) => [textureWith(g, { sampleCount: 4, usage: TEXTURE.binding | TEXTURE.render }), g.to],
    "The input has 4 samples a texel, expected 1: resolve it first",
  ],
  ["a 3d input", (g) => [textureWith(g, { dimension: "3d" }), g.to], "The input is a 3d texture, expected 2d"],
  [
    "a 1d input",
    (g) => [textureWith(g, { dimension: "1d", usage: TEXTURE.binding }, { width: 12 }), g.to],
    "The input is a 1d texture, expected 2d",
  ],
  [
    "a level that there is not",
    (g) => [{ texture: g.from, mipLevel: 1 }, g.to],
    "The input has no mipLevel 1, it has 1",
  ],
  [
    "a layer that there is not",
    (g) => [g.from, { texture: g.to, arrayLayer: -1 }],
    "The output has no arrayLayer -1, it has 1",
  ],
  [
    "a misspelt level",
    (g) => [{ texture: g.from, miplevel: 0 }, g.to],
    "The input has no option miplevel, did you mean mipLevel?",
  ],
  [
    "a view",
    (g) => [g.from.createView(), g.to],
    "The input must be a GPUTexture or { texture, mipLevel, arrayLayer }, got object",
  ],
  [
    "no input",
    (g) => [undefined, g.to],
    "The input must be a GPUTexture or { texture, mipLevel, arrayLayer }, got undefined",
  ],
  [
    "null for an output",
    (g) => [g.from, null],
    "The output must be a GPUTexture or { texture, mipLevel, arrayLayer }, got null",
  ],
  [
    "an object without a texture",
    (g) => [g.from, { texture: undefined }],
    "The output must be a GPUTexture or { texture, mipLevel, arrayLayer }, got undefined",
  ],
];

/** Clears a texture to a colour, in the host's own encoder. */
function drawOfTheHost(encoder: GPUCommandEncoder, texture: GPUTexture): void {
  const view = texture.createView();
  const clearValue = { r: 1, g: 0, b: 1, a: 1 };
  encoder.beginRenderPass({ colorAttachments: [{ view, clearValue, loadOp: "clear", storeOp: "store" }] }).end();
}

describe("a refusal comes before anything is recorded, and the host's own draw survives", () => {
  /** Tries in an encoder that holds a draw; gives what was recorded by the pass besides. */
  async function survives(device: GPUDevice, attempt: (encoder: GPUCommandEncoder) => void): Promise<void> {
    const screen = kept(
      device.createTexture({ size: [4, 4], format: "rgba8unorm", usage: TEXTURE.render | TEXTURE.copySrc }),
    );
    const encoder = device.createCommandEncoder();
    let recorded = 0;
    const watched = new Proxy(encoder, {
      get(target, name) {
        recorded++;
        const value: unknown = Reflect.get(target, name, target);
        if (name === "beginComputePass") recorded--; // looked at, to see that it is an encoder
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    drawOfTheHost(encoder, screen);
    attempt(watched);
    expect(recorded).toBe(0);
    device.queue.submit([encoder.finish()]);
    const texels = await readTexture(device, screen);
    expect(wrongValues(texels, Array.from({ length: 16 }, () => [255, 0, 255, 255]).flat())).toBe(0);
  }

  it.each(REFUSED)("%s", async (_, textures, message) => {
    const given = await prepared(RGBA8);
    const { pass, device } = given;
    const [input, output] = textures(given) as [GPUTexture, GPUTexture];
    const refusal = expect.objectContaining({ code: "bad-input", message });
    await survives(device, (encoder) => {
      expect(() => pass.encode(encoder, input, output)).toThrow(refusal);
      expect(() => pass.begin(input, output)).toThrow(refusal);
    });
  });

  it.each([
    ["rgba8unorm-srgb", "COPY_DST"],
    ["bgra8unorm", "RENDER_ATTACHMENT"],
  ] as const)("an output of %s without %s, where it is copied or drawn to", async (output, usage) => {
    withoutBgraStorage(await softwareDevice());
    const { device, pass, from } = await prepared({ ...RGBA8, output });
    const to = kept(device.createTexture({ size: OUT, format: output, usage: TEXTURE.binding }));
    await survives(device, (encoder) => {
      expect(() => pass.encode(encoder, from, to)).toThrow(`The output was made without the usage ${usage}`);
    });
  });

  it("a texture for an external one", async () => {
    const device = await softwareDevice();
    const owner = await smallUpscaler();
    const pass = await passOf(owner, { ...RGBA8, input: "external" });
    const given = { from: inputOf(device, rgba(12, 9), "rgba8unorm"), to: outputFor(device, pass, "rgba8unorm") };
    await survives(device, (encoder) => {
      expect(() => pass.encode(encoder, given.from, given.to)).toThrow(
        "The input must be a GPUExternalTexture, as the pass was made for one",
      );
      expect(() => pass.begin(given.from, given.to)).toThrow(
        "An external texture expires with its task, so slices cannot read it: copy it into a texture first",
      );
    });
  });

  it("a pass that was destroyed", async () => {
    const { device, pass, from, to } = await prepared(RGBA8);
    pass.destroy();
    pass.destroy();
    const refusal = expect.objectContaining({ code: "bad-input", message: "The pass was destroyed" });
    await survives(device, (encoder) => {
      expect(() => pass.encode(encoder, from, to)).toThrow(refusal);
      expect(() => pass.begin(from, to)).toThrow(refusal);
    });
    await expect(pass.overflowed()).rejects.toEqual(refusal);
  });

  it("what is not an encoder", async () => {
    const { pass, from, to } = await prepared(RGBA8);
    for (const [given, got] of [
      [undefined, "Undefined"],
      [{}, "Object"],
    ] as const) {
      const encoder = given as unknown as GPUCommandEncoder;
      const message = `The encoder must be a GPUCommandEncoder, got ${got}`;
      expect(() => pass.encode(encoder, from, to)).toThrow(message);
      expect(() => pass.begin(from, to).encodeSlice(encoder, 1)).toThrow(message);
    }
  });
});

describe("createPass refuses", () => {
  it.each([
    [{ maxSliceMS: 2 }, "createPass has no option maxSliceMS, did you mean maxSliceMs?"],
    [{ flipy: true }, "createPass has no option flipy, did you mean flipY?"],
    [{ tile: 5 }, /^createPass has no option tile, /],
    [{ width: 0 }, "width must be a positive integer, got 0"],
    [{ height: 1.5 }, "height must be a positive integer, got 1.5"],
    [{ width: "12" }, "width must be a positive integer, got 12"],
    [{ input: undefined }, "input must be the format of a texture, got undefined"],
    [
      { input: "r8unorm" },
      "Textures of the format r8unorm cannot be read, expected one of rgba8unorm, rgba8unorm-srgb, bgra8unorm, " +
        "bgra8unorm-srgb, rgba16float, rgba32float",
    ],
    [{ output: "external" }, /^Textures of the format external cannot be stored to, expected one of rgba8unorm, /],
    [{ output: "depth24plus" }, /^Textures of the format depth24plus cannot be stored to/],
    [{ inputTransfer: "gamma" }, 'inputTransfer must be one of "srgb", "linear", got "gamma"'],
    [{ outputTransfer: 1 }, 'outputTransfer must be one of "srgb", "linear", got 1'],
    [{ alpha: "none" }, 'alpha must be one of "opaque", "straight", "premultiplied", got "none"'],
    [{ flipY: 1 }, "flipY must be true or false, got 1"],
    [{ maxSliceMs: 0 }, "maxSliceMs must be a positive number of milliseconds, got 0"],
    [{ maxSliceMs: Number.NaN }, "maxSliceMs must be a positive number of milliseconds, got NaN"],
    [
      { input: "external", alpha: "straight" },
      'External textures are opaque, so alpha must be "opaque", got "straight"',
    ],
  ] as [object, string | RegExp][])("%j", async (changes, message) => {
    const owner = await smallUpscaler();
    const device = await softwareDevice();
    const calls = counted(device);
    await expect(owner.createPass({ ...RGBA8, ...changes })).rejects.toMatchObject({
      code: "bad-input",
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
    expect(calls.take()).toEqual({});
  });

  it("no options", async () => {
    const owner = await smallUpscaler();
    await expect(owner.createPass(undefined as unknown as PassOptions)).rejects.toMatchObject({
      code: "bad-input",
      message: "The options of createPass must be an object, got undefined",
    });
  });

  it("outputs that are larger than a texture may be", async () => {
    const owner = await smallUpscaler();
    await expect(owner.createPass({ ...RGBA8, width: 10_000 })).rejects.toMatchObject({
      code: "unsupported-device",
      message: expect.stringMatching(/^The output of 20000x18 pixels is larger than the device's textures/),
    });
  });

  it("a budget in which no tile fits", async () => {
    const owner = await smallUpscaler({ memoryBudget: 10_000 });
    await expect(owner.createPass(RGBA8)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/^The smallest tile of .* the memory budget leaves \d+$/),
    });
  });

  it("what an Upscaler that was destroyed is asked for", async () => {
    const device = await softwareDevice();
    const owner = await createUpscaler(device, { model: MODEL, precision: "f32", tuning: plainTuning(device) });
    const pass = await passOf(owner, RGBA8);
    owner.destroy();
    await expect(owner.createPass(RGBA8)).rejects.toMatchObject({ message: "The Upscaler was destroyed" });
    // A pass is its own.
    const source = rgba(12, 9);
    const got = await encoded(
      device,
      pass,
      inputOf(device, source, "rgba8unorm"),
      outputFor(device, pass, "rgba8unorm"),
    );
    expect(wrongValues(got, (await (await smallUpscaler()).upscale(source)).data)).toBe(0);
  });
});
