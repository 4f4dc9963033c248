import { describe, expect, it } from "vitest";
import type { Pixels } from "../../src/ops/pixels.js";
import { alphaOf, hasAlpha } from "../../src/picture/alpha.js";
import { doneAtOnce } from "../../src/weights/event-loop-yield.js";

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
    expect(doneAtOnce(alphaOf(rgb))).toBeUndefined();
    expect(doneAtOnce(alphaOf(picture([255, 255], 2, 4, 8)))).toBeUndefined();
    expect(doneAtOnce(alphaOf(picture([65535, 65535], 2, 2, 16)))).toBeUndefined();
  });

  it("is looked for in pieces of 65,536 pixels", () => {
    const work = alphaOf({ data: new Uint8Array(300_000 * 4), width: 600, height: 500, channels: 4, bits: 8 });
    let pieces = 0;
    while (!work.next().done) pieces++;
    expect(pieces).toBe(5);
  });

  it.each([
    [4, 8],
    [2, 8],
    [4, 16],
  ] as const)("of %i channels of %i bits is a gray picture", (channels, bits) => {
    const levels = [0, 1, 2 ** bits - 1, 255];
    const expected = { data: array(bits, levels), width: 2, height: 2, channels: 1, bits };
    expect(doneAtOnce(alphaOf(picture(levels, 2, channels, bits)))).toEqual(expected);
  });
});
