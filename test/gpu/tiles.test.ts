// Pictures in tiles: the same as in one piece, within the memory that was allowed, whatever the size; and what goes wrong on the way.

import { describe, expect, it, vi } from "vitest";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { reachOf } from "../../src/graph/reach.js";
import type { Model } from "../../src/models/model.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { choosePrecision } from "../../src/plan/choose-kernel.js";
import { deviceName } from "../../src/plan/tuning.js";
import { createUpscaler, type ResultOptions, type Upscaler, type UpscalerOptions } from "../../src/upscaler.js";
import { RandomGraph } from "../cases/graphs.js";
import { compactWeights, modelOf, rrdbWeights, rrdnWeights, swollen } from "../cases/networks.js";
import { randomPicture as picture } from "../cases/random.js";
import { countBuffers } from "./buffers.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";

// Few layers, so that an overlap of a few pixels covers all that a pixel depends on: tiles are exact then.
const COMPACT = modelOf(compactWeights({ scale: 2, blocks: 2 }));
const COMPACT_REACH = 4;
const RRDB = modelOf(rrdbWeights({ blocks: 1, features: 4, growth: 4 }));
const RRDB_REACH = 20;
const UNSHUFFLED = modelOf(rrdbWeights({ blocks: 1, features: 4, growth: 4, unshuffle: 2 }));
const TRANSPOSED = ((g) => {
  const graph = g.build(g.convTranspose(g.conv(g.input(3), 4), 3, { kernel: 9, stride: 3 }));
  return { ...COMPACT, network: { ...COMPACT.network, graph, scale: 3 } };
})(new RandomGraph(1));
const RRDN = modelOf(rrdnWeights({ scale: 2, blocks: 1, denseBlocks: 1, convs: 2 }));

// None of these tests is about kernels, so all have the one that compiles fastest, as if it had been measured.
async function upscalerFor(model: Model, options: Partial<UpscalerOptions> = {}): Promise<Upscaler> {
  const device = await softwareDevice();
  const forms = [1, 2].flatMap((upsample) => [1, 2, 4].map((shuffle) => ({ kernel: 3, upsample, shuffle })));
  const choices = forms.map((form) => ({ form, variant: { kind: "plain" } as const, measured: [] }));
  const capabilities = capabilitiesOf(device);
  const { storage } = choosePrecision(options.precision ?? "f32", capabilities);
  const tuning = { version: 1, device: deviceName(capabilities), storage, choices } as const;
  const upscaler = await createUpscaler(device, { model, tuning, precision: "f32", ...options });
  kept(upscaler);
  return upscaler;
}

async function counted() {
  const count = countBuffers(await softwareDevice());
  kept({ destroy: count.stop });
  return count;
}

function largestDifference(a: Pixels, b: Pixels): number {
  expect([a.width, a.height, a.channels, a.bits]).toEqual([b.width, b.height, b.channels, b.bits]);
  let most = 0;
  for (let i = 0; i < a.data.length; i++) most = Math.max(most, Math.abs(a.data[i]! - b.data[i]!));
  return most;
}

describe("tiles with all the overlap that the network sees", () => {
  it.each([
    [1, 1],
    [1, 40],
    [53, 1],
    [31, 32],
    [33, 16],
    [3, 257],
    [37, 29],
  ])("of %ix%i pixels give the picture in one piece", async (width, height) => {
    const upscaler = await upscalerFor(COMPACT);
    const source = picture(width, height);
    const whole = await upscaler.upscale(source);
    for (const size of [9, 16, 32]) {
      const tile = { size, overlap: COMPACT_REACH };
      const { tiles } = upscaler.plan(width, height, { tile });
      expect(tiles > 1).toBe(Math.max(width, height) > size);
      expect(await upscaler.upscale(source, { tile })).toEqual(whole);
    }
  });

  it.each([
    ["RRDBNet", RRDB, RRDB_REACH],
    ["RRDBNet that unshuffles", UNSHUFFLED, 2 * RRDB_REACH],
    ["RRDN", RRDN, RRDB_REACH],
  ])("of an %s too", async (_, model, overlap) => {
    const upscaler = await upscalerFor(model);
    const source = picture(101, 51);
    const whole = await upscaler.upscale(source);
    const tile = { size: 2 * overlap + 14, overlap };
    expect(upscaler.plan(101, 51, { tile }).tiles).toBeGreaterThan(1);
    expect(await upscaler.upscale(source, { tile })).toEqual(whole);
  });

  it.each([
    [1, 8],
    [2, 8],
    [4, 8],
    [1, 16],
    [3, 16],
    [4, 16],
  ] as const)("of %i channels of %i bits too", async (channels, bits) => {
    const upscaler = await upscalerFor(COMPACT);
    const source = picture(29, 23, channels, bits);
    const tile = { size: 16, overlap: COMPACT_REACH };
    const whole = await upscaler.upscale(source);
    expect(whole).toMatchObject({ channels, bits, width: 58, height: 46 });
    expect(await upscaler.upscale(source, { tile })).toEqual(whole);
  });

  it("differ where the overlap is too small: the border of a tile is seen", async () => {
    const upscaler = await upscalerFor(COMPACT);
    const source = picture(40, 20);
    const cut = await upscaler.upscale(source, { tile: { size: 24, overlap: 0 } });
    expect(largestDifference(cut, await upscaler.upscale(source))).toBeGreaterThan(1);
  });
});

describe("a memory budget", () => {
  it.each([
    ["Compact", COMPACT],
    ["RRDBNet", RRDB],
    ["RRDBNet that unshuffles", UNSHUFFLED],
    ["a transposed convolution", TRANSPOSED],
  ])("is never passed, and %s gives the same picture", async (_, model) => {
    const source = picture(150, 120, 4);
    const free = await upscalerFor(model);
    const expected = await free.upscale(source);
    const { peakBytes, weightBytes } = free.plan(150, 120);
    const tail: number[] = [];
    for (const share of [0.9, 0.6, 0.4]) {
      const memoryBudget = Math.ceil(weightBytes + (peakBytes - weightBytes) * share);
      const count = await counted();
      const upscaler = await upscalerFor(model, { memoryBudget });
      const plan = upscaler.plan(150, 120, { channels: 4 });
      tail.push(plan.tile.windows * plan.tiles);
      const result = await upscaler.upscale(source);
      expect(count.peakBytes()).toBeLessThanOrEqual(plan.peakBytes);
      expect(plan.peakBytes).toBeLessThanOrEqual(memoryBudget);
      // These networks see no further than the overlap reaches.
      expect(plan.tile.overlap).toBe(reachOf(model.network.graph));
      expect(result).toEqual(expected);
      upscaler.destroy();
      expect(count.liveBuffers()).toBe(0);
      count.stop();
    }
    expect(Math.max(...tail)).toBeGreaterThan(1);
  });

  it("cuts only the tail where the trunk fits", async () => {
    const free = (await upscalerFor(RRDB)).plan(83, 67);
    const upscaler = await upscalerFor(RRDB, { memoryBudget: Math.ceil(free.peakBytes * 0.6) });
    const plan = upscaler.plan(83, 67);
    expect(plan).toMatchObject({ tiles: 1, seamLevels: 0 });
    expect(plan.tile.windows).toBeGreaterThan(1);
  });
});

describe("strips", () => {
  it("are the picture from the top, each as wide as the whole", async () => {
    const upscaler = await upscalerFor(COMPACT);
    const source = picture(30, 41, 4);
    const options = { tile: { size: 16, overlap: COMPACT_REACH } };
    const whole = await upscaler.upscale(source, options);
    const strips = [];
    for await (const strip of upscaler.strips(source, options)) strips.push(strip);
    expect(strips.length).toBeGreaterThan(2);
    expect(strips.flatMap(({ pixels }) => [...pixels.data])).toEqual([...whole.data]);
    let y = 0;
    for (const strip of strips) {
      expect(strip).toMatchObject({ y, pixels: { width: 60, channels: 4, bits: 8 } });
      y += strip.pixels.height;
    }
    expect(y).toBe(82);
  });

  it("may be left early: everything is freed and the next call is served", async () => {
    const count = await counted();
    const upscaler = await upscalerFor(COMPACT);
    const source = picture(30, 41);
    const tile = { size: 16, overlap: COMPACT_REACH };
    const waiting = { started: false };
    for await (const { y } of upscaler.strips(source, { tile })) {
      expect(y).toBe(0);
      upscaler.upscale(picture(3, 3)).then(() => {
        waiting.started = true;
      });
      break;
    }
    expect(await upscaler.upscale(source)).toEqual(await upscaler.upscale(source, { tile }));
    expect(waiting.started).toBe(true);
    upscaler.destroy();
    expect(count.liveBuffers()).toBe(0);
  });
});

describe("a scale", () => {
  it.each([1, 2, 3, 4] as const)(
    "comes out the same by way of the GPU and of the CPU, with %i channels",
    async (channels) => {
      const source = picture(21, 17, channels);
      const free = await upscalerFor(COMPACT);
      for (const scale of [4, 3, 1.5]) {
        const expected = await free.upscale(source, { scale });
        // As much as one tile takes, which has no room for what lies between stages.
        const { peakBytes } = free.plan(21, 17, { channels });
        const little = await upscalerFor(COMPACT, { memoryBudget: peakBytes });
        expect(await little.upscale(source, { scale })).toEqual(expected);
      }
    },
  );

  it("comes out the same however it was cut up", async () => {
    const source = picture(90, 70, 4);
    const free = await upscalerFor(COMPACT);
    const options = { scale: 1.3 };
    const expected = await free.upscale(source, options);
    const { peakBytes } = free.plan(90, 70, options);
    const count = await counted();
    const upscaler = await upscalerFor(COMPACT, { memoryBudget: Math.ceil(peakBytes * 0.4) });
    const plan = upscaler.plan(90, 70, { ...options, channels: 4 });
    expect(plan.tiles).toBeGreaterThan(1);
    expect(await upscaler.upscale(source, options)).toEqual(expected);
    expect(count.peakBytes()).toBeLessThanOrEqual(plan.peakBytes);
    upscaler.destroy();
    expect(count.liveBuffers()).toBe(0);
  });
});

describe("self-ensemble", () => {
  it("comes out the same in tiles", async () => {
    const upscaler = await upscalerFor(COMPACT);
    const source = picture(19, 11, 3, 16);
    const result = await upscaler.upscale(source, { tta: true });
    expect(await upscaler.upscale(source, { tta: true, tile: { size: 13, overlap: COMPACT_REACH } })).toEqual(result);
  });
});

describe("a tileable picture", () => {
  it.each([{}, { scale: 1.5 }, { tile: { size: 12, overlap: COMPACT_REACH } }] as ResultOptions[])(
    "is the middle of nine of it: %o",
    async (options) => {
      const upscaler = await upscalerFor(COMPACT);
      // Two of these make a whole number of pixels at every scale.
      const source = picture(14, 10);
      const nine = picture(42, 30);
      for (let i = 0; i < 42 * 30; i++) {
        const [x, y] = [i % 42, Math.floor(i / 42)];
        for (let c = 0; c < 3; c++) nine.data[i * 3 + c] = source.data[((y % 10) * 14 + (x % 14)) * 3 + c]!;
      }
      const scale = options.scale ?? 2;
      const [width, height] = [14 * scale, 10 * scale];
      const large = await upscaler.upscale(nine, { scale });
      const result = await upscaler.upscale(source, { ...options, tileable: true });
      expect(result).toMatchObject({ width, height });
      result.data.forEach((level, i) => {
        const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
        const expected = large.data[((y + height) * width * 3 + x + width) * 3 + (i % 3)]!;
        expect(Math.abs(level - expected), `value ${i}`).toBeLessThanOrEqual(options.scale ? 1 : 0);
      });
    },
  );
});

describe("alpha", () => {
  it("through the network is a gray picture of its own", async () => {
    const upscaler = await upscalerFor(COMPACT);
    const source = picture(13, 9, 4);
    const gray: Pixels = { ...picture(13, 9, 1), data: source.data.filter((_, i) => i % 4 === 3) };
    const alpha = await upscaler.upscale(gray);
    const result = await upscaler.upscale(source, { alpha: "network" });
    expect(result.data.filter((_, i) => i % 4 === 3)).toEqual(alpha.data);
    const opaque = await upscaler.upscale(source, { alpha: "ignore" });
    expect(opaque.data.filter((_, i) => i % 4 === 3).every((level) => level === 255)).toBe(true);
  });

  it("of zero hides no dark colour that the edge would take on", async () => {
    const upscaler = await upscalerFor(COMPACT);
    const source = picture(16, 8, 4);
    for (let i = 0; i < 16 * 8; i++) source.data.set(i % 16 < 8 ? [200, 150, 100, 255] : [0, 0, 0, 0], i * 4);
    const filled: Pixels = { ...source, data: source.data.map((level, i) => [200, 150, 100, level][i % 4]!) };
    const [a, b] = [await upscaler.upscale(source), await upscaler.upscale(filled)];
    expect(a).toEqual(b);
  });
});

describe("progress", () => {
  it.each([{}, { tta: true }, { scale: 3 }, { alpha: "network" }] as ResultOptions[])(
    "never goes back and ends with all: %o",
    async (options) => {
      const upscaler = await upscalerFor(COMPACT);
      const tile = { size: 16, overlap: COMPACT_REACH };
      const heard: { done: number; total: number; etaMs: number }[] = [];
      await upscaler.upscale(picture(37, 20, 4), { ...options, tile, onProgress: (each) => heard.push(each) });
      expect(heard.length).toBeGreaterThan(3);
      heard.forEach(({ done, total, etaMs }, i) => {
        expect(total).toBe(heard[0]!.total);
        expect(done).toBeGreaterThanOrEqual(heard[i - 1]?.done ?? 0);
        expect(etaMs).toBeGreaterThanOrEqual(0);
      });
      expect(heard.at(-1)!.done).toBe(heard[0]!.total);
    },
  );
});

describe("aborting between tiles", () => {
  it("rejects with the reason and frees all", async () => {
    const count = await counted();
    const upscaler = await upscalerFor(COMPACT);
    const source = picture(40, 40);
    const tile = { size: 16, overlap: COMPACT_REACH };
    const expected = await upscaler.upscale(source, { tile });
    const controller = new AbortController();
    const reason = new Error("enough");
    let heard = 0;
    const onProgress = () => {
      if (++heard === 5) controller.abort(reason);
    };
    await expect(upscaler.upscale(source, { tile, signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(heard).toBe(5);
    expect(count.liveBuffers()).toBe(0);
    expect(await upscaler.upscale(source, { tile })).toEqual(expected);
  });
});

describe("out of memory", () => {
  /** A device on which no more than `limit` bytes can be had. */
  async function scarce(limit: number) {
    const device = await softwareDevice();
    const count = await counted();
    const { createBuffer } = device;
    device.createBuffer = (descriptor) => {
      if (count.liveBytes() + descriptor.size > limit) throw new RangeError("no more memory");
      return createBuffer.call(device, descriptor);
    };
    return count;
  }

  it("makes tiles smaller until they fit, and says so", async () => {
    const source = picture(120, 100);
    const free = await upscalerFor(COMPACT);
    const expected = await free.upscale(source);
    const { peakBytes, weightBytes } = free.plan(120, 100);
    free.destroy();
    const count = await scarce(weightBytes + (peakBytes - weightBytes) * 0.55);
    const upscaler = await upscalerFor(COMPACT);
    const notes: string[] = [];
    const result = await upscaler.upscale(source, { onNote: (note) => notes.push(note) });
    expect(largestDifference(result, expected)).toBeLessThanOrEqual(1);
    expect(notes).toContain("The device had too little memory, so the tiles were made smaller");
    upscaler.destroy();
    expect(count.liveBuffers()).toBe(0);
  });

  it("is an error with the figures where not even the smallest fits, and the next call works", async () => {
    const count = await scarce(20_000);
    const upscaler = await upscalerFor(COMPACT);
    await expect(upscaler.upscale(picture(64, 48))).rejects.toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(
        /^The device could not allocate \d+ buffers of \d+ bytes in all .*no more memory$/,
      ),
    });
    expect(count.liveBuffers()).toBe(0);
    count.stop();
    expect(await upscaler.upscale(picture(4, 4))).toMatchObject({ width: 8 });
  });
});

describe("a result that never comes", () => {
  it("is a lost device after a minute, and leaves nothing behind", async () => {
    const device = await softwareDevice();
    const count = await counted();
    const upscaler = await upscalerFor(COMPACT);
    const expected = await upscaler.upscale(picture(8, 8));
    const { createBuffer } = device;
    let asked = () => {};
    const mapping = new Promise<void>((resolve) => {
      asked = resolve;
    });
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer.call(device, descriptor);
      buffer.mapAsync = () => {
        asked();
        return new Promise<undefined>(() => {});
      };
      return buffer;
    };
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const waiting = upscaler.upscale(picture(9, 9));
      const refusal = expect(waiting).rejects.toMatchObject({
        code: "device-lost",
        message: expect.stringMatching(/^The GPU device has kept a result of \d+ bytes waiting for 60 s/),
      });
      await mapping;
      vi.advanceTimersByTime(60_000);
      await refusal;
    } finally {
      vi.useRealTimers();
      device.createBuffer = createBuffer;
    }
    expect(count.liveBuffers()).toBe(0);
    expect(await upscaler.upscale(picture(8, 8))).toEqual(expected);
  });
});

describe("values that are no finite numbers", () => {
  it("in f16 are computed again in f32, and it is said", async () => {
    const model = swollen(1e6);
    const source = picture(30, 20);
    const tile = { size: 16, overlap: COMPACT_REACH };
    const expected = await (await upscalerFor(model)).upscale(source);
    const upscaler = await upscalerFor(model, { precision: "f16" });
    const notes: string[] = [];
    for (const options of [{}, { tile }]) {
      expect(await upscaler.upscale(source, { ...options, onNote: (note) => notes.push(note) })).toEqual(expected);
    }
    expect(notes).toEqual(new Array(2).fill("f16 overflowed with the model synthetic, so it was redone in f32"));
  });

  it("in f32 are an error, and the next call works", async () => {
    const count = await counted();
    const upscaler = await upscalerFor(swollen(1e30, 1e30));
    const refusal = {
      code: "bad-weights",
      message: "The model synthetic gives NaN or infinity for this picture, even in f32",
    };
    await expect(upscaler.upscale(picture(9, 9))).rejects.toMatchObject(refusal);
    expect(count.liveBuffers()).toBe(0);
    await expect(upscaler.upscale(picture(5, 5))).rejects.toMatchObject(refusal);
  });
});
