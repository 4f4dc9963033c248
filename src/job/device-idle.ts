// Owns what is done on a device while nobody has called for a while: one piece of work after another, each stopped as soon as a call begins.

/** Work that can be stopped at any time, and goes on where it stopped. */
export interface IdleWork {
  /** Stops within milliseconds once `signal` is aborted, and frees what it made on the device. Gives whether it is done. */
  run(signal: AbortSignal): Promise<boolean>;
}

const IDLE_MS = 1000;

const devices = new WeakMap<GPUDevice, DeviceIdle>();

export class DeviceIdle {
  readonly #works = new Set<IdleWork>();
  #calls = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: { readonly work: IdleWork; readonly stop: AbortController; readonly end: Promise<void> } | undefined;

  /** That of all who use the device. */
  static of(device: GPUDevice): DeviceIdle {
    const found = devices.get(device) ?? new DeviceIdle();
    devices.set(device, found);
    return found;
  }

  add(work: IdleWork): void {
    this.#works.add(work);
    this.#wait();
  }

  /** Stops it, if it is at work, and forgets it. */
  remove(work: IdleWork): void {
    this.#works.delete(work);
    if (this.#running?.work === work) this.#running.stop.abort();
    if (this.#works.size === 0) clearTimeout(this.#timer);
  }

  /** The device is in use: what is at work stops, and the wait begins anew. */
  touch(): void {
    if (this.#works.size === 0) return;
    this.#running?.stop.abort();
    this.#wait();
  }

  /** Runs a call, once what is at work has stopped. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    this.#calls++;
    this.touch();
    try {
      await this.#running?.end;
      return await call();
    } finally {
      this.#calls--;
      this.#wait();
    }
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#calls > 0 || this.#works.size === 0) return;
    this.#timer = setTimeout(() => this.#start(), IDLE_MS);
    // Node would wait for the timer before it exits.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #start(): void {
    const [work] = this.#works;
    if (!work || this.#calls > 0) return;
    if (this.#running) {
      this.#wait();
      return;
    }
    const stop = new AbortController();
    const end = work
      .run(stop.signal)
      // What fails is not tried again.
      .catch(() => !stop.signal.aborted)
      .then((isDone) => {
        this.#running = undefined;
        if (isDone) this.#works.delete(work);
        this.#wait();
      });
    this.#running = { work, stop, end };
  }
}
