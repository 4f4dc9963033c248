// Owns the order of calls: one after another, whatever became of those before.

import { onAbort } from "../weights/abort-listener.js";

/** What every call runs within. */
export type Around = <T>(job: () => Promise<T>) => Promise<T>;

export class CallQueue {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly destroyed: AbortSignal,
    private readonly around: Around = (job) => job(),
  ) {}

  /** Runs `job` after those before it; aborted while it waits, it fails at once. */
  run<T>(job: () => Promise<T>, signal?: AbortSignal, around = this.around): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const aborted = () => reject(signal?.reason);
      if (signal?.aborted) {
        aborted();
        return;
      }
      const leave = signal && onAbort(signal, aborted);
      this.#last = this.#last
        .then(() => {
          leave?.();
          this.destroyed.throwIfAborted();
          signal?.throwIfAborted();
          return around(job);
        })
        .then(resolve, reject);
    });
  }

  /** Takes a turn and keeps it until the function that it gives is called. */
  async take(signal?: AbortSignal): Promise<() => void> {
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    await new Promise<void>((resolve, reject) => {
      this.run(() => {
        resolve();
        return left;
      }, signal).catch(reject);
    });
    return leave;
  }
}
