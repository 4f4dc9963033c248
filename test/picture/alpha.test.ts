import { describe, expect, it } from "vitest";
import type { Pixels } from "../../src/ops/pixels.js";
import { resizeTensor } from "../../src/ops/resize.js";
import { tensor } from "../../src/ops/tensor.js";
import { alphaOf, hasAlpha, ResizedGray } from "../../src/picture/alpha.js";

const array = (bits: 8 | 16, values: readonly number[]) =>
  bits === 8 ? Uint8Array.from(values) : Uint16Array.from(values);

function picture(alpha: readonly number[], width: number, channels: 2 | 4, bits: 8 | 16): Pixels {
  const values = alpha.flatMap((level) => [...new Array(channels - 1).fill(7), level]);
  return { data: array(bits, values), width, height: alpha.length / width, channels, bits };
}

describe("alpha", () => {
  it("is the last of 2 or 4 channels", () => {
    expect(([1, 2, 3, 4] as const).map((channels) => hasAlpha({ channels }))).toEqual([false, true, false, true]);
  });

  it("is undefined where there is none or all is opaque", () => {
    const rgb: Pixels = { data: new Uint8Array(12), width: 2, height: 2, channels: 3, bits: 8 };
    expect(alphaOf(rgb)).toBeUndefined();
    expect(alphaOf(picture([255, 255], 2, 4, 8))).toBeUndefined();
    expect(alphaOf(picture([65535, 65535], 2, 2, 16))).toBeUndefined();
  });

  it.each([
    [4, 8],
    [2, 8],
    [4, 16],
  ] as const)("of %i channels of %i bits is a gray picture", (channels, bits) => {
    const levels = [0, 1, 2 ** bits - 1, 255];
    const expected = { data: array(bits, levels), width: 2, height: 2, channels: 1, bits };
    expect(alphaOf(picture(levels, 2, channels, bits))).toEqual(expected);
  });
});

describe("a gray picture resized row by row", () => {
  const gray = (width: number, height: number, bits: 8 | 16): Pixels => {
    const max = 2 ** bits - 1;
    const values = Array.from({ length: width * height }, (_, i) => Math.round(((i * 7919) % 13) * (max / 12)));
    return { data: array(bits, values), width, height, channels: 1, bits };
  };

  it.each([
    [3, 2, 12, 8, 8],
    [5, 7, 20, 28, 16],
    [9, 9, 4, 3, 8],
    [1, 1, 3, 5, 16],
    [16, 3, 5, 11, 8],
  ] as const)("of %ix%i to %ix%i with %i bits is what resizing gives", (width, height, toWidth, toHeight, bits) => {
    const source = gray(width, height, bits);
    const max = 2 ** bits - 1;
    const input = tensor(
      { channels: 1, height, width },
      Float32Array.from(source.data, (level) => level / max),
    );
    const size = { width: toWidth, height: toHeight };
    const values = resizeTensor(input, { mode: "bicubic", antialias: true }, size).data;
    const expected = values.map((value) => Math.min(Math.max(value, 0), 1) * max);
    const resized = new ResizedGray(source, toWidth, toHeight);
    const middle = Math.ceil(toHeight / 2);
    const found = [...resized.rows(0, middle), ...resized.rows(middle, toHeight)];
    expect(found.length).toBe(expected.length);
    // What is half way between two levels may be rounded either way.
    found.forEach((level, i) => {
      expect(Math.abs(level - expected[i]!), `value ${i}`).toBeLessThanOrEqual(0.5 + max * 1e-6);
    });
  });

  it("goes on at the other side where it wraps", () => {
    const source = gray(6, 5, 8);
    const shifted = { ...source, data: source.data.map((_, i) => source.data[(i + 12) % 30]!) };
    const [a, b] = [source, shifted].map((each) => new ResizedGray(each, 12, 10, true).rows(0, 10)) as [
      Uint8Array,
      Uint8Array,
    ];
    // Two rows further down, four in the result.
    expect([...b]).toEqual([...a.slice(48), ...a.slice(0, 48)]);
    expect(new ResizedGray(source, 12, 10).rows(0, 10)).not.toEqual(a);
  });
});
