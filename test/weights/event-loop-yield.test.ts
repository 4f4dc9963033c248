// Handing the thread back: by how much work is done between two turns of the event loop, counted.

import { expect, it } from "vitest";
import { doneInTurns, type WorkInPieces } from "../../src/weights/event-loop-yield.js";

/** Steps of 7 ms each; `step` hears of each. */
function* work(steps: number, step: () => void): WorkInPieces<void> {
  for (let i = 0; i < steps; i++) {
    for (const end = performance.now() + 7; performance.now() < end; );
    step();
    yield;
  }
}

it("works that are done at the same time have turns of their own", async () => {
  const inTurn: number[] = [0];
  let immediate: NodeJS.Immediate;
  const tick = () => {
    inTurn.push(0);
    immediate = setImmediate(tick);
  };
  tick();
  const step = () => {
    inTurn[inTurn.length - 1]!++;
  };
  await Promise.all([1, 2, 3, 4].map(() => doneInTurns(work(9, step))));
  clearImmediate(immediate!);
  const steps = inTurn.reduce((sum, each) => sum + each);
  expect(steps).toBe(36);
  // All begin in one turn. After that it is three steps of 7 ms a turn.
  const [, ...later] = inTurn.filter((count) => count > 0);
  expect(Math.max(...later)).toBeLessThanOrEqual(3);
});
