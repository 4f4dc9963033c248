// Owns enlarging one part of a picture by one method after another, and cancelling it.

import type { Engine } from "./engine.js";
import { type Method, SCALE } from "./history-methods.js";
import type { Part } from "./part.js";
import { computingText, loadingText, sentenceOf } from "./words.js";

export type MethodState = "waiting" | "running" | "done" | "failed" | "cancelled";

export interface Result {
  readonly bitmap: ImageBitmap;
  /** For the picture alone: the network was loaded and its kernels compiled before. */
  readonly computeMs: number;
}

export interface RunEvents {
  /** `failure` is one sentence. */
  changed(method: Method, state: MethodState, failure?: string): void;
  /** The bitmap is the listener's, to be closed. */
  result(method: Method, result: Result): void;
  /** `share` of 0 to 1 of all that was asked for is done. */
  progress(text: string, share: number): void;
  /** Nothing waits. */
  idle(): void;
}

export class HistoryRun {
  readonly #waiting: Method[] = [];
  #part: Part | undefined;
  #running: { readonly method: Method; readonly cancelling: AbortController } | undefined;
  #isBusy = false;
  #finished = 0;

  constructor(
    private readonly engine: Engine,
    private readonly events: RunEvents,
  ) {}

  /** What is enlarged from now on, in place of all that waits. */
  take(part: Part): void {
    this.cancel();
    this.#part = part;
  }

  /** Runs methods after those that wait. */
  add(methods: readonly Method[]): void {
    for (const method of methods) {
      this.#waiting.push(method);
      this.events.changed(method, "waiting");
    }
    void this.#run();
  }

  /** Whether the method runs or waits. */
  has(method: Method): boolean {
    const { method: running, cancelling } = this.#running ?? {};
    return this.#waiting.includes(method) || (running === method && !cancelling?.signal.aborted);
  }

  /** Stops the method that runs, and drops those that wait. */
  cancel(): void {
    for (const method of this.#waiting.splice(0)) this.events.changed(method, "cancelled");
    this.#running?.cancelling.abort();
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (this.#finished = 0; this.#part && this.#waiting.length > 0; this.#finished++) {
      await this.#one(this.#waiting.shift()!, this.#part);
    }
    this.#isBusy = false;
    this.events.idle();
  }

  async #one(method: Method, part: Part): Promise<void> {
    const cancelling = new AbortController();
    const { signal } = cancelling;
    this.#running = { method, cancelling };
    this.events.changed(method, "running");
    try {
      const result = await this.#compute(method, part, signal);
      if (signal.aborted) result.bitmap.close();
      signal.throwIfAborted();
      this.events.result(method, result);
      this.events.changed(method, "done");
    } catch (error) {
      this.engine.heed(error);
      if (!signal.aborted) this.events.changed(method, "failed", sentenceOf(error));
      // For another picture it may wait again.
      else if (!this.#waiting.includes(method)) this.events.changed(method, "cancelled");
    } finally {
      this.#running = undefined;
    }
  }

  async #compute({ name, model }: Method, { bitmap }: Part, signal: AbortSignal): Promise<Result> {
    const all = this.#finished + this.#waiting.length + 1;
    const tell = (text: string, share: number) => {
      if (!signal.aborted) this.events.progress(`${name}: ${text}`, (this.#finished + share) / all);
    };
    tell("Getting ready", 0);
    const { upscaler } = await this.engine.ready(model, {
      signal,
      onProgress: ({ loaded }) => tell(loadingText(loaded), 0),
    });
    const options = { scale: SCALE, output: "imageBitmap" } as const;
    await upscaler.prepare(bitmap.width, bitmap.height, options);
    const { tiles } = await upscaler.plan(bitmap.width, bitmap.height, options);
    const started = performance.now();
    const result = await upscaler.upscale(bitmap, {
      ...options,
      signal,
      onProgress: ({ done, total, etaMs }) => tell(computingText(tiles, done / total, etaMs), done / total),
    });
    const computeMs = performance.now() - started;
    return { bitmap: result, computeMs };
  }
}
