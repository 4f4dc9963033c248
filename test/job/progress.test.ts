import { expect, it } from "vitest";
import { type Progress, ProgressMeter } from "../../src/job/progress.js";

/** What a listener hears of the shares of work done, and what remains at the end. */
function heard(total: number, work: readonly number[]): { shares: number[]; last: Progress } {
  const all: Progress[] = [];
  const meter = new ProgressMeter(total, (progress) => all.push(progress));
  for (const each of work) meter.advance(each);
  meter.end();
  return { shares: all.map(({ done, total }) => done / total), last: all.at(-1)! };
}

it.each([
  [10, [2, 5], [0.2, 0.7, 1]],
  [10, [4, 6], [0.4, 1]],
  [0.3, [0.1, 0.1, 0.1 + 1e-9], [1 / 3, 2 / 3, 1]],
  // An interpolation's work is not counted.
  [0, [0, 0], [0, 0, 1]],
  [0, [], [1]],
])("of %f units, done in %j, is shares of the whole", (total, work, wanted) => {
  const { shares, last } = heard(total, work);
  expect(shares.map((share) => Number(share.toFixed(6)))).toEqual(wanted.map((share) => Number(share.toFixed(6))));
  expect(last).toMatchObject({ done: last.total, etaMs: 0 });
});
