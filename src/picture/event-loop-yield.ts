// Owns handing the caller's thread back while there is much to do on it.

const TURN_MS = 50; // A thread that is held for longer is felt in a page.

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
