// Owns what a caller hears of the work done: never less than before, and all of it at the end.

/** How far a call has come. */
export interface Progress {
  /** Work done so far: never less than before. */
  readonly done: number;
  /** Work in all, in the same units; more than 0. */
  readonly total: number;
  /** Milliseconds that seem to remain; infinite before anything is done. */
  readonly etaMs: number;
}

export class ProgressMeter {
  readonly #start = performance.now();
  #done = 0;
  /** What a unit of work counts: less than 1 once work has to be done that was not foreseen. */
  #weight = 1;

  readonly #total: number;

  constructor(
    total: number,
    private readonly listener: ((progress: Progress) => void) | undefined,
  ) {
    // Interpolation counts no operations, and listeners divide by this.
    this.#total = total || 1;
  }

  advance(work: number): void {
    this.#tell(this.#done + Math.max(work, 0) * this.#weight);
  }

  /** From now on `work` units remain, whatever was foreseen. */
  remains(work: number): void {
    this.#weight = work > 0 ? (this.#total - this.#done) / work : 1;
  }

  end(): void {
    if (this.#done < this.#total) this.#tell(this.#total);
  }

  #tell(done: number): void {
    // Sums of fractions may pass the whole by a rounding.
    this.#done = Math.min(done, this.#total);
    const elapsed = performance.now() - this.#start;
    const etaMs = this.#done > 0 ? (elapsed / this.#done) * (this.#total - this.#done) : Number.POSITIVE_INFINITY;
    this.listener?.({ done: this.#done, total: this.#total, etaMs });
  }
}
