// Owns a load that several callers wait for: each hears its progress, and what is known early, and may stop waiting, and the load itself is stopped
// with the last of them.

import type { LoadProgress, ReadOptions } from "../weights/byte-source.js";
import { Stop } from "../weights/stop.js";

interface Waiting<T> extends Pick<ReadOptions, "onProgress" | "signal"> {
  /** Called while it loads with what is known already, and once more where that is found wrong and it begins anew. */
  readonly onArriving?: ((early: T) => void) | undefined;
}

interface Hearer<T> {
  readonly progress: (progress: LoadProgress) => void;
  readonly arriving: (early: T) => void;
}

export class SharedLoad<T> {
  readonly #result: Promise<T>;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<Hearer<T>>();
  #last: LoadProgress | undefined;
  #early: { readonly value: T } | undefined;
  #isDone = false;

  /** `start` is called at once; whoever keeps it drops it in `onFailure`, as the next caller is to try again. */
  constructor(start: (options: Required<Waiting<T>>) => Promise<T>, onFailure: () => void) {
    const onProgress = (progress: LoadProgress) => {
      this.#last = progress;
      for (const hear of this.#waiting) hear.progress(progress);
    };
    const onArriving = (value: T) => {
      this.#early = { value };
      for (const hear of this.#waiting) hear.arriving(value);
    };
    this.#result = start({ signal: this.#stop.signal, onProgress, onArriving });
    this.#stop.signal.addEventListener("abort", onFailure);
    this.#result.then(
      () => {
        this.#isDone = true;
      },
      () => onFailure(),
    );
  }

  /** @throws signal.reason as soon as it is aborted; what the caller's onProgress throws; why the load failed */
  async join({ signal, onProgress, onArriving }: Waiting<T>): Promise<T> {
    const thrown = new AbortController();
    const caught =
      <V>(call: ((value: V) => void) | undefined) =>
      (value: V) => {
        try {
          call?.(value);
        } catch (error) {
          thrown.abort(error); // the others go on
        }
      };
    const hear: Hearer<T> = { progress: caught(onProgress), arriving: caught(onArriving) };
    this.#waiting.add(hear);
    try {
      signal?.throwIfAborted();
      if (this.#last) hear.progress(this.#last);
      if (this.#early && !this.#isDone) hear.arriving(this.#early.value);
      return await new Stop(signal, thrown.signal).until(this.#result);
    } finally {
      this.#waiting.delete(hear);
      if (this.#waiting.size === 0 && !this.#isDone) this.#stop.abort(signal?.reason);
    }
  }
}
