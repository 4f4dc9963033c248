// Which part of a picture the page shows while it is computed, and where it lies.

import { expect, test } from "vitest";
import { shownTiles } from "../../demo/tiles-shown.js";
import { ViewBox } from "../../demo/view-box.js";

// Two by two tiles of 60 pixels over 100: neighbours have 20 in common and meet at 50.
const tile = { width: 60, height: 60, columns: 2, rows: 2, overlap: 10, windows: 1 };
const step = { node: "", op: "", variant: "", workgroups: [1, 1, 1], flops: 25, bytes: 0, traffic: undefined } as const;
const plan = { passes: 1, tile, flops: 100, steps: [step], width: 400 };
const source = { width: 100, height: 100 };

test.each([
  ["before the first tile", 0.24, undefined],
  ["a tile", 0.25, "polygon(0% 0%, 100% 0%, 100% 0%, 49% 0%, 49% 49%, 0% 49%)"],
  ["a row", 0.5, "polygon(0% 0%, 100% 0%, 100% 49%, 0% 49%, 0% 100%, 0% 100%)"],
  ["a row and a tile", 0.75, "polygon(0% 0%, 100% 0%, 100% 49%, 49% 49%, 49% 100%, 0% 100%)"],
] as const)("tiles done are shown: %s", (_, share, shape) => {
  expect(shownTiles(plan, source, 4, share)).toBe(shape);
});

test("of two passes the last one's tiles are shown, of a picture that is resized afterwards none", () => {
  const twice = { ...plan, passes: 2, flops: 120, width: 400 };
  expect(shownTiles(twice, { width: 25, height: 25 }, 4, 0.3)).toBeUndefined();
  expect(shownTiles(twice, { width: 25, height: 25 }, 4, 20 / 120 + 25 / 120)).toMatch(/^polygon/);
  expect(shownTiles({ ...plan, width: 300 }, source, 4, 0.9)).toBeUndefined();
});

test("a picture is fitted, zoomed around a point, and held at the stage's edges", () => {
  const box = new ViewBox({ width: 200, height: 100 }, { width: 100, height: 100 });
  expect([box.zoom, box.x, box.y]).toEqual([1, 50, 0]);
  box.zoomBy(4, { x: 100, y: 50 });
  expect([box.zoom, box.x, box.y]).toEqual([4, -100, -150]);
  box.panBy(1000, -1000);
  expect([box.x, box.y]).toEqual([0, -300]);
  box.resize({ width: 200, height: 100 }, { width: 200, height: 200 });
  expect([box.zoom, box.x, box.y]).toEqual([2, 0, -300]);
  box.fit();
  expect([box.zoom, box.x, box.y]).toEqual([0.5, 50, 0]);
});
