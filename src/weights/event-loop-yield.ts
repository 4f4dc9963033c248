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

  /** Waits for the next turn of the event loop. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve);
    });
    this.#began = performance.now();
  }
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
