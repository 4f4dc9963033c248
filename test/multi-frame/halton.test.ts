// The jitter sequence: its first numbers, its range, and how evenly it lies.

import { expect, it } from "vitest";
import { halton } from "../../src/multi-frame/index.js";

it("begins as the sequence of bases 2 and 3 does, about the middle of a pixel", () => {
  const first = [0, 1, 2, 3, 4].map(halton);
  const x = [1 / 2, 1 / 4, 3 / 4, 1 / 8, 5 / 8];
  const y = [1 / 3, 2 / 3, 1 / 9, 4 / 9, 7 / 9];
  first.forEach((shift, i) => {
    expect(shift.x).toBeCloseTo(x[i]! - 0.5, 12);
    expect(shift.y).toBeCloseTo(y[i]! - 0.5, 12);
  });
});

it("has one of 2 * 3 consecutive numbers in each of 2x3 parts of a pixel", () => {
  for (let from = 0; from < 100; from++) {
    const parts = Array.from({ length: 6 }, (_, i) => {
      const { x, y } = halton(from + i);
      expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThan(0.5 + 1e-12);
      return `${Math.floor((x + 0.5) * 2)} ${Math.floor((y + 0.5) * 3 + 1e-9)}`;
    });
    expect(new Set(parts).size).toBe(6);
  }
});

it.each([-1, 0.5, Number.NaN, "1"])("refuses the index %s", (index) => {
  expect(() => halton(index as number)).toThrow(`The index of halton must be a whole number from 0 on, got ${index}`);
});
