// Owns handing the caller's thread back while there is much to do on it.

import { NEVER, type Stop } from "./stop.js";

// A thread that is held for 50 ms is felt in a page, and what runs between two looks comes on top.
const TURN_MS = 20;

export class EventLoopYield {
  #began = performance.now();

  /** Whether this turn of the event loop has lasted long enough. */
  isOver(): boolean {
    return performance.now() - this.#began >= TURN_MS;
  }

  /** Waits for a turn of the event loop of its own. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setTimeout(nextTurn);
    });
    this.#began = performance.now();
  }
}

// Timers that are due at once run in one go: as many pieces of work would hold the thread for as many turns.
const waiting: (() => void)[] = [];

function nextTurn(): void {
  waiting.shift()!();
  if (waiting.length > 0) setTimeout(nextTurn);
}

/** Work in pieces of a millisecond or so, with a result at the end. */
export type WorkInPieces<T> = Generator<void, T, void>;

/** Does the work and hands the thread back every 20 ms. @throws what the work throws; what stops it */
export async function doneInTurns<T>(work: WorkInPieces<T>, stop: Stop = NEVER): Promise<T> {
  const turns = new EventLoopYield();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (!turns.isOver()) continue;
    await turns.next();
    stop.check();
  }
}

/** Does the work at once, for those who hold the thread anyway. */
export function doneAtOnce<T>(work: WorkInPieces<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
