// The kernels between pictures and networks, one by one: a region becomes a tensor, results become packed rows or sums. Alpha is
// picture-alpha.test.ts, textures are picture-textures.test.ts.

import { describe, expect, it } from "vitest";
import { PreparedPlan } from "../../src/gpu/executor.js";
import { unpackTensor } from "../../src/gpu/run-tensor.js";
import { WeightStore } from "../../src/gpu/weights.js";
import { readStored } from "../../src/job/network-pass.js";
import { ArraySource, packedRows } from "../../src/job/pixel-source.js";
import {
  accumulateKernel,
  imageToTensorKernel,
  PICTURE_HEADER_BYTES,
  rowWords,
  storeKernel,
  sumsByteLength,
} from "../../src/ops/picture.kernels.js";
import { LARGEST_VALUE, type Pixels } from "../../src/ops/pixels.js";
import { plane } from "../../src/ops/plane.js";
import { type Border, ORIENTATIONS, type Orientation, type Rectangle, UPRIGHT } from "../../src/ops/region.js";
import { opaqueTarget } from "../../src/plan/picture-buffers.js";
import { pixelsAtHand } from "../../src/plan/regions.js";
import { planResize, tapTables, windowRegion } from "../../src/plan/resize-plan.js";
import { randomPicture, seededRandom } from "../cases/random.js";
import { testRegion } from "../cases/region.js";
import { packWindow, windowIndices } from "../cases/window.js";
import { softwareDevice } from "./device.js";
import { runKernels } from "./run-kernels.js";

const HEADER_WORDS = PICTURE_HEADER_BYTES / 4;
const CHANNELS = [1, 2, 3, 4] as const;
const BITS = [8, 16] as const;
const FORMS = CHANNELS.flatMap((channels) => BITS.map((bits) => ({ channels, bits })));

/** Rows of a picture, each beginning `pitch` words after the one before, behind `offset` words; between them what is no level of it. */
function packRows(picture: Pixels, { pitch, offset }: { pitch: number; offset: number }): Uint32Array<ArrayBuffer> {
  const { data, width, height, channels, bits } = picture;
  const words = new Uint32Array(offset + pitch * height).fill(0xa5a5a5a5);
  const levels = bits === 8 ? new Uint8Array(words.buffer) : new Uint16Array(words.buffer);
  const row = width * channels;
  for (let y = 0; y < height; y++) {
    levels.set(data.subarray(y * row, (y + 1) * row), ((offset + y * pitch) * 32) / bits);
  }
  return words;
}

interface Cut {
  /** The region's first pixel. */
  readonly x: number;
  readonly y: number;
  /** Its extent before it is laid down. */
  readonly width: number;
  readonly height: number;
}

type Borders = readonly [across: Border, down: Border];

/** What a network of three channels is to see, by the CPU. */
function expectedTensor(picture: Pixels, cut: Cut, borders: Borders, orientation: Orientation): Float32Array {
  const columns = windowIndices(cut.x, cut.width, picture.width, borders[0]);
  const rows = windowIndices(cut.y, cut.height, picture.height, borders[1]);
  const rgba = packWindow(picture, columns, rows, orientation);
  const count = cut.width * cut.height;
  const largest = LARGEST_VALUE[picture.bits];
  return Float32Array.from({ length: 3 * count }, (_, i) => rgba[(i % count) * 4 + Math.floor(i / count)]! / largest);
}

/** What a network of `channels` channels does see. */
async function readTensor(
  picture: Pixels,
  cut: Cut,
  borders: Borders,
  orientation: Orientation,
  { channels = 3, wholePicture = true }: { channels?: 1 | 3; wholePicture?: boolean } = {},
): Promise<Float32Array> {
  const { transpose } = orientation;
  const [width, height] = transpose ? [cut.height, cut.width] : [cut.width, cut.height];
  const to = plane(width, height, 1);
  const all = { x: 0, y: 0, width: picture.width, height: picture.height };
  const part = wholePicture ? all : pixelsAtHand(cut, cut, picture, borders[0] === "wrap");
  const rows = wholePicture
    ? { ...all, offset: 3, pitch: rowWords(picture.width, picture) + 2 }
    : packedRows(part, picture);
  const source = { kind: "packed", channels: picture.channels, bits: picture.bits } as const;
  const bytes = await runKernels(
    await softwareDevice(),
    [imageToTensorKernel(source, { plane: to, channels }, "f32")],
    {
      inputs: [],
      pixels: wholePicture ? packRows(picture, rows) : await new ArraySource(picture).pack(part),
      region: testRegion(
        { from: { x: cut.x, y: cut.y }, border: { x: borders[0], y: borders[1] }, orientation },
        { source: rows },
      ),
      resultBytes: to.size * 16,
    },
  );
  return unpackTensor(bytes, { channels, height, width }, to, "f32").data;
}

function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  // NaN stays NaN, which passes no comparison.
  return Math.max(...Array.from(expected, (value, i) => Math.abs(value - actual[i]!)));
}

describe("reading a region", () => {
  const names = ["repeat", "wrap", "reflect"] as const;
  const borders: readonly Borders[] = names.flatMap((across) => names.map((down) => [across, down] as const));
  const cuts: readonly (readonly [size: readonly [number, number], cut: Cut])[] = [
    [[1, 1], { x: -1, y: -2, width: 4, height: 5 }],
    [[2, 3], { x: -5, y: -7, width: 13, height: 17 }],
    [[5, 4], { x: -2, y: 1, width: 9, height: 3 }],
    [[5, 4], { x: 3, y: -3, width: 7, height: 11 }],
    [[19, 7], { x: 2, y: 1, width: 16, height: 5 }],
  ];

  describe.each(FORMS)("of $channels channels of $bits bits", ({ channels, bits }) => {
    it.concurrent.each(borders)("bordered by %s across and %s down, in all orientations", async (...pair) => {
      for (const [[width, height], cut] of cuts) {
        const picture = randomPicture(width, height, channels, bits, width);
        const errors = ORIENTATIONS.map(async (orientation) =>
          largestError(
            await readTensor(picture, cut, pair, orientation),
            expectedTensor(picture, cut, pair, orientation),
          ),
        );
        const what = JSON.stringify({ width, height, cut });
        for (const error of await Promise.all(errors)) expect(error, what).toBeLessThanOrEqual(1e-6);
      }
    });
  });

  it.concurrent.each([
    ["wrap", "wrap"],
    ["reflect", "reflect"],
    ["repeat", "reflect"],
  ] as const)("sees the same of the part at hand, bordered by %s and %s", async (...pair) => {
    const picture = randomPicture(11, 9, 3, 8);
    // Nothing is read before a picture that does not wrap.
    const first = pair[0] === "wrap" ? [-3, -2] : [0, 0];
    for (const [x, y] of [first, [4, 3], [7, 6], [10, 8]] as const) {
      const cut = { x, y, width: 6, height: 5 };
      const found = await readTensor(picture, cut, pair, UPRIGHT, { wholePicture: false });
      expect(largestError(found, expectedTensor(picture, cut, pair, UPRIGHT))).toBeLessThanOrEqual(1e-6);
    }
  });

  it.concurrent.each(FORMS)("gives the luma of $channels channels of $bits bits", async ({ channels, bits }) => {
    const picture = randomPicture(5, 4, channels, bits);
    const cut = { x: -1, y: 0, width: 7, height: 4 };
    const [red, green, blue] = [0, 1, 2].map((c) =>
      expectedTensor(picture, cut, ["wrap", "wrap"], UPRIGHT).slice(c * 28, c * 28 + 28),
    );
    const luma = red!.map((value, i) => 0.299 * value + 0.587 * green![i]! + 0.114 * blue![i]!);
    const found = await readTensor(picture, cut, ["wrap", "wrap"], UPRIGHT, { channels: 1 });
    expect(largestError(found, luma)).toBeLessThanOrEqual(1e-6);
  });
});

/** A result of random colours as a network's run leaves it: RGBA words behind a header. */
function randomResult(width: number, height: number, bits: 8 | 16, allFinite = true) {
  const picture = randomPicture(width, height, 4, bits, width * height);
  const words = packRows(picture, { offset: HEADER_WORDS, pitch: (width * bits) / 8 });
  words.fill(0, 0, HEADER_WORDS);
  words[0] = allFinite ? 0 : 1;
  return { picture, words };
}

/** The kept pixels of a picture of RGBA in the form of the destination, opaque. */
function keptPixels({ data, width, bits }: Pixels, kept: Rectangle, channels: Pixels["channels"]): number[] {
  const levels: number[] = [];
  for (let y = 0; y < kept.height; y++) {
    for (let x = 0; x < kept.width; x++) {
      const at = ((kept.y + y) * width + kept.x + x) * 4;
      const [red, green, blue, alpha] = [data[at]!, data[at + 1]!, data[at + 2]!, LARGEST_VALUE[bits]];
      levels.push(...{ 1: [red], 2: [red, alpha], 3: [red, green, blue], 4: [red, green, blue, alpha] }[channels]);
    }
  }
  return levels;
}

const UNTOUCHED = 0x5a5a5a5a;

describe("storing packed rows", () => {
  const rectangles: readonly Rectangle[] = [
    { x: 0, y: 0, width: 13, height: 9 },
    { x: 3, y: 1, width: 7, height: 5 },
    { x: 12, y: 8, width: 1, height: 1 },
    { x: 1, y: 0, width: 5, height: 3 },
    { x: 5, y: 4, width: 6, height: 2 },
  ];

  it.concurrent.each(FORMS)("of $channels channels of $bits bits, and nothing beside them", async (form) => {
    const { channels, bits } = form;
    const { picture, words } = randomResult(13, 9, bits);
    const result = { width: 13, height: 9 };
    const store = storeKernel(
      { kind: "result", bits },
      { kind: "packed", channels, bits },
      { kind: "opaque" },
      { width: 13, height: 9 },
    );
    for (const kept of rectangles) {
      // As rows of their own, and as a part of rows that are longer.
      for (const target of [
        { offset: HEADER_WORDS, pitch: rowWords(kept.width, form) },
        { offset: HEADER_WORDS + 5, pitch: rowWords(kept.width, form) + 3 },
      ]) {
        const before = new Uint32Array(target.offset + target.pitch * kept.height + 2).fill(UNTOUCHED);
        const bytes = await runKernels(await softwareDevice(), [store], {
          inputs: [],
          named: { "picture-out": words },
          region: testRegion({ result, kept, to: { x: 2, y: 5 } }, { target }),
          resultBytes: before.byteLength,
          before,
        });
        const expected = before.slice();
        const levels = bits === 8 ? new Uint8Array(expected.buffer) : new Uint16Array(expected.buffer);
        const values = keptPixels(picture, kept, channels);
        const row = kept.width * channels;
        for (let y = 0; y < kept.height; y++) {
          const start = target.offset + y * target.pitch;
          expected.fill(0, start, start + rowWords(kept.width, form)); // the end of the last word
          levels.set(values.slice(y * row, (y + 1) * row), (start * 32) / bits);
        }
        expect([...new Uint32Array(bytes)], JSON.stringify({ kept, target })).toEqual([...expected]);
      }
    }
  });

  it.each([
    [true, [0, UNTOUCHED]],
    [false, [1, UNTOUCHED]],
  ])("raises the flag where a value was not finite: all finite %s", async (allFinite, header) => {
    const { words } = randomResult(3, 2, 8, allFinite);
    const result = { width: 3, height: 2 };
    const target = { kind: "packed", channels: 3, bits: 8 } as const;
    const store = storeKernel({ kind: "result", bits: 8 }, target, { kind: "opaque" }, result);
    const before = new Uint32Array(20).fill(UNTOUCHED);
    before[0] = 0;
    const bytes = await runKernels(await softwareDevice(), [store], {
      inputs: [],
      named: { "picture-out": words },
      region: testRegion(
        { result, kept: { x: 1, y: 1, width: 2, height: 1 } },
        { target: { offset: HEADER_WORDS, pitch: 2 } },
      ),
      resultBytes: before.byteLength,
      before,
    });
    expect([...new Uint32Array(bytes, 0, 2)]).toEqual(header);
  });

  it("has no flag of an earlier run", async () => {
    const device = await softwareDevice();
    const source = { kind: "packed", channels: 3, bits: 8 } as const;
    const [from, to] = [
      { width: 4, height: 3 },
      { width: 8, height: 6, bits: 8 },
    ] as const;
    const target = opaqueTarget(source, "read-back");
    const request = { source, isGiven: false, from, to, target, wraps: false, budget: 1e6 };
    const plan = planResize(request);
    const { run, across, down } = plan;
    const weights = new WeightStore(device);
    const prepared = await PreparedPlan.create(device, run, weights);
    const picture = randomPicture(4, 3);
    const part = { x: 0, y: 0, ...from };
    const region = windowRegion(plan, across.windows.spans[0]!, down.windows.spans[0]!, false);
    const places = {
      source: packedRows(part, picture),
      target: { offset: HEADER_WORDS, pitch: rowWords(to.width, source) },
      tables: { x: 0, y: 0, ...to },
    };
    prepared.write("picture-in", await new ArraySource(picture).pack(part));
    prepared.write("regions", testRegion(region, places));
    const tables = tapTables(across.taps, down.taps, places.tables);
    const store = async (written: Float32Array<ArrayBuffer>) => {
      prepared.write("tables", written);
      await prepared.run();
      return readStored(prepared, rowWords(to.width, source) * 4 * to.height);
    };
    const expected = await store(tables);
    await expect(store(tables.map(() => Number.NaN))).rejects.toThrow();
    expect(await store(tables)).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(20);
    prepared.destroy();
    weights.destroy();
  });
});

describe("adding up orientations", () => {
  const size = { width: 9, height: 6 };
  const kept = { x: 2, y: 1, width: 5, height: 4 };
  const most = { width: 6, height: 5 };
  const sumsBytes = sumsByteLength(kept.width, kept.height);

  /** The kept part of a result that lies as `orientation` says, added to `before`. */
  async function accumulate(
    words: Uint32Array<ArrayBuffer>,
    orientation: Orientation,
    isFirst: boolean,
    before: Uint32Array<ArrayBuffer>,
  ): Promise<Uint32Array<ArrayBuffer>> {
    const bytes = await runKernels(await softwareDevice(), [accumulateKernel(most)], {
      inputs: [],
      named: { "picture-out": words },
      region: testRegion({ result: size, kept, orientation, isFirst }),
      resultBytes: before.byteLength,
      before,
    });
    return new Uint32Array(bytes);
  }

  /** Some of its values are outside of 0..1. */
  const floatOf = (level: number) => Math.fround(level / 40_000 - 0.3);

  /** The upright result, and the same laid down. */
  function laidDown(seed: number, orientation: Orientation) {
    const picture = randomPicture(size.width, size.height, 4, 16, seed);
    const columns = windowIndices(0, size.width, size.width, "repeat");
    const rows = windowIndices(0, size.height, size.height, "repeat");
    const levels = packWindow(picture, columns, rows, orientation).filter((_, i) => i % 4 !== 3);
    const words = new Uint32Array(HEADER_WORDS + levels.length);
    new Float32Array(words.buffer).set(Array.from(levels, floatOf), HEADER_WORDS);
    return { words, colors: keptPixels(picture, kept, 3).map(floatOf) };
  }

  it.each(BITS)("gives the mean of all eight, clamped and rounded once, to %i bits", async (bits) => {
    let sums: Uint32Array<ArrayBuffer> = new Uint32Array(sumsBytes / 4).fill(UNTOUCHED);
    const totals = new Float32Array(kept.width * kept.height * 3);
    for (const [index, orientation] of ORIENTATIONS.entries()) {
      const { words, colors } = laidDown(index, orientation);
      sums = await accumulate(words, orientation, index === 0, sums);
      colors.forEach((value, i) => {
        totals[i]! += value;
      });
    }
    expect(new Float32Array(sums.buffer).subarray(HEADER_WORDS)).toEqual(totals);
    expect(sums[0]).toBe(0);
    expect(await storeMean(sums, bits)).toEqual(Array.from(totals, (total) => meanLevel(total, bits)));
  });

  /** Sums stored as RGB. */
  async function storeMean(sums: Uint32Array<ArrayBuffer>, bits: 8 | 16): Promise<number[]> {
    const form = { channels: 3, bits } as const;
    const store = storeKernel({ kind: "sums", bits }, { kind: "packed", ...form }, { kind: "opaque" }, most);
    const pitch = rowWords(kept.width, form);
    const bytes = await runKernels(await softwareDevice(), [store], {
      inputs: [],
      named: { sums },
      region: testRegion({ kept, to: { x: 4, y: 2 } }, { target: { offset: HEADER_WORDS, pitch } }),
      resultBytes: PICTURE_HEADER_BYTES + pitch * 4 * kept.height,
    });
    expect(new Uint32Array(bytes)[0]).toBe(sums[0]);
    const levels = bits === 8 ? new Uint8Array(bytes) : new Uint16Array(bytes);
    return Array.from({ length: kept.height }, (_, y) => {
      const start = ((HEADER_WORDS + y * pitch) * 32) / bits;
      return [...levels.subarray(start, start + kept.width * 3)];
    }).flat();
  }

  function meanLevel(sum: number, bits: 8 | 16): number {
    const mean = Math.min(Math.max(sum / 8, 0), 1);
    return Math.floor(Math.fround(Math.fround(mean * LARGEST_VALUE[bits]) + 0.5));
  }

  it.each(BITS)("rounds every sum as the mean is rounded, to %i bits", async (bits) => {
    const random = seededRandom(bits);
    for (let round = 0; round < 8; round++) {
      const sums = new Uint32Array(sumsBytes / 4);
      const values = new Float32Array(sums.buffer).subarray(HEADER_WORDS);
      // Half of them near the places where the level changes, the others from -4 to 12.
      values.forEach((_, i) => {
        const edge = ((random() % (LARGEST_VALUE[bits] + 1)) + 0.5) * (8 / LARGEST_VALUE[bits]);
        values[i] = i % 2 === 0 ? (random() % 16_000) / 1000 - 4 : edge * (1 + ((random() % 3) - 1) / 2 ** 20);
      });
      expect(await storeMean(sums, bits)).toEqual(Array.from(values, (sum) => meanLevel(sum, bits)));
    }
  });

  it("keeps the flag of any of them, and none of the sums before", async () => {
    const { words } = laidDown(1, UPRIGHT);
    const flagged = Uint32Array.from(words);
    flagged[0] = 1;
    const none = new Uint32Array(sumsBytes / 4);
    const first = await accumulate(flagged, UPRIGHT, true, none);
    expect(first[0]).toBe(1);
    const second = await accumulate(words, UPRIGHT, false, first);
    expect(second[0]).toBe(1);
    await storeMean(second, 8); // which passes it on
    const again = await accumulate(words, UPRIGHT, true, second);
    expect(again[0]).toBe(0);
    expect((await accumulate(flagged, UPRIGHT, false, again))[0]).toBe(1);
  });
});
