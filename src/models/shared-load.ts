// Owns a load that several callers wait for: each hears its progress and may stop waiting, and the load itself is stopped with the last of them.

import type { LoadProgress, ReadOptions } from "../weights/byte-source.js";
import { Stop } from "../weights/stop.js";

type Waiting = Pick<ReadOptions, "onProgress" | "signal">;
type Hear = (progress: LoadProgress) => void;

export class SharedLoad<T> {
  readonly #result: Promise<T>;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<Hear>();
  #last: LoadProgress | undefined;
  #isDone = false;

  /** `start` is called at once; whoever keeps it drops it in `onFailure`, as the next caller is to try again. */
  constructor(start: (options: Required<Waiting>) => Promise<T>, onFailure: () => void) {
    const onProgress: Hear = (progress) => {
      this.#last = progress;
      for (const hear of this.#waiting) hear(progress);
    };
    this.#result = start({ signal: this.#stop.signal, onProgress });
    this.#stop.signal.addEventListener("abort", onFailure);
    this.#result.then(
      () => {
        this.#isDone = true;
      },
      () => onFailure(),
    );
  }

  /** @throws signal.reason as soon as it is aborted; what the caller's onProgress throws; why the load failed */
  async join({ signal, onProgress }: Waiting): Promise<T> {
    const thrown = new AbortController();
    const hear: Hear = (progress) => {
      try {
        onProgress?.(progress);
      } catch (error) {
        thrown.abort(error); // the others go on
      }
    };
    this.#waiting.add(hear);
    try {
      signal?.throwIfAborted();
      if (this.#last) hear(this.#last);
      return await new Stop(signal, thrown.signal).until(this.#result);
    } finally {
      this.#waiting.delete(hear);
      if (this.#waiting.size === 0 && !this.#isDone) this.#stop.abort(signal?.reason);
    }
  }
}
