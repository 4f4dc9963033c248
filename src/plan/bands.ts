// Owns cutting long dispatches into bands of rows, which are dispatches of their own: the same kernel from another row on, exact. So
// a run can be spread over frames, or stopped, in steps as short as wanted.

import { type PlaneName, planeWord, windowOf, withOrigin, withRows, withWindow } from "../ops/kernel.js";
import type { PlacedCall } from "./bind.js";

const READ_PLANES = ["src", "residual0", "residual1"] as const satisfies readonly PlaneName[];

/** `placed` in bands of at most `mostFlops`, or of as few rows as a workgroup computes. */
export function bandsOf(placed: PlacedCall, mostFlops: number): PlacedCall[] {
  const { call, flops } = placed;
  if (!call.rows || flops <= mostFlops) return [placed];
  const { perGroup, axis, multiple, scales } = call.rows;
  const height = planeWord(call.planes, "dst", "height");
  const unit = leastCommonMultiple(perGroup, multiple);
  const rows = unit * Math.max(1, Math.floor((height / unit) * (mostFlops / flops)));
  const window = windowOf(call.planes);
  const isPicture = placed.planes.dst === "picture";
  const bands: PlacedCall[] = [];
  for (let y = 0; y < height; y += rows) {
    const count = Math.min(rows, height - y);
    let words = withRows(call.planes, "dst", count);
    words = withOrigin(words, "dst", y * planeWord(words, "dst", "pitch"));
    for (const name of READ_PLANES) {
      if (placed.planes[name] === undefined) continue;
      words = withOrigin(words, name, (y / scales[name]) * planeWord(words, name, "pitch"));
    }
    if (isPicture) {
      const [left, top, right, bottom] = window;
      // Nothing of a band is kept that lies beside the window.
      if (bottom <= y || top >= y + count) continue;
      words = withWindow(words, [left, Math.max(top - y, 0), right, bottom - y]);
    }
    const workgroups: [number, number, number] = [...call.workgroups];
    workgroups[axis] = Math.ceil(count / perGroup);
    bands.push({ ...placed, call: { ...call, planes: words, workgroups }, flops: (flops * count) / height });
  }
  return bands;
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
