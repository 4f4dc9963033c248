// Owns a picture that is recorded in slices: how much goes into each, by the speed that the device has shown.

import { EsrganError } from "../errors.js";

/** A picture in slices: each records as much as fits the time, until it is done. */
export interface PassJob {
  /** Whether the last slice was recorded. The output is whole once that one was submitted. */
  readonly done: boolean;
  /** The share of the work that was recorded, 0..1. */
  readonly progress: number;
  /**
   * Records the next slice, about `budgetMs` of GPU time at the speed measured so far, and no less than one dispatch. Slices must be
   * submitted in order, each best in the task that recorded it, as its time is measured from there. The input may change once the
   * first one was submitted.
   * @throws EsrganError "bad-input" before anything is recorded, if the pass was destroyed or records another picture meanwhile
   */
  encodeSlice(encoder: GPUCommandEncoder, budgetMs: number): void;
}

/** A dispatch of a region, and what it costs. */
export interface PassStep {
  readonly region: number;
  readonly dispatch: number;
  /** FLOPs, and what a dispatch takes beside them. */
  readonly cost: number;
}

/** What a dispatch takes beside its arithmetic. */
export const DISPATCH_MS = 0.01;

// Time counts from the recording until the queue is empty, so it may hold other work of the caller's, or no work at all where that is
// submitted later. One odd time says little, and no number of them moves the speed far from where it began.
const STEP_UP = 1.25;
const STEP_DOWN = 0.9;
const SPREAD = { measured: 4, assumed: 64 } as const;

/** FLOPs that the device does in a millisecond, followed while slices run. */
export class SliceSpeed {
  #flopsPerMs: number;
  readonly #range: readonly [least: number, most: number];
  #recorded = 0;
  #lastEnd = 0;

  constructor(start: number, from: keyof typeof SPREAD) {
    this.#flopsPerMs = start;
    this.#range = [start / SPREAD[from], start * SPREAD[from]];
  }

  get flopsPerMs(): number {
    return this.#flopsPerMs;
  }

  /** Hears of work that was recorded in this task, and waits until the queue has done what was submitted in it. */
  follow(queue: GPUQueue, cost: number): void {
    this.#recorded += cost;
    if (this.#recorded > cost) return; // with what was recorded before in this task
    const start = performance.now();
    queueMicrotask(() => {
      const recorded = this.#recorded;
      this.#recorded = 0;
      queue.onSubmittedWorkDone().then(
        () => {
          const now = performance.now();
          this.hear(recorded, now - Math.max(start, this.#lastEnd));
          this.#lastEnd = now;
        },
        () => {}, // the device was lost, which others say
      );
    });
  }

  /** Work took so long, or less. */
  hear(cost: number, ms: number): void {
    const before = this.#flopsPerMs;
    const measured = cost / Math.max(ms, 0.1);
    const next = Math.min(Math.max(measured, before * STEP_DOWN), before * STEP_UP);
    const [least, most] = this.#range;
    this.#flopsPerMs = Math.min(Math.max(next, least), most);
  }
}

export class SlicedJob implements PassJob {
  #at = 0;
  #costDone = 0;
  #isAbandoned = false;
  readonly #total: number;

  constructor(
    private readonly steps: readonly PassStep[],
    private readonly speed: { readonly flopsPerMs: number },
    /** Records steps, from the one until the other, which cost so much. */
    private readonly record: (encoder: GPUCommandEncoder, from: number, to: number, cost: number) => void,
  ) {
    this.#total = steps.reduce((sum, { cost }) => sum + cost, 0);
  }

  get done(): boolean {
    return this.#at === this.steps.length;
  }

  get progress(): number {
    return this.done ? 1 : this.#costDone / this.#total;
  }

  encodeSlice(encoder: GPUCommandEncoder, budgetMs: number): void {
    if (!(typeof budgetMs === "number" && budgetMs > 0)) {
      throw new EsrganError("bad-input", `budgetMs must be a positive number of milliseconds, got ${budgetMs}`);
    }
    if (this.#isAbandoned) {
      throw new EsrganError(
        "bad-input",
        "The pass has begun another picture or was destroyed, so this one cannot go on",
      );
    }
    if (this.done) return;
    const budget = budgetMs * this.speed.flopsPerMs;
    let to = this.#at + 1;
    let cost = this.steps[this.#at]!.cost;
    while (to < this.steps.length && cost + this.steps[to]!.cost <= budget) cost += this.steps[to++]!.cost;
    this.record(encoder, this.#at, to, cost);
    this.#at = to;
    this.#costDone += cost;
  }

  abandon(): void {
    if (!this.done) this.#isAbandoned = true;
  }
}
