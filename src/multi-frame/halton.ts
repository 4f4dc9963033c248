// Owns the sequence that a camera is jittered by.

import { EsrganError } from "../errors.js";
import type { Shift } from "../ops/observation.js";

/**
 * Number `index` (from 0) of the Halton sequence of bases 2 and 3, as `{ x, y }` in -0.5..0.5 pixels. However many are taken, they are spread
 * evenly; repeat after 8 * scale^2 or so.
 * @throws EsrganError "bad-input" if the index is not a whole number from 0 on
 */
export function halton(index: number): Shift {
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new EsrganError("bad-input", `The index of halton must be a whole number from 0 on, got ${String(index)}`);
  }
  // The first of the sequence itself is 0 in every base, a corner.
  return { x: radicalInverse(index + 1, 2) - 0.5, y: radicalInverse(index + 1, 3) - 0.5 };
}

/** The digits of `index`, mirrored at the point. */
function radicalInverse(index: number, base: number): number {
  let inverse = 0;
  let unit = 1 / base;
  for (let rest = index; rest > 0; rest = Math.floor(rest / base)) {
    inverse += unit * (rest % base);
    unit /= base;
  }
  return inverse;
}
