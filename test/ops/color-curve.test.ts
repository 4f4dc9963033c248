// The HDR curve: what it keeps, and that it can be undone.

import { describe, expect, it } from "vitest";
import { HDR_LARGEST, HDR_WHITE, largestOf } from "../../src/ops/color-curve.js";
import { hdrDecoded, hdrEncoded, srgbEncoded } from "../../src/ops/color-curve.reference.js";

const LEVEL = 1 / 65535;
const VALUES = Array.from({ length: 400 }, (_, i) => 2 ** (i / 16 - 9)).filter((value) => value <= HDR_LARGEST);

describe("the HDR curve", () => {
  it("meets its ends and white", () => {
    for (const [linear, encoded] of [
      [0, 0],
      [1, HDR_WHITE],
      [HDR_LARGEST, 1],
    ] as const) {
      expect(hdrEncoded(linear)).toBeCloseTo(encoded, 12);
      expect(hdrDecoded(encoded) / HDR_LARGEST).toBeCloseTo(linear / HDR_LARGEST, 12);
    }
    expect(hdrEncoded(0.2)).toBe(HDR_WHITE * srgbEncoded(0.2));
    expect([largestOf("none"), largestOf("srgb"), largestOf("hdr")]).toEqual([1, 1, HDR_LARGEST]);
  });

  it("rises, and keeps values through levels of 16 bits", () => {
    for (const [i, value] of VALUES.entries()) {
      if (i > 0) expect(hdrEncoded(value)).toBeGreaterThan(hdrEncoded(VALUES[i - 1]!));
      const kept = hdrDecoded(Math.round(hdrEncoded(value) / LEVEL) * LEVEL);
      expect(Math.abs(kept - value) / value).toBeLessThan(0.002);
    }
  });

  it("clamps what is no colour", () => {
    expect([Number.NaN, -1, -0, Number.NEGATIVE_INFINITY].map(hdrEncoded)).toEqual([0, 0, 0, 0]);
    expect([Number.POSITIVE_INFINITY, 1e9].map(hdrEncoded)).toEqual([1, 1]);
  });
});
