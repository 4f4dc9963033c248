// Owns weights whose file is still being read: what asks for values that have not come waits for them. Which bytes they are is
// safetensors.ts.

import { WeightTensor } from "./tensor-map.js";

/** Thrown where values are asked for that have not come. */
class NotArrived extends Error {
  constructor(
    name: string,
    readonly arrival: Promise<void>,
  ) {
    super(`Tensor ${name} has not come yet`);
  }
}

/** Whether values were asked for that have not come, and nothing else is wrong. */
export function isNotArrived(error: unknown): boolean {
  return error instanceof NotArrived;
}

/**
 * What `work` gives once all values that it asks for have come; it is tried at once, and again with each that it lacked.
 * @throws what `work` throws; why the values do not come
 */
export async function whenArrived<T>(work: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NotArrived)) throw error;
      await error.arrival;
    }
  }
}

/** A tensor that can be planned with before its values have come. */
export class ArrivingTensor extends WeightTensor {
  #isHere = false;
  #failure: { readonly error: unknown } | undefined;
  #wait:
    | { readonly arrival: Promise<void>; readonly end: () => void; readonly fail: (error: unknown) => void }
    | undefined;

  override floats(): Float32Array {
    this.#require();
    return super.floats();
  }

  override halves(): Uint16Array | undefined {
    this.#require();
    return super.halves();
  }

  /** All values are in `data`. */
  arrive(): void {
    this.#isHere = true;
    this.#wait?.end();
  }

  /** They will not come. */
  fail(error: unknown): void {
    if (this.#isHere) return;
    this.#failure = { error };
    this.#wait?.fail(error);
  }

  #require(): void {
    if (this.#isHere) return;
    if (this.#failure) throw this.#failure.error;
    if (!this.#wait) {
      let [end, fail] = [() => {}, (_: unknown) => {}];
      const arrival = new Promise<void>((...settle) => {
        [end, fail] = settle;
      });
      arrival.catch(() => {}); // nobody need wait any more
      this.#wait = { arrival, end, fail };
    }
    throw new NotArrived(this.name, this.#wait.arrival);
  }
}
