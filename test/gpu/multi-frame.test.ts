// Merging on a device: kernels against the CPU reference, the adjoint by dot products, tiles, memory, abort, and every kind of output.

import { describe, expect, it } from "vitest";
import { type MergeOptions, superResolve, superResolveOnCpu } from "../../src/multi-frame/index.js";
import {
  descentCall,
  differencesCall,
  type FrameView,
  type MergeShape,
  packTables,
} from "../../src/ops/multi-frame.kernels.js";
import { axisTaps, type PointSpread, type Shift, tapCount } from "../../src/ops/observation.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { randomFloats, randomPicture, seededRandom } from "../cases/random.js";
import { framesOf, largestDifference, psnr, seededShifts, TEST_SCENE } from "../multi-frame/scene.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { countMemory } from "./memory.js";
import { wrongValues } from "./pass-run.js";
import { runKernels } from "./run-kernels.js";
import { readTexture, TEXTURE, textureOf } from "./textures.js";

function viewsOf({ width, height, scale }: MergeShape, psf: PointSpread, shifts: readonly Shift[]): FrameView[] {
  return shifts.map(({ x, y }) => ({
    columns: axisTaps(width, scale, psf, x),
    rows: axisTaps(height, scale, psf, y),
    place: { x: 0, y: 0 },
  }));
}

function dot(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

describe("the kernels of an observation", () => {
  it.each([
    { width: 1, height: 1, scale: 2, psf: "box", shifts: [{ x: 0, y: 0 }] },
    { width: 7, height: 9, scale: 2, psf: "box", shifts: seededShifts(3) },
    { width: 17, height: 5, scale: 3, psf: { gaussian: 0.5 }, shifts: seededShifts(2) },
    {
      width: 9,
      height: 8,
      scale: 4,
      psf: "box",
      shifts: [
        { x: 3.4, y: -2.7 },
        { x: -0.5, y: 0.5 },
      ],
    },
  ] as const)("are adjoint: $width x $height, $scale times, $psf", async ({ width, height, scale, psf, shifts }) => {
    const device = await softwareDevice();
    const taps = tapCount(scale, psf);
    const shape: MergeShape = { width, height, channels: 1, bits: 8, frames: shifts.length, scale, taps };
    const tables = packTables(shape, viewsOf(shape, psf, shifts));
    const random = seededRandom(width);
    const picture = Float32Array.from(randomFloats(random, width * height * scale * scale));
    const frames = Float32Array.from(randomFloats(random, width * height * shifts.length));
    const all = { first: 0, count: shifts.length };
    // Of black frames the differences are what is seen, negated.
    const black = new Uint32Array(Math.ceil(frames.length / 4));
    const operands = { inputs: [picture], pixels: black, tables, resultBytes: frames.byteLength };
    const seen = new Float32Array(await runKernels(device, [differencesCall(shape, all)], operands));
    // From a black picture a step of count / scale^2 goes to what is spread back.
    const step = shifts.length / scale ** 2;
    const descent = descentCall(shape, all, { kind: "back-projection", step });
    const inputs = [new Float32Array(picture.length), frames];
    const spread = new Float32Array(
      await runKernels(device, [descent], { inputs, tables, resultBytes: picture.byteLength }),
    );
    const forward = -dot(seen, frames);
    expect(Math.abs(forward)).toBeGreaterThan(1e-3);
    expect(dot(picture, spread)).toBeCloseTo(forward, 5);
  });
});

describe("a merge on the GPU", () => {
  const methods = [
    { method: "shift-and-add" },
    { method: "back-projection", iterations: 6 },
    { method: "map", prior: "huber", iterations: 6 },
    { method: "map", prior: "btv", iterations: 6, psf: { gaussian: 0.5 } },
    { method: "pocs", iterations: 2 },
  ] as const satisfies readonly MergeOptions[];
  const kinds = [
    { width: 17, height: 13, channels: 1, bits: 8, scale: 2 },
    { width: 9, height: 12, channels: 3, bits: 16, scale: 3 },
    { width: 8, height: 9, channels: 4, bits: 8, scale: 4 },
    { width: 1, height: 1, channels: 2, bits: 16, scale: 2 },
  ] as const;

  it.each(methods.flatMap((options) => kinds.map((kind) => ({ options, kind }))))(
    "is that of the reference: $options.method $options.prior, $kind",
    async ({ options, kind }) => {
      const device = await softwareDevice();
      const shifts = [...seededShifts(3), { x: 0.9, y: -0.7 }];
      const frames = framesOf(TEST_SCENE, shifts, kind);
      const call = { ...options, shifts, scale: kind.scale };
      const merged = await superResolve(device, frames, call);
      expect(merged).toMatchObject({ channels: kind.channels, bits: kind.bits, width: kind.width * kind.scale });
      // Sums in another order fall on the other side of a half now and then.
      expect(largestDifference(merged, superResolveOnCpu(frames, call))).toBeLessThanOrEqual(kind.bits === 16 ? 2 : 1);
    },
  );

  it.each([
    { width: 3, height: 3, channels: 1, bits: 16, scale: 2 },
    { width: 9, height: 7, channels: 3, bits: 16, scale: 2 },
    { width: 3, height: 1, channels: 1, bits: 8, scale: 2 },
  ] as const)("is that of the reference where frames end within a word: $width x $height, $bits bits", async (kind) => {
    const device = await softwareDevice();
    for (const count of [1, 2, 3]) {
      const shifts = seededShifts(count);
      const frames = framesOf(TEST_SCENE, shifts, kind);
      const call = { shifts, method: "shift-and-add" } as const;
      const merged = await superResolve(device, frames, call);
      expect(largestDifference(merged, superResolveOnCpu(frames, call))).toBeLessThanOrEqual(kind.bits === 16 ? 2 : 1);
    }
  });

  it("estimates shifts that are not given", async () => {
    const device = await softwareDevice();
    const frames = framesOf(TEST_SCENE, seededShifts(4), { width: 40, height: 36, scale: 2 });
    const call = { method: "shift-and-add", registration: "frequency" } as const;
    const merged = await superResolve(device, frames, call);
    expect(largestDifference(merged, superResolveOnCpu(frames, call))).toBeLessThanOrEqual(1);
    expect(psnr(merged, superResolveOnCpu(frames.slice(0, 1), call))).toBeLessThan(40);
  });

  it("in tiles shows no seam, keeps to the budget, and frees all", async () => {
    const device = await softwareDevice();
    const shifts = seededShifts(3);
    const frames = framesOf(TEST_SCENE, shifts, { width: 90, height: 50, scale: 2 });
    const call = { shifts, method: "map", iterations: 20 } as const;
    const whole = await superResolve(device, frames, call);
    const count = countMemory(device);
    try {
      const memoryBudget = 200_000;
      const steps: number[] = [];
      const onProgress = ({ done, total }: { done: number; total: number }) => steps.push(done / total);
      const tiled = await superResolve(device, frames, { ...call, memoryBudget, onProgress });
      expect(count.peakBytes()).toBeLessThanOrEqual(memoryBudget);
      expect(count.peakBytes()).toBeGreaterThan(memoryBudget / 4);
      expect(count.live()).toEqual([]);
      expect(largestDifference(tiled, whole)).toBeLessThanOrEqual(1);
      expect(steps).toEqual([...steps].sort((a, b) => a - b));
      expect(steps.at(-1)).toBe(1);
      expect(steps.length).toBeGreaterThan(4);
    } finally {
      count.stop();
    }
  });

  it("refuses a budget that is too small for any tile, and makes nothing", async () => {
    const device = await softwareDevice();
    const count = countMemory(device);
    try {
      const merging = superResolve(device, [randomPicture(20, 10)], { memoryBudget: 1000, shifts: [{ x: 0, y: 0 }] });
      await expect(merging).rejects.toThrow(
        "The memory budget of 1000 bytes is too small for 1 frame of 3 channels with 8 bits at scale 2, even in tiles of 20x10 pixels",
      );
      expect(count.peakBytes()).toBe(0);
    } finally {
      count.stop();
    }
  });

  it("refuses textures whose copies pass the budget before it makes any", async () => {
    const device = await softwareDevice();
    const frames = framesOf(TEST_SCENE, seededShifts(3), { width: 60, height: 40, channels: 4, scale: 2 });
    const textures = frames.map((frame) => kept(textureOf(device, frame, "rgba8unorm")));
    const count = countMemory(device);
    try {
      // Copies of 60 * 40 * 4 bytes, and rows of 256 bytes of one of them.
      const most = 3 * 9600 + 256 * 40;
      await expect(superResolve(device, textures, { memoryBudget: most - 1 })).rejects.toMatchObject({
        code: "bad-input",
        message: `Copies of 3 textures take ${most} bytes, the memory budget is ${most - 1}: give fewer frames, or their pixels`,
      });
      expect(count.peakBytes()).toBe(0);
      const merging = superResolve(device, textures, { memoryBudget: most, output: "pixels" });
      await expect(merging).rejects.toThrow(`The memory budget of ${most} bytes is too small for 3 frames`);
      expect(count.peakBytes()).toBe(most);
      expect(count.live()).toEqual([]);
    } finally {
      count.stop();
    }
  });

  it("stops when aborted, before and meanwhile, with the signal's reason, and frees all", async () => {
    const device = await softwareDevice();
    const frames = framesOf(TEST_SCENE, seededShifts(3), { width: 30, height: 30, scale: 2 });
    const count = countMemory(device);
    try {
      const before = AbortSignal.abort(new Error("never mind"));
      await expect(superResolve(device, frames, { signal: before })).rejects.toThrow("never mind");
      const meanwhile = new AbortController();
      const onProgress = () => meanwhile.abort(new Error("enough"));
      const { signal } = meanwhile;
      await expect(superResolve(device, frames, { signal, onProgress })).rejects.toThrow("enough");
      expect(count.peakBytes()).toBeGreaterThan(0);
      expect(count.live()).toEqual([]);
    } finally {
      count.stop();
    }
  });

  it("takes other sources, textures among them, and gives what is asked for", async () => {
    const device = await softwareDevice();
    const [pixels] = framesOf(TEST_SCENE, [{ x: 0, y: 0 }], { width: 16, height: 6, channels: 4, scale: 2 }) as [
      Pixels,
    ];
    const opaque = { ...pixels, data: pixels.data.map((level, i) => (i % 4 === 3 ? 255 : level)) } as Pixels;
    const texture = device.createTexture({ label: "mine", size: [16, 6], format: "rgba8unorm", usage: 4 | 2 });
    device.queue.writeTexture({ texture }, new Uint8Array(opaque.data), { bytesPerRow: 64 }, [16, 6]);
    const call = { method: "back-projection", iterations: 3, output: "pixels" } as const;
    const wanted = await superResolve(device, [opaque, opaque], call);
    const sharpPixels = { data: opaque.data as Uint8Array, info: { width: 16, height: 6, channels: 4 } } as const;
    expect(await superResolve(device, [texture, sharpPixels], call)).toEqual(wanted);
    texture.destroy();
    const blob = await superResolve(device, [opaque], { ...call, output: "blob" });
    expect([...new Uint8Array(await blob.arrayBuffer()).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  });

  describe("into a texture", () => {
    const shifts = seededShifts(2);
    const call = { shifts, method: "shift-and-add" } as const;
    const size = { width: 9, height: 7, scale: 2 };

    it.each([
      ["rgba8unorm", 4, 8],
      ["rgba8unorm-srgb", 3, 8],
      ["bgra8unorm", 1, 8],
      ["rgba16float", 3, 16],
      ["rgba32float", 2, 16],
    ] as const)("of the format %s from %i channels of %i bits", async (textureFormat, channels, bits) => {
      const device = await softwareDevice();
      const frames = framesOf(TEST_SCENE, shifts, { ...size, channels, bits });
      const { data } = await superResolve(device, frames, call);
      const most = bits === 16 ? 65535 : 255;
      const level = (pixel: number, c: number) => {
        if (c === 3) return channels % 2 === 0 ? data[pixel * channels + channels - 1]! : most;
        return data[pixel * channels + (channels < 3 ? 0 : c)]!;
      };
      const wanted = Array.from({ length: 18 * 14 * 4 }, (_, i) => level(i >> 2, i % 4) / (bits === 16 ? most : 1));
      const count = countMemory(device);
      try {
        const texture = await superResolve(device, frames, { ...call, output: "texture", textureFormat });
        expect(texture).toMatchObject({ width: 18, height: 14, format: textureFormat });
        const got = await readTexture(device, texture);
        // A half has 11 bits.
        expect(wrongValues(got, wanted, textureFormat === "rgba16float" ? 1 / 2048 : 1e-6)).toBe(0);
        const usage = texture.usage | TEXTURE.storage | TEXTURE.copyDst | TEXTURE.render;
        const given = kept(
          device.createTexture({
            size: [18, 14, 2],
            format: textureFormat,
            usage: usage & ~(textureFormat.endsWith("-srgb") ? TEXTURE.storage : 0),
          }),
        );
        const slice = { texture: given, arrayLayer: 1 };
        expect(await superResolve(device, frames, { ...call, texture: slice })).toBe(given);
        expect(wrongValues(await readTexture(device, slice), got)).toBe(0);
        texture.destroy();
        given.destroy();
        expect(count.live()).toEqual([]);
      } finally {
        count.stop();
      }
    });

    it("gives textures back for textures, and refuses those that it cannot write before the work", async () => {
      const device = await softwareDevice();
      const [frame] = framesOf(TEST_SCENE, shifts, { ...size, channels: 4 }) as [Pixels];
      const source = kept(textureOf(device, frame, "rgba8unorm"));
      const merged = kept(await superResolve(device, [source, source], call));
      expect(merged).toMatchObject({ width: 18, height: 14, format: "rgba8unorm" });
      const onProgress = () => expect.unreachable("worked");
      await expect(superResolve(device, [source, source], { ...call, texture: source, onProgress })).rejects.toThrow(
        "The output texture has 9x7 texels, expected 18x14",
      );
      merged.destroy();
      await expect(
        superResolve(device, [source, source], { ...call, texture: merged, onProgress }),
      ).rejects.toMatchObject({
        code: "bad-input",
      });
    });
  });

  it.each([
    [
      { output: "pixels", textureFormat: "rgba8unorm" },
      'The option textureFormat is for the output "texture", got "pixels"',
    ],
    [
      { output: "texture", textureFormat: "r8unorm" },
      "Textures of the format r8unorm cannot be stored to, expected one of rgba8unorm",
    ],
    [
      { output: "texture", memoryBudget: 400 },
      'A texture of 8x8 texels takes 512 bytes with what it is made of, the memory budget is 400: ask for the output "pixels"',
    ],
    [{ output: "picture" }, 'The output must be one of "imageBitmap"'],
    [{ memoryBudget: -1 }, "memoryBudget must be a positive number of bytes, got -1"],
    [{ scales: 2 }, "superResolve has no option scales, did you mean scale?"],
  ])("refuses %j", async (options, message) => {
    const device = await softwareDevice();
    await expect(superResolve(device, [randomPicture(4, 4)], options as MergeOptions)).rejects.toThrow(message);
  });

  it("refuses what is no device and no picture", async () => {
    const device = await softwareDevice();
    await expect(superResolve(null as unknown as GPUDevice, [])).rejects.toThrow(
      "superResolve takes a GPUDevice, got null",
    );
    const frames = [randomPicture(4, 4), "frame.png"] as Pixels[];
    await expect(superResolve(device, frames)).rejects.toThrow("A picture must be an ImageBitmap");
  });
});
