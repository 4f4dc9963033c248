// How pictures are cut into regions, and what of a picture each has at hand: arithmetic, against every pixel counted.

import { describe, expect, it } from "vitest";
import { ORIENTATIONS, type Rectangle, type Region, UPRIGHT } from "../../src/ops/region.js";
import { resizeTaps } from "../../src/ops/resize.js";
import { opaqueTarget, targetOf } from "../../src/plan/picture-buffers.js";
import { type Cutting, largestKept, pixelsAtHand, regionOf } from "../../src/plan/regions.js";
import { planResize, tapsRectangle, tapTables, windowRegion } from "../../src/plan/resize-plan.js";
import { cutAxis } from "../../src/plan/tile-plan.js";
import { type Random, seededRandom } from "../cases/random.js";
import { windowIndices } from "../cases/window.js";

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

const between = (random: Random, low: number, high: number) => low + (random() % (high - low + 1));

/** A picture of some size cut into some tiles, and all its regions. */
function randomCutting(seed: number): Cutting & { readonly regions: readonly Region[] } {
  const random = seededRandom(seed);
  const wraps = seed % 2 === 1;
  const multiple = [1, 1, 2, 4][random() % 4]!;
  const overlap = [0, 0, 1, 3, 8][random() % 5]!;
  const axis = () => {
    const length = between(random, 1, 40);
    return { length, tiles: cutAxis({ length, overlap, multiple, wraps }, between(random, 1, 6)) };
  };
  const [across, down] = [axis(), axis()];
  const cutting: Cutting = {
    picture: { width: across.length, height: down.length },
    tiles: { columns: across.tiles, rows: down.tiles },
    scale: between(random, 1, 4),
    wraps,
  };
  const regions = down.tiles.spans.flatMap((row) =>
    across.tiles.spans.map((column) => regionOf(cutting, column, row, UPRIGHT, true)),
  );
  return { ...cutting, regions };
}

describe("the regions of a picture", () => {
  it.each(SEEDS)("keep every pixel of the result once, from its own place: cut %i", (seed) => {
    const { picture, scale, regions, tiles } = randomCutting(seed);
    const [width, height] = [picture.width * scale, picture.height * scale];
    const found = new Uint8Array(width * height);
    for (const { from, kept, to, result } of regions) {
      expect(result).toEqual({ width: tiles.columns.size * scale, height: tiles.rows.size * scale });
      expect(kept.x).toBeGreaterThanOrEqual(0);
      expect(kept.y).toBeGreaterThanOrEqual(0);
      expect(kept.x + kept.width).toBeLessThanOrEqual(tiles.columns.size * scale);
      expect(kept.y + kept.height).toBeLessThanOrEqual(tiles.rows.size * scale);
      // A pixel of the result lies where the same pixel of the region does.
      expect([from.x * scale + kept.x, from.y * scale + kept.y]).toEqual([to.x, to.y]);
      for (let y = 0; y < kept.height; y++) {
        for (let x = 0; x < kept.width; x++) found[(to.y + y) * width + to.x + x]!++;
      }
    }
    expect(found.every((count) => count === 1)).toBe(true);
  });

  it.each(SEEDS)("are no larger than what there is room for, and one is as large: cut %i", (seed) => {
    const cutting = randomCutting(seed);
    const sizes = (side: "width" | "height") => cutting.regions.map(({ kept }) => kept[side]);
    expect(largestKept(cutting)).toEqual({
      width: Math.max(...sizes("width")),
      height: Math.max(...sizes("height")),
    });
  });

  it.each(SEEDS)("find each pixel that they see in the part at hand: cut %i", (seed) => {
    const { picture, tiles, wraps, regions } = randomCutting(seed);
    const size = { width: tiles.columns.size, height: tiles.rows.size };
    for (const { from, border } of regions) {
      const part = pixelsAtHand(from, size, picture, wraps);
      expect(part.width).toBeLessThanOrEqual(size.width);
      expect(part.height).toBeLessThanOrEqual(size.height);
      const seen = [
        [from.x, size.width, picture.width, border.x, part.x, part.width],
        [from.y, size.height, picture.height, border.y, part.y, part.height],
      ] as const;
      for (const [start, count, length, beyond, first, available] of seen) {
        const inPart = windowIndices(start - first, count, available, beyond).map((at) => at + first);
        const wanted = windowIndices(start, count, length, beyond);
        // What lies outside of a picture that wraps is its other side.
        expect(inPart.map((at) => ((at % length) + length) % length)).toEqual(wanted);
      }
    }
  });

  it("ask for rows from the top down", () => {
    for (const seed of SEEDS.filter((each) => each % 2 === 0)) {
      const { picture, tiles, regions } = randomCutting(seed);
      const size = { width: tiles.columns.size, height: tiles.rows.size };
      const tops = regions.map(({ from }) => pixelsAtHand(from, size, picture, false).y);
      expect(tops).toEqual([...tops].sort((a, b) => a - b));
    }
  });

  it.each([
    // A size, a multiple and what the padding is of.
    [5, 4, "reflect"],
    [1, 2, "repeat"],
    [2, 4, "repeat"],
    [3, 4, "reflect"],
    [4, 4, "reflect"],
  ])("of %i pixels at a multiple of %i: %s", (length, multiple, expected) => {
    const axis = { length, overlap: 0, multiple, wraps: false };
    const tiles = { columns: cutAxis(axis, 1), rows: cutAxis({ ...axis, length: 64 }, 2) };
    const cutting: Cutting = { picture: { width: length, height: 64 }, tiles, scale: 2, wraps: false };
    const [column, row] = [tiles.columns.spans[0]!, tiles.rows.spans[1]!];
    expect(regionOf(cutting, column, row).border).toEqual({ x: expected, y: "reflect" });
    expect(regionOf({ ...cutting, wraps: true }, column, row).border).toEqual({ x: "wrap", y: "wrap" });
    const turned = regionOf(cutting, column, row, ORIENTATIONS[5]!, false);
    expect(turned).toEqual({ ...regionOf(cutting, column, row), orientation: ORIENTATIONS[5], isFirst: false });
  });
});

/** Sizes of a source and its result, enlarged and reduced. */
const RESIZES = [
  [7, 28],
  [11, 14],
  [20, 10],
  [1, 3],
  [64, 9],
  [5, 5],
] as const;

/** Windows of an axis that has so many pixels. */
function windowsOf(length: number): (readonly [first: number, length: number])[] {
  const third = Math.ceil(length / 3);
  return [
    [0, length],
    [0, 1],
    [length - 1, 1],
    [Math.floor(length / 3), Math.min(third, length)],
  ];
}

describe.each([false, true])("taps of a picture that wraps: %s", (wraps) => {
  const cases = RESIZES.flatMap(([from, to], index) => {
    const [otherFrom, otherTo] = RESIZES[(index + 1) % RESIZES.length]!;
    const x = resizeTaps("bicubic", true, from, to, wraps);
    const y = resizeTaps("bicubic", true, otherFrom, otherTo, wraps);
    const windows: Rectangle[] = windowsOf(to).flatMap(([left, width]) =>
      windowsOf(otherTo).map(([top, height]) => ({ x: left, y: top, width, height })),
    );
    return windows.map((window) => ({
      x,
      y,
      window,
      from: { width: from, height: otherFrom },
      to: { width: to, height: otherTo },
    }));
  });

  it("of a window lie in its rectangle, and touch every edge of it", () => {
    for (const { x, y, window, from } of cases) {
      const part = tapsRectangle(x, y, window);
      const axes = [
        [x, window.x, window.width, part.x, part.width, from.width],
        [y, window.y, window.height, part.y, part.height, from.height],
      ] as const;
      for (const [{ start, count }, first, length, partStart, partLength, size] of axes) {
        const starts = [...start.subarray(first, first + length)];
        expect(Math.min(...starts)).toBe(partStart);
        expect(Math.max(...starts) + count).toBe(partStart + partLength);
        if (wraps) continue;
        expect(partStart).toBeGreaterThanOrEqual(0);
        expect(partStart + partLength).toBeLessThanOrEqual(size);
      }
    }
  });

  it("of a window fit the room that its alpha has", () => {
    for (const { x, y, window, from, to } of cases) {
      const alpha = { kind: "packed", bits: 8, taps: { x: x.count, y: y.count } } as const;
      const alphaSource = { ...from, scaleX: to.width / from.width, scaleY: to.height / from.height };
      const choice = { ...opaqueTarget({ kind: "packed", channels: 4, bits: 8 }, "read-back"), alpha, alphaSource };
      const { alphaExtent } = targetOf(choice, window);
      const part = tapsRectangle(x, y, window);
      expect(part.width).toBeLessThanOrEqual(alphaExtent.width);
      expect(part.height).toBeLessThanOrEqual(alphaExtent.height);
    }
  });

  it("become tables of a window's entries: starts and weights across, then down", () => {
    for (const { x, y, window } of cases) {
      const tables = [...tapTables(x, y, window)];
      const expected = [[x, window.x, window.width] as const, [y, window.y, window.height] as const].flatMap(
        ([{ start, count, weights }, first, length]) => [
          ...start.slice(first, first + length),
          ...weights.slice(first * count, (first + length) * count),
        ],
      );
      expect(tables).toEqual(expected);
    }
  });
});

describe("windows of a resize", () => {
  it.each([1e5, 6000, 3000])("keep every pixel once and have their taps at hand, within %i bytes", (budget) => {
    const source = { kind: "packed", channels: 3, bits: 8 } as const;
    const [from, to] = [
      { width: 23, height: 17 },
      { width: 51, height: 12, bits: 8 },
    ] as const;
    const target = opaqueTarget(source, "read-back");
    const plan = planResize({ source, isGiven: false, from, to, target, wraps: false, budget });
    expect(plan.peakBytes).toBeLessThanOrEqual(budget);
    const { across, down } = plan;
    const found = new Uint8Array(to.width * to.height);
    for (const row of down.windows.spans) {
      for (const column of across.windows.spans) {
        const { kept, to: first, result } = windowRegion(plan, column, row, false);
        expect(result).toEqual({ width: across.windows.size, height: down.windows.size });
        expect([kept.x + column.start, kept.y + row.start]).toEqual([first.x, first.y]);
        for (let y = 0; y < kept.height; y++) {
          for (let x = 0; x < kept.width; x++) found[(first.y + y) * to.width + first.x + x]!++;
        }
        const window = { x: column.start, y: row.start, width: across.windows.size, height: down.windows.size };
        const part = tapsRectangle(across.taps, down.taps, window);
        expect(part.width).toBeLessThanOrEqual(across.sourceSize);
        expect(part.height).toBeLessThanOrEqual(down.sourceSize);
      }
    }
    expect(found.every((count) => count === 1)).toBe(true);
    expect(down.windows.spans.length * across.windows.spans.length > 1).toBe(budget < 1e5);
  });
});
