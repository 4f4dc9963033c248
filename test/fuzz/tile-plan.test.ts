// How a length is cut into tiles, for any length, overlap, multiple and size.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EsrganError } from "../../src/errors.js";
import { roundUp } from "../../src/ops/plane.js";
import { type AxisRequest, type AxisTiles, cutAxis, cutAxisBySize, smallestTile } from "../../src/plan/tile-plan.js";
import { cases } from "./runs.js";

const request: fc.Arbitrary<AxisRequest> = fc.record({
  length: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20_000 })),
  overlap: fc.oneof(fc.nat(20), fc.nat(300)),
  multiple: fc.constantFrom(1, 2, 3, 4, 8),
  wraps: fc.boolean(),
});

/** Every rule that tiles keep, however many there are. */
function expectSound(axis: AxisRequest, { size, spans }: AxisTiles): void {
  const { length, overlap, multiple, wraps } = axis;
  const covered = roundUp(length, multiple);
  // Not by a matcher each: there are thousands of spans.
  const rule = (holds: boolean, what: string) => {
    if (!holds) expect.fail(`${what}, with tiles of ${size} at ${JSON.stringify(spans.slice(0, 20))}`);
  };
  rule(size % multiple === 0, "The size is no multiple");
  rule(spans[0]!.coreStart === 0 && spans.at(-1)!.coreEnd === length, "The cores do not go from end to end");
  spans.forEach(({ start, coreStart, coreEnd }, index) => {
    const last = start + size;
    rule(coreEnd > coreStart, "A core is empty");
    rule(index === 0 || coreStart === spans[index - 1]!.coreEnd, "Cores do not follow one another");
    rule(wraps || (start % multiple === 0 && start >= 0 && last <= covered), "A tile lies beyond the picture");
    rule(coreStart - start >= (wraps || start > 0 ? overlap : 0), "There is too little before a core");
    rule(last - coreEnd >= (wraps || last < covered ? overlap : 0), "There is too little behind a core");
  });
  const cores = spans.map(({ coreStart, coreEnd }) => coreEnd - coreStart);
  rule(Math.max(...cores) - Math.min(...cores) <= unevenness(axis), "Cores differ too much");
}

/**
 * How much cores may differ: by a pixel where the picture wraps. Else an outer core has the overlap beside it that an inner
 * one keeps free, starts are rounded to the multiple, and what the last tile has beyond the picture is no part of its core.
 */
function unevenness({ overlap, multiple, wraps }: AxisRequest): number {
  return wraps ? 1 : roundUp(overlap, multiple) + 2 * multiple;
}

describe("cutAxis", () => {
  it("cuts any length into any number of tiles", () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 1, max: 400 }), (axis, count) => {
        const tiles = cutAxis(axis, count);
        expectSound(axis, tiles);
        expect(tiles.spans.length).toBeLessThanOrEqual(count);
      }),
      cases(3000),
    );
  });

  it("makes no tile larger where there are more", () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 1, max: 100 }), (axis, count) => {
        expect(cutAxis(axis, count + 1).size).toBeLessThanOrEqual(cutAxis(axis, count).size);
      }),
      cases(1000),
    );
  });
});

describe("cutAxisBySize", () => {
  it("cuts any length into tiles of at most the size, or says how large it must be", () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 1, max: 2000 }), (axis, size) => {
        const isPossible = size >= smallestTile(axis) || (!axis.wraps && size >= roundUp(axis.length, axis.multiple));
        if (!isPossible) {
          expect(() => cutAxisBySize(axis, size)).toThrow(EsrganError);
          expect(() => cutAxisBySize(axis, size)).toThrow(new RegExp(`at least ${smallestTile(axis)}$`));
          return;
        }
        const tiles = cutAxisBySize(axis, size);
        expectSound(axis, tiles);
        expect(tiles.size).toBeLessThanOrEqual(size);
      }),
      cases(3000),
    );
  });

  it("cuts into no more tiles than it takes", () => {
    fc.assert(
      fc.property(request, fc.nat(300), (axis, more) => {
        const size = smallestTile(axis) + more;
        const { spans } = cutAxisBySize(axis, size);
        if (spans.length > 1) expect(cutAxis(axis, spans.length - 1).size).toBeGreaterThan(size);
      }),
      cases(1000),
    );
  });
});
