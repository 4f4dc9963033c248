import { describe, expect, it } from "vitest";
import type { Pixels } from "../../src/ops/pixels.js";
import { type Border, ORIENTATIONS, packWindow, visitUpright, windowIndices } from "../../src/picture/window.js";

describe("the pixels of a window", () => {
  it.each([
    ["reflect", -2, 7, 3, [2, 1, 0, 1, 2, 1, 0]],
    ["reflect", -2, 4, 1, [0, 0, 0, 0]],
    // The third before two pixels has nothing to be reflected from.
    ["reflect", -3, 6, 2, [0, 0, 1, 0, 1, 0]],
    ["repeat", -2, 7, 3, [0, 0, 0, 1, 2, 2, 2]],
    ["wrap", -4, 9, 3, [2, 0, 1, 2, 0, 1, 2, 0, 1]],
    ["wrap", 2, 3, 1, [0, 0, 0]],
  ] as [Border, number, number, number, number[]][])(
    "that %s beyond the border, from %i on, %i of %i",
    (border, start, size, length, expected) => {
      expect([...windowIndices(start, size, length, border)]).toEqual(expected);
    },
  );
});

describe("orientations", () => {
  const source: Pixels = {
    data: Uint8Array.from({ length: 18 }, (_, i) => i),
    width: 3,
    height: 2,
    channels: 3,
    bits: 8,
  };
  const [columns, rows] = [Int32Array.of(0, 1, 2), Int32Array.of(0, 1)];

  it("are the eight there are, those that keep width and height first", () => {
    const packed = ORIENTATIONS.map((each) => packWindow(source, columns, rows, each).join());
    expect(new Set(packed).size).toBe(8);
    expect(ORIENTATIONS.map(({ transpose }) => transpose)).toEqual([...Array(4).fill(false), ...Array(4).fill(true)]);
    expect([...packWindow(source, columns, rows, { mirrorX: false, mirrorY: false, transpose: true })]).toEqual(
      [0, 9, 3, 12, 6, 15].flatMap((at) => [at, at + 1, at + 2, 0]),
    );
  });

  it.each(ORIENTATIONS)("are undone: %o", (orientation) => {
    const packed = packWindow(source, columns, rows, orientation);
    const found: number[] = [];
    const part = { left: 1, top: 0, width: 2, height: 2 };
    visitUpright({ width: 3, height: 2 }, orientation, part, 2, (from, to) => {
      found[to] = packed[from * 4]!;
    });
    expect(found).toEqual([3, 6, 12, 15]);
  });
});
