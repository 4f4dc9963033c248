// Which part of a picture the history page enlarges, and which detail of it is shown small.

import { expect, test } from "vitest";
import { busiest, middleOf } from "../../demo/part.js";

test.each([
  [
    { width: 256, height: 255 },
    { x: 0, y: 0, width: 256, height: 255 },
  ],
  [
    { width: 257, height: 40 },
    { x: 0, y: 0, width: 256, height: 40 },
  ],
  [
    { width: 4000, height: 3001 },
    { x: 1872, y: 1372, width: 256, height: 256 },
  ],
])("the middle of %o", (whole, part) => {
  expect(middleOf(whole)).toEqual(part);
});

function grid(width: number, height: number, isBusy: (x: number, y: number) => boolean) {
  const data = new Uint8ClampedArray(width * height * 4).fill(100);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (isBusy(x, y) && (x + y) % 2 === 0) data[4 * (y * width + x) + 1] = 200;
  }
  return { data, width, height };
}

test("the detail lies where most changes, and in the picture where that is smaller", () => {
  // A chequered square of 5: its edges change towards what is beside them too.
  const picture = grid(20, 12, (x, y) => x >= 9 && x < 14 && y >= 4 && y < 9);
  const { x, y } = busiest(picture, 6);
  expect([8, 9]).toContain(x);
  expect([3, 4]).toContain(y);
  expect(busiest(picture, 20)).toEqual({ x: 0, y: 0 });
  expect(
    busiest(
      grid(1, 1, () => false),
      6,
    ),
  ).toEqual({ x: 0, y: 0 });
});
