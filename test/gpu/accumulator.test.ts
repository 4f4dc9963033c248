// Accumulating jittered frames between textures: against the CPU reference, better with each frame, by counts, and what is refused.

import { describe, expect, it } from "vitest";
import { accumulatedPlanes } from "../../src/multi-frame/accumulate.reference.js";
import { channelPlane, pixelsOfPlanes } from "../../src/multi-frame/frames.js";
import {
  type AccumulatorOptions,
  createAccumulator,
  type FrameAccumulator,
  halton,
} from "../../src/multi-frame/index.js";
import type { PointSpread, Shift } from "../../src/ops/observation.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { framesOf, psnr, TEST_SCENE, truthOf } from "../multi-frame/scene.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import {
  counted,
  encodedOf,
  inputOf,
  linearOf,
  outputFor,
  submitted,
  withoutBgraStorage,
  wrongValues,
} from "./pass-run.js";
import { readTexture, TEXTURE } from "./textures.js";

const SIZE = { width: 21, height: 18 };
const RGBA8 = { ...SIZE, input: "rgba8unorm", output: "rgba8unorm" } as const;

/** RGBA frames where a Halton sequence looks, with levels that differ from channel to channel. */
function jittered(count: number, scale = 2, size: { width: number; height: number } = SIZE) {
  const jitters = Array.from({ length: count }, (_, index) => halton(index));
  const frames = framesOf(TEST_SCENE, jitters, { ...size, channels: 3, scale });
  return { jitters, frames };
}

function rgbaOf({ data, width, height }: Pixels): Pixels {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgba[i * 4 + c] = data[i * 3 + c]!;
  return { data: rgba, width, height, channels: 4, bits: 8 };
}

/** What the reference has after all frames, as RGBA. */
function wanted(frames: readonly Pixels[], jitters: readonly Shift[], scale: number, psf?: PointSpread): Pixels {
  const planes = [0, 1, 2].map((channel) => {
    const channels = frames.map((frame) => channelPlane(frame, channel));
    return [...accumulatedPlanes(channels, jitters, scale, psf)].at(-1)!;
  });
  return rgbaOf(pixelsOfPlanes(planes, 8));
}

async function made(options: AccumulatorOptions): Promise<{ device: GPUDevice; still: FrameAccumulator }> {
  const device = await softwareDevice();
  return { device, still: kept(await createAccumulator(device, options)) };
}

/** All frames, each submitted by itself, and the output after the last. */
async function accumulated(
  { device, still }: { readonly device: GPUDevice; readonly still: FrameAccumulator },
  { input, output }: { readonly input: GPUTextureFormat; readonly output: GPUTextureFormat },
  { frames, jitters }: { readonly frames: readonly Pixels[]; readonly jitters: readonly Shift[] },
  toFloat?: (level: number) => number,
) {
  const to = outputFor(device, still, output);
  const sources = frames.map((frame) => inputOf(device, rgbaOf(frame), input, toFloat));
  sources.forEach((from, index) => {
    submitted(device, (encoder) => still.encode(encoder, from, to, jitters[index]!));
  });
  return readTexture(device, to);
}

describe("the picture after each frame is that of the reference", () => {
  it.each([
    [2, 1],
    [2, 2],
    [2, 11],
    [3, 3],
    [1, 2],
    [8, 2],
  ])("at scale %i after %i", async (scale, count) => {
    const given = jittered(count, scale);
    const got = await accumulated(await made({ ...RGBA8, scale }), RGBA8, given);
    // Sums in another order fall on the other side of a half now and then.
    expect(wrongValues(got, wanted(given.frames, given.jitters, scale).data, 1)).toBe(0);
    expect(new Set(got).size).toBeGreaterThan(40);
  });

  it.each([
    [2, 0.5],
    [3, 0.37],
    [1, 1.2],
    [2, 1e-30],
  ])("at scale %i of frames with a Gaussian point spread of %d pixels", async (scale, gaussian) => {
    const psf = { gaussian };
    const { frames } = jittered(4, scale);
    const jitters = [halton(0), halton(1), { x: 1, y: -0.5 }, { x: -3.25, y: 0 }];
    const got = await accumulated(await made({ ...RGBA8, scale, psf }), RGBA8, { frames, jitters });
    expect(wrongValues(got, wanted(frames, jitters, scale, psf).data, 1)).toBe(0);
    if (gaussian > 0.1) expect(wrongValues(got, wanted(frames, jitters, scale).data, 1)).toBeGreaterThan(500);
  });

  it.each([
    { width: 1, height: 1 },
    { width: 2, height: 5 },
    { width: 17, height: 4 },
  ])("of frames of $width x $height, with jitter beyond half a pixel", async (size) => {
    const { frames } = jittered(3, 2, size);
    const jitters = [
      { x: 0.75, y: -1.25 },
      { x: -7.9, y: 7.9 },
      { x: 0, y: 0.5 },
    ];
    const got = await accumulated(await made({ ...RGBA8, ...size }), RGBA8, { frames, jitters });
    expect(wrongValues(got, wanted(frames, jitters, 2).data, 1)).toBe(0);
  });

  it.each([
    ["rgba8unorm-srgb", "rgba8unorm-srgb"],
    ["bgra8unorm", "bgra8unorm"],
    ["bgra8unorm-srgb", "rgba8unorm"],
    ["rgba8unorm", "bgra8unorm-srgb"],
  ] as const)("from %s to %s, which hold the same bytes", async (input, output) => {
    const given = jittered(3);
    const expected = wanted(given.frames, given.jitters, 2).data;
    const got = await accumulated(await made({ ...SIZE, input, output }), { input, output }, given);
    expect(wrongValues(got, expected, 1)).toBe(0);
    withoutBgraStorage(await softwareDevice());
    const drawn = await accumulated(await made({ ...SIZE, input, output }), { input, output }, given);
    expect(wrongValues(drawn, got)).toBe(0);
  });

  it("from linear floats to linear floats", async () => {
    const given = jittered(4);
    const formats = { input: "rgba16float", output: "rgba16float" } as const;
    const still = await made({ ...SIZE, ...formats, inputTransfer: "linear", outputTransfer: "linear" });
    const got = await accumulated(still, formats, given, (level) => linearOf(level / 255));
    const levels = Array.from(got, (value, i) => (i % 4 === 3 ? 255 * value : 255 * encodedOf(value)));
    expect(wrongValues(levels, wanted(given.frames, given.jitters, 2).data, 1.1)).toBe(0);
  });

  it("in range hdr: what is brighter than 1 stays so", async () => {
    const formats = { input: "rgba16float", output: "rgba16float" } as const;
    const flat: Pixels = { data: new Uint8Array(21 * 18 * 3).fill(200), ...SIZE, channels: 3, bits: 8 };
    const still = await made({ ...SIZE, ...formats, range: "hdr" });
    const given = { frames: [flat, flat], jitters: [halton(0), halton(1)] };
    const got = await accumulated(still, formats, given, (level) => (level === 255 ? 1 : level / 4));
    expect(
      wrongValues(
        got,
        Array.from(got, (_, i) => (i % 4 === 3 ? 1 : 50)),
        0.2,
      ),
    ).toBe(0);
  });
});

describe("the picture", () => {
  it("gets better with each doubling of the frames, and better than one frame enlarged", async () => {
    const size = { width: 48, height: 40 };
    const { frames, jitters } = jittered(16, 2, size);
    const truth = rgbaOf(truthOf(TEST_SCENE, { ...size, channels: 3, scale: 2 }));
    const quality: number[] = [];
    for (const count of [1, 2, 4, 8, 16]) {
      const given = { frames: frames.slice(0, count), jitters };
      const data = (await accumulated(await made({ ...RGBA8, ...size }), RGBA8, given)) as Uint8Array<ArrayBuffer>;
      quality.push(psnr({ ...truth, data }, truth, 4));
    }
    for (let i = 1; i < quality.length; i++) expect(quality[i]! - quality[i - 1]!).toBeGreaterThan(0.3);
    expect(quality.at(-1)!).toBeGreaterThan(quality[0]! + 5);
  });

  it("begins anew after reset()", async () => {
    const given = jittered(3);
    const parts = await made(RGBA8);
    await accumulated(parts, RGBA8, given);
    expect(parts.still.frames).toBe(3);
    parts.still.reset();
    expect(parts.still.frames).toBe(0);
    const frames = [...given.frames].reverse();
    const again = await accumulated(parts, RGBA8, { frames, jitters: given.jitters });
    expect(wrongValues(again, await accumulated(await made(RGBA8), RGBA8, { frames, jitters: given.jitters }))).toBe(0);
  });

  it("is the same where several frames are recorded into one encoder", async () => {
    const { frames, jitters } = jittered(4);
    const { device, still } = await made(RGBA8);
    const to = outputFor(device, still, "rgba8unorm");
    const sources = frames.map((frame) => inputOf(device, rgbaOf(frame), "rgba8unorm"));
    submitted(device, (encoder) => {
      for (const [index, from] of sources.entries()) still.encode(encoder, from, to, jitters[index]!);
    });
    expect(wrongValues(await readTexture(device, to), wanted(frames, jitters, 2).data, 1)).toBe(0);
  });
});

describe("recording", () => {
  it("of 60 frames submits, makes, writes and maps nothing, but for the bind groups of a pair of textures", async () => {
    const device = await softwareDevice();
    const calls = counted(device);
    const still = await createAccumulator(device, RGBA8);
    expect(calls.liveBytes()).toBe(still.bytes);
    const from = inputOf(device, rgbaOf(jittered(1).frames[0]!), "rgba8unorm");
    const to = outputFor(device, still, "rgba8unorm");
    calls.take();
    const live = calls.live();
    const encoder = device.createCommandEncoder();
    still.encode(encoder, from, to, halton(0));
    expect(calls.take()).toEqual({ createBindGroup: 3 });
    for (let index = 1; index < 60; index++) still.encode(encoder, { texture: from }, to, halton(index));
    expect(calls.take()).toEqual({});
    expect(calls.live()).toBe(live);
    device.queue.submit([encoder.finish()]);
    still.destroy();
    still.destroy();
    expect(calls.live()).toBe(live - still.plan.buffers.length - 1);
  });

  it("frees what it made where the device has no memory left", async () => {
    const device = await softwareDevice();
    const calls = counted(device);
    for (const count of [1, 9, 10]) {
      calls.failFrom(count, new RangeError("no more"));
      const making = createAccumulator(device, { ...RGBA8, output: "rgba8unorm-srgb" });
      await expect(making).rejects.toMatchObject({ code: "out-of-memory" });
      expect(calls.live()).toBe(0);
    }
  });
});

describe("an accumulator refuses", () => {
  it.each([
    [{ scale: 9 }, "scale must be a whole number from 1 to 8, got 9"],
    [{ psf: { gaussian: 4.5 } }, /^psf must be "box" or \{ gaussian \} .* at most 4, got \{ gaussian: 4.5 \}$/],
    [{ width: 0 }, "width must be a positive integer, got 0"],
    [{ flipY: true }, /^createAccumulator has no option flipY, /],
    [{ input: "external" }, "An accumulator reads textures, not external ones: copy the frame into a texture"],
    [{ input: "r8unorm" }, /^Textures of the format r8unorm cannot be read, /],
    [{ output: "depth24plus" }, /^Textures of the format depth24plus cannot be stored to, /],
    [{ range: "hdr" }, 'The range "hdr" needs an input of rgba16float or rgba32float, got rgba8unorm'],
    [{ width: 9000 }, /^The output of 18000x36 pixels is larger than the device's textures/],
  ] as [object, string | RegExp][])("to be made with %j", async (changes, message) => {
    const device = await softwareDevice();
    const calls = counted(device);
    await expect(createAccumulator(device, { ...RGBA8, ...changes })).rejects.toMatchObject({
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
    expect(calls.take()).toEqual({});
  });

  it("to be made without a device or options", async () => {
    await expect(createAccumulator(null as unknown as GPUDevice, RGBA8)).rejects.toThrow(
      "createAccumulator takes a GPUDevice, got null",
    );
    await expect(createAccumulator(await softwareDevice(), undefined as unknown as AccumulatorOptions)).rejects.toThrow(
      "The options of createAccumulator must be an object, got undefined",
    );
  });

  it("frames, textures and jitters that are not as it was made for, before it records or counts anything", async () => {
    const { device, still } = await made(RGBA8);
    const { frames, jitters } = jittered(2);
    const from = inputOf(device, rgbaOf(frames[0]!), "rgba8unorm");
    const to = outputFor(device, still, "rgba8unorm");
    const encoder = device.createCommandEncoder();
    const large = inputOf(device, wanted(frames, jitters, 2), "rgba8unorm");
    const floats = inputOf(device, rgbaOf(frames[0]!), "rgba16float");
    const unreadable = kept(device.createTexture({ size: [21, 18], format: "rgba8unorm", usage: TEXTURE.copyDst }));
    const refused: [message: string, ...call: unknown[]][] = [
      ["The input has 42x36 texels, expected 21x18", encoder, large, to, halton(0)],
      ["The input has the format rgba16float, expected rgba8unorm", encoder, floats, to, halton(0)],
      ["The input was made without the usage TEXTURE_BINDING", encoder, unreadable, to, halton(0)],
      ["The output has 21x18 texels, expected 42x36", encoder, from, from, halton(0)],
      ["The output was made without the usage STORAGE_BINDING", encoder, from, large, halton(0)],
      ["The encoder must be a GPUCommandEncoder, got Object", {}, from, to, halton(0)],
      ["The jitter must be { x, y } within 8 pixels of a frame, got undefined", encoder, from, to, undefined],
      ["The jitter must be { x, y } within 8 pixels of a frame, got { x: 0, y: 8 }", encoder, from, to, { x: 0, y: 8 }],
      ["The jitter must be { x, y } within 8 pixels of a frame, got { x: 0 }", encoder, from, to, { x: 0 }],
      ["The jitter must be { x, y } within 8 pixels of a frame, got 1", encoder, from, to, 1],
    ];
    const encode = still.encode.bind(still) as (...call: unknown[]) => void;
    for (const [message, ...call] of refused) {
      expect(() => encode(...call)).toThrow(expect.objectContaining({ code: "bad-input", message }));
    }
    expect(still.frames).toBe(0);
    still.encode(encoder, from, to, halton(0));
    device.queue.submit([encoder.finish()]);
    expect(wrongValues(await readTexture(device, to), wanted(frames.slice(0, 1), jitters, 2).data, 1)).toBe(0);
    still.destroy();
    const refusal = expect.objectContaining({ code: "bad-input", message: "The accumulator was destroyed" });
    expect(() => still.encode(device.createCommandEncoder(), from, to, halton(0))).toThrow(refusal);
  });
});

it("NaN in a frame is read as 0", async () => {
  const formats = { input: "rgba16float", output: "rgba8unorm" } as const;
  const given = jittered(2);
  const after = async (odd: number) =>
    accumulated(await made({ ...SIZE, ...formats }), formats, given, (level) => (level > 150 ? odd : level / 255));
  const got = await after(Number.NaN);
  expect(wrongValues(got, await after(0))).toBe(0);
  expect(new Set(got).size).toBeGreaterThan(40);
});
