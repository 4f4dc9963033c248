// Alpha, which the kernel that stores a result resizes beside it: against the reference of resizing, and for doubling and
// quadrupling byte for byte against doubles.

import { describe, expect, it } from "vitest";
import { ArraySource, packedRows } from "../../src/job/pixel-source.js";
import { PICTURE_HEADER_BYTES, rowWords, storeKernel } from "../../src/ops/picture.kernels.js";
import { LARGEST_VALUE, type Pixels } from "../../src/ops/pixels.js";
import type { Rectangle } from "../../src/ops/region.js";
import { resizeTaps } from "../../src/ops/resize.js";
import { resizeTensor } from "../../src/ops/resize.reference.js";
import { tensor } from "../../src/ops/tensor.js";
import { tapsRectangle, tapTables } from "../../src/plan/resize-plan.js";
import { randomPicture } from "../cases/random.js";
import { testRegion } from "../cases/region.js";
import { softwareDevice } from "./device.js";
import { runKernels } from "./run-kernels.js";

interface Extent {
  readonly width: number;
  readonly height: number;
}

/** The alpha of `to` pixels that the kernel makes of `alpha`, window by window; colours are zero. */
async function storedAlpha(
  alpha: Pixels,
  to: Extent,
  wraps: boolean,
  { channels = 2, side = Number.POSITIVE_INFINITY }: { channels?: 2 | 4; side?: number } = {},
): Promise<number[]> {
  const { bits } = alpha;
  const x = resizeTaps("bicubic", true, alpha.width, to.width, wraps);
  const y = resizeTaps("bicubic", true, alpha.height, to.height, wraps);
  const form = { channels, bits };
  const most = { width: Math.min(side, to.width), height: Math.min(side, to.height) };
  const taps = { x: x.count, y: y.count };
  const target = { kind: "packed", ...form } as const;
  const store = storeKernel({ kind: "result", bits }, target, { kind: "packed", bits, taps }, most);
  const found = new Array<number>(to.width * to.height);
  for (const window of windowsOf(to, most)) {
    const part = tapsRectangle(x, y, window);
    const pitch = rowWords(window.width, form);
    const bytes = await runKernels(await softwareDevice(), [store], {
      inputs: [],
      named: {
        "picture-out": new Uint32Array(4 + most.width * most.height * (bits / 8)),
        "alpha-in": await new ArraySource(alpha).pack(part),
        "alpha-tables": tapTables(x, y, window),
      },
      region: testRegion(
        { result: most, kept: { ...window, x: 0, y: 0 }, to: window },
        {
          target: { offset: PICTURE_HEADER_BYTES / 4, pitch },
          tables: window,
          alpha: packedRows(part, { channels: 1, bits }),
          alphaBorder: wraps ? "wrap" : "repeat",
        },
      ),
      resultBytes: PICTURE_HEADER_BYTES + pitch * 4 * window.height,
    });
    const rows = bytes.slice(PICTURE_HEADER_BYTES);
    const levels = bits === 8 ? new Uint8Array(rows) : new Uint16Array(rows);
    for (let row = 0; row < window.height; row++) {
      for (let column = 0; column < window.width; column++) {
        const at = (row * pitch * 32) / bits + column * channels;
        expect(levels.subarray(at, at + channels - 1).every((level) => level === 0)).toBe(true);
        found[(window.y + row) * to.width + window.x + column] = levels[at + channels - 1]!;
      }
    }
  }
  return found;
}

/** Windows that cover `whole`, row by row. */
function windowsOf({ width, height }: Extent, most: Extent): Rectangle[] {
  const windows: Rectangle[] = [];
  for (let y = 0; y < height; y += most.height) {
    for (let x = 0; x < width; x += most.width) {
      windows.push({ x, y, width: Math.min(most.width, width - x), height: Math.min(most.height, height - y) });
    }
  }
  return windows;
}

/** The alpha resized by the same tables, in doubles: what is half way between two levels is rounded up. */
function exactAlpha(alpha: Pixels, to: Extent, wraps: boolean): number[] {
  const { data, width, height, bits } = alpha;
  const across = resizeTaps("bicubic", true, width, to.width, wraps);
  const down = resizeTaps("bicubic", true, height, to.height, wraps);
  const modulo = (value: number, size: number) => ((value % size) + size) % size;
  const wide = new Float64Array(to.width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < to.width; x++) {
      for (let k = 0; k < across.count; k++) {
        const column = modulo(across.start[x]! + k, width);
        wide[y * to.width + x]! += across.weights[x * across.count + k]! * data[y * width + column]!;
      }
    }
  }
  const levels: number[] = [];
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      let sum = 0;
      for (let k = 0; k < down.count; k++) {
        const row = modulo(down.start[y]! + k, height);
        sum += down.weights[y * down.count + k]! * wide[row * to.width + x]!;
      }
      levels.push(Math.floor(Math.min(Math.max(sum, 0), LARGEST_VALUE[bits]) + 0.5));
    }
  }
  return levels;
}

/** Random alpha, half of it at the ends, where bicubic sums pass them. */
function randomAlpha(width: number, height: number, bits: 8 | 16): Pixels {
  const alpha = randomPicture(width, height, 1, bits, width + height);
  const largest = LARGEST_VALUE[bits];
  return { ...alpha, data: alpha.data.map((level) => (level % 4 < 2 ? level : level % 4 === 2 ? 0 : largest)) };
}

const BITS = [8, 16] as const;

describe.each([4, 2, 3, 1.3, 0.5])("alpha resized by %f", (scale) => {
  describe.each(BITS)("of %i bits", (bits) => {
    it.concurrent.each([
      [9, 7],
      [1, 1],
      [17, 2],
    ])("%ix%i is what resizing gives", async (width, height) => {
      const alpha = randomAlpha(width, height, bits);
      const to = { width: Math.ceil(width * scale), height: Math.ceil(height * scale) };
      const largest = LARGEST_VALUE[bits];
      const input = tensor(
        { channels: 1, height, width },
        Float32Array.from(alpha.data, (level) => level / largest),
      );
      const expected = resizeTensor(input, { mode: "bicubic", antialias: true }, to).data.map(
        (value) => Math.min(Math.max(value, 0), 1) * largest,
      );
      const found = await storedAlpha(alpha, to, false, { channels: 4, side: 13 });
      const errors = found.map((level, i) => Math.abs(level - expected[i]!));
      // What is half way between two levels may be rounded either way.
      expect(Math.max(...errors)).toBeLessThanOrEqual(0.5 + largest * 1e-6);
    });
  });
});

describe("alpha that wraps", () => {
  it.concurrent.each([
    [2, 8],
    [1.5, 16],
    [0.5, 8],
  ] as const)("goes on at the other side, resized by %f with %i bits", async (scale, bits) => {
    const alpha = randomAlpha(10, 6, bits);
    const to = { width: 10 * scale, height: 6 * scale };
    const [dx, dy] = [4, 2];
    const shifted = alpha.data.map((_, i) => alpha.data[((Math.floor(i / 10) + dy) % 6) * 10 + ((i + dx) % 10)]!);
    const whole = await storedAlpha(alpha, to, true);
    const moved = await storedAlpha({ ...alpha, data: shifted }, to, true, { side: 4 });
    const expected = moved.map((_, i) => {
      const x = ((i % to.width) + dx * scale) % to.width;
      const y = (Math.floor(i / to.width) + dy * scale) % to.height;
      return whole[y * to.width + x]!;
    });
    expect(moved).toEqual(expected);
    expect(await storedAlpha(alpha, to, false)).not.toEqual(whole);
    expect(Math.max(...exactAlpha(alpha, to, true).map((level, i) => Math.abs(level - whole[i]!)))).toBeLessThanOrEqual(
      1,
    );
  });
});

// A result half way between two levels is no accident here: weights are multiples of 1/1024.
describe("alpha of 8 bits is the same to the last level", () => {
  it.concurrent.each([
    [2, false],
    [4, false],
    [2, true],
    [4, true],
  ])("resized by %i, wrapping: %s", async (scale, wraps) => {
    const alpha = randomPicture(64, 64, 1, 8, 7);
    const to = { width: 64 * scale, height: 64 * scale };
    const found = await storedAlpha(alpha, to, wraps);
    const expected = exactAlpha(alpha, to, wraps);
    expect(found.filter((level, i) => level !== expected[i])).toEqual([]);
    expect(found.length).toBe(expected.length);
  });
});
