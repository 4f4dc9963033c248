// Owns being stopped from outside by signals: at once while work waits, at its next look while it is at work.

import { onAbort } from "./abort-listener.js";

/** What ends work before it is done: any of some signals. */
export class Stop {
  readonly #signals: readonly AbortSignal[];

  constructor(...signals: readonly (AbortSignal | undefined)[]) {
    this.#signals = signals.filter((signal) => signal !== undefined);
  }

  /** @throws the reason of the first signal that is aborted */
  readonly check = (): void => {
    for (const signal of this.#signals) signal.throwIfAborted();
  };

  /** `work`, or a failure as soon as a signal aborts: then the work goes on, and what becomes of it is not heard. */
  async until<T>(work: Promise<T>): Promise<T> {
    work.catch(() => {}); // it may fail when nobody waits for it any more
    this.check();
    const leaves: (() => void)[] = [];
    const aborted = new Promise<never>((_, reject) => {
      for (const signal of this.#signals) leaves.push(onAbort(signal, () => reject(signal.reason)));
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      for (const leave of leaves) leave();
    }
  }
}

/** Nothing stops it. */
export const NEVER = new Stop();
