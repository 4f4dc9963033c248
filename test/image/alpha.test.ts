import { describe, expect, it } from "vitest";
import { hasAlpha, resizedAlpha } from "../../src/image/alpha.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { resize } from "../../src/ops/resize.js";
import { tensor } from "../../src/ops/tensor.js";

function picture(alpha: readonly number[], width: number, channels: 2 | 4, bits: 8 | 16): Pixels {
  const values = alpha.flatMap((level) => [...new Array(channels - 1).fill(7), level]);
  const data = bits === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
  return { data, width, height: alpha.length / width, channels, bits };
}

describe("alpha", () => {
  it("is the last of 2 or 4 channels", () => {
    expect(([1, 2, 3, 4] as const).map((channels) => hasAlpha({ channels }))).toEqual([false, true, false, true]);
  });

  it("is undefined where there is none or all is opaque", () => {
    const rgb: Pixels = { data: new Uint8Array(12), width: 2, height: 2, channels: 3, bits: 8 };
    expect(resizedAlpha(rgb, 4, 4)).toBeUndefined();
    expect(resizedAlpha(picture([255, 255], 2, 4, 8), 4, 2)).toBeUndefined();
    expect(resizedAlpha(picture([65535, 65535], 2, 2, 16), 4, 2)).toBeUndefined();
    expect(resizedAlpha(picture([65535, 255], 2, 2, 16), 4, 2)).toBeDefined();
  });

  it.each([
    [4, 8],
    [2, 8],
    [4, 16],
  ] as const)("of %i channels of %i bits is resized bicubically", (channels, bits) => {
    const max = 2 ** bits - 1;
    const levels = [0, 0.25, 1, 0.5, 1, 0].map((value) => Math.round(value * max));
    const alpha = tensor(
      { channels: 1, height: 2, width: 3 },
      Float32Array.from(levels, (level) => level / max),
    );
    const expected = resize.reference([alpha], { mode: "bicubic", antialias: true, width: 12, height: 8 }).data;
    const found = resizedAlpha(picture(levels, 3, channels, bits), 12, 8)!;
    expect(found).toBeInstanceOf(bits === 8 ? Uint8Array : Uint16Array);
    // The filter overshoots next to steps.
    expect(Math.max(...expected)).toBeGreaterThan(1);
    expect([...found]).toEqual([...expected].map((value) => Math.floor(Math.min(Math.max(value, 0), 1) * max + 0.5)));
  });
});
