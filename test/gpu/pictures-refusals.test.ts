// What upscale() refuses of textures and options: one sentence each, the next call works, and nothing is left.

import { beforeAll, describe, expect, it } from "vitest";
import { type OpenedDevice, openDevice } from "../../src/node/index.js";
import { upscale } from "../../src/upscale.js";
import { createUpscaler, type PlanOptions, type UpscaleOptions, type Upscaler } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomPicture as picture } from "../cases/random.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { countMemory } from "./memory.js";
import { TEXTURE } from "./textures.js";

const MODEL = modelOf(compactWeights({ scale: 2, blocks: 1, features: 4 }));
const READ = "expected one of rgba8unorm, rgba8unorm-srgb, bgra8unorm, bgra8unorm-srgb, rgba16float, rgba32float";
type Refusal = readonly [code: string, message: string | RegExp];

/** The test's own texture: 4x4, rgba8unorm, readable and writable, unless `changes` say otherwise. */
function mine(device: GPUDevice, changes: Partial<GPUTextureDescriptor> = {}): GPUTexture {
  const usage = TEXTURE.binding | TEXTURE.copyDst | TEXTURE.storage;
  const texture = device.createTexture({ label: "mine", size: [4, 4], format: "rgba8unorm", usage, ...changes });
  kept(texture);
  return texture;
}

function destroyed(texture: GPUTexture): GPUTexture {
  texture.destroy();
  return texture;
}

async function otherDevice(): Promise<GPUDevice> {
  const opened: OpenedDevice = await openDevice({ adapter: process.env.ESRGAN_TEST_ADAPTER ?? "swiftshader" });
  kept(opened);
  return opened.device;
}

async function upscaler(): Promise<Upscaler> {
  const found = await createUpscaler(await softwareDevice(), { model: MODEL, precision: "f32" });
  kept(found);
  return found;
}

/** Checks that `act` is refused so, leaves nothing, and that the next call works. */
async function expectRefusal(act: (owner: Upscaler) => unknown, [code, message]: Refusal): Promise<void> {
  const device = await softwareDevice();
  const owner = await upscaler();
  const count = countMemory(device);
  kept({ destroy: count.stop });
  const error: unknown = await Promise.resolve()
    .then(() => act(owner))
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(error).toMatchObject({
    name: "EsrganError",
    code,
    message: typeof message === "string" ? message : expect.stringMatching(message),
  });
  const text = (error as Error).message;
  expect(text).not.toMatch(/\n|\.$|\.\s+[A-Z]/);
  expect(count.live()).toEqual([]);
  expect((await owner.upscale(picture(3, 2))).width).toBe(6);
}

const depth = TEXTURE.binding | TEXTURE.render;
const SOURCES: Readonly<Record<string, readonly [(device: GPUDevice) => unknown, ...Refusal]>> = {
  "without TEXTURE_BINDING": [
    (device) => mine(device, { usage: TEXTURE.copySrc }),
    ...(["bad-input", 'The texture "mine" was made without the usage TEXTURE_BINDING'] as const),
  ],
  "that is multisampled": [
    (device) => mine(device, { sampleCount: 4, usage: depth }),
    ...(["bad-input", 'The texture "mine" has 4 samples a texel, expected 1: resolve it first'] as const),
  ],
  "of three dimensions": [
    (device) => mine(device, { dimension: "3d", size: [4, 4, 4] }),
    ...(["bad-input", 'The texture "mine" is a 3d texture, expected 2d'] as const),
  ],
  "of one dimension": [
    (device) => mine(device, { dimension: "1d", size: [4], usage: TEXTURE.binding }),
    ...(["bad-input", 'The texture "mine" is a 1d texture, expected 2d'] as const),
  ],
  "of r32float": [
    (device) => mine(device, { format: "r32float" }),
    ...(["bad-input", `Textures of the format r32float cannot be read, ${READ}`] as const),
  ],
  "of depth": [
    (device) => mine(device, { format: "depth24plus", usage: depth }),
    ...(["bad-input", `Textures of the format depth24plus cannot be read, ${READ}`] as const),
  ],
  "whose level there is not": [
    (device) => ({ texture: mine(device), mipLevel: 1 }),
    ...(["bad-input", 'The texture "mine" has no mipLevel 1, it has 1'] as const),
  ],
  "whose layer there is not": [
    (device) => ({ texture: mine(device), arrayLayer: -1 }),
    ...(["bad-input", 'The texture "mine" has no arrayLayer -1, it has 1'] as const),
  ],
  "that is none": [
    () => ({ texture: undefined }),
    ...(["bad-input", "The texture must be a GPUTexture or { texture, mipLevel, arrayLayer }, got undefined"] as const),
  ],
  "that was destroyed": [
    (device) => destroyed(mine(device)),
    ...(["bad-input", /^The texture of 4x4 texels was refused by the GPU: .*[Dd]estroyed/] as const),
  ],
};

describe("a source texture is refused", () => {
  it.each(Object.entries(SOURCES))("%s", async (_, [source, ...refusal]) => {
    const given = source(await softwareDevice()) as GPUTexture;
    for (const output of ["texture", "pixels"] as const) {
      await expectRefusal((owner) => owner.upscale(given, { output }), refusal);
    }
    await expectRefusal(async (owner) => {
      for await (const _ of owner.strips(given));
    }, refusal);
  });

  it("of another device", async () => {
    const given = mine(await otherDevice());
    for (const output of ["texture", "pixels"] as const) {
      await expectRefusal(
        (owner) => owner.upscale(given, { output }),
        ["bad-input", /^The texture of 4x4 texels was refused by the GPU: /],
      );
    }
  });
});

const RESULTS: Readonly<Record<string, readonly [(device: GPUDevice) => unknown, ...Refusal]>> = {
  "of another size": [
    (device) => mine(device, { size: [8, 7] }),
    ...(["bad-input", 'The output texture "mine" has 8x7 texels, expected 8x8'] as const),
  ],
  "of a format that is not stored to": [
    (device) => mine(device, { size: [8, 8], format: "r32float" }),
    ...(["bad-input", `Textures of the format r32float cannot be stored to, ${READ}`] as const),
  ],
  "without STORAGE_BINDING": [
    (device) => mine(device, { size: [8, 8], usage: TEXTURE.copyDst }),
    ...(["bad-input", 'The output texture "mine" was made without the usage STORAGE_BINDING'] as const),
  ],
  "without COPY_DST": [
    (device) => mine(device, { size: [8, 8], format: "rgba8unorm-srgb", usage: TEXTURE.binding }),
    ...(["bad-input", 'The output texture "mine" was made without the usage COPY_DST'] as const),
  ],
  "whose level there is not": [
    (device) => ({ texture: mine(device), mipLevel: 4 }),
    ...(["bad-input", 'The output texture "mine" has no mipLevel 4, it has 1'] as const),
  ],
  "that is a word": [
    () => "mine",
    ...([
      "bad-input",
      "The output texture must be a GPUTexture or { texture, mipLevel, arrayLayer }, got string",
    ] as const),
  ],
  "that was destroyed": [
    (device) => destroyed(mine(device, { size: [8, 8] })),
    ...(["bad-input", /^The output texture was refused by the GPU: .*[Dd]estroyed/] as const),
  ],
  "that was destroyed, copied to": [
    (device) => destroyed(mine(device, { size: [8, 8], format: "rgba8unorm-srgb", usage: TEXTURE.copyDst })),
    ...(["bad-input", /^The output texture was refused by the GPU: .*[Dd]estroyed/] as const),
  ],
};

describe("an output texture is refused", () => {
  it.each(Object.entries(RESULTS))("%s", async (_, [result, ...refusal]) => {
    const texture = result(await softwareDevice()) as GPUTexture;
    await expectRefusal((owner) => owner.upscale(picture(4, 4), { texture }), refusal);
  });

  it.each(["rgba8unorm", "rgba8unorm-srgb"] as const)("of another device: %s", async (format) => {
    const usage = format === "rgba8unorm" ? TEXTURE.storage : TEXTURE.copyDst;
    const texture = mine(await otherDevice(), { size: [8, 8], format, usage });
    await expectRefusal(
      (owner) => owner.upscale(picture(4, 4), { texture }),
      ["bad-input", /^The output texture was refused by the GPU: /],
    );
  });

  it("that is destroyed while the call runs", async () => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const texture = mine(device, { size: [8, 8], format: "rgba8unorm-srgb", usage: TEXTURE.copyDst });
    // The copy into it is then the caller's mistake, and the device's to report.
    device.pushErrorScope("validation");
    const call = owner.upscale(picture(4, 4), { texture, onProgress: () => texture.destroy() });
    await expect(call).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/^The output texture was refused by the GPU: /),
    });
    await device.popErrorScope();
  });

  it("without hiding errors of the caller's own", async () => {
    const device = await softwareDevice();
    const owner = await upscaler();
    const texture = mine(device, { size: [8, 8] });
    device.pushErrorScope("validation");
    const blame = () => device.createBuffer({ label: "mine", size: 4, usage: 0xffff }).destroy();
    await owner.upscale(picture(4, 4), { texture, onProgress: blame });
    expect(await device.popErrorScope()).not.toBeNull();
  });
});

describe("options are refused", () => {
  const upscaled = (options: object) => (owner: Upscaler) => owner.upscale(picture(4, 4), options as UpscaleOptions);
  const CASES: Readonly<Record<string, readonly [(owner: Upscaler) => unknown, string]>> = {
    "misspelt, of upscale": [upscaled({ tilable: true }), "upscale has no option tilable, did you mean tileable?"],
    "misspelt, of another call": [
      upscaled({ onprogress: () => {} }),
      "upscale has no option onprogress, did you mean onProgress?",
    ],
    "of createUpscaler, given to its upscale": [
      upscaled({ precision: "f32" }),
      `upscale has no option precision, it takes scale, tile, alpha, tta, tileable, signal, onProgress, onNote, output, ${"type, quality, canvas, texture, pixelFormat, textureFormat, textureUsage"}`,
    ],
    "misspelt, of upscale(device)": [
      async () => upscale(await softwareDevice(), picture(4, 4), { presicion: "f32" } as object),
      "upscale has no option presicion, did you mean precision?",
    ],
    "misspelt, of createUpscaler": [
      async () => createUpscaler(await softwareDevice(), { memorybudget: 5 } as object),
      "createUpscaler has no option memorybudget, did you mean memoryBudget?",
    ],
    "misspelt, of plan": [
      (owner) => owner.plan(4, 4, { bit: 8 } as PlanOptions),
      "plan has no option bit, did you mean bits?",
    ],
    "misspelt, of prepare": [
      (owner) => owner.prepare(4, 4, { Scale: 3 } as PlanOptions),
      "prepare has no option Scale, did you mean scale?",
    ],
    "misspelt, of strips": [
      (owner) => owner.strips(picture(4, 4), { tiles: "auto" } as object),
      "strips has no option tiles, did you mean tile?",
    ],
    "misspelt, of createPass": [
      (owner) =>
        owner.createPass({ width: 4, heigth: 4, input: "rgba8unorm", output: "rgba8unorm" } as unknown as {
          width: number;
          height: number;
          input: "rgba8unorm";
          output: "rgba8unorm";
        }),
      "createPass has no option heigth, did you mean height?",
    ],
    "that are none": [upscaled(null as unknown as object), "The options of upscale must be an object, got null"],
    "for another kind": [upscaled({ quality: 0.5 }), 'The option quality is for the output "blob", got "pixels"'],
    "that write a texture, for another kind": [
      upscaled({ texture: {}, output: "pixels" }),
      'The option texture is for the output "texture", got "pixels"',
    ],
    "of a texture that is made, beside one": [
      upscaled({ texture: {}, textureUsage: 4 }),
      "The option textureUsage is for a texture that is made, but one was given to write",
    ],
    "that are no usage": [
      upscaled({ output: "texture", textureUsage: "COPY_SRC" }),
      "textureUsage must be flags of GPUTextureUsage, got COPY_SRC",
    ],
    "that are no format": [
      upscaled({ output: "texture", textureFormat: "r8unorm" }),
      `Textures of the format r8unorm cannot be stored to, ${READ}`,
    ],
  };
  it.each(Object.entries(CASES))("%s", async (_, [act, message]) => {
    await expectRefusal(act, ["bad-input", message]);
  });

  it("that are usages which the device does not know", async () => {
    const act = upscaled({ output: "texture", textureUsage: 0x8000 });
    await expectRefusal(act, ["bad-input", /^A result of 8x8 texels was refused by the GPU: /]);
  });

  it("before a device that is none, by the name of the call", async () => {
    const refusal = { code: "bad-input", message: "upscale takes a GPUDevice, got undefined" };
    await expect(upscale(undefined as unknown as GPUDevice, picture(4, 4))).rejects.toMatchObject(refusal);
  });
});

beforeAll(softwareDevice);
