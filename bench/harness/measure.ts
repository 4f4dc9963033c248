// Owns how often something is run until its time is known.

import type { Clock } from "./clock.js";

/** How much time may go into one figure. */
export interface Effort {
  /** Dispatches are repeated until a pass takes this long: longer than clocks and submits are off by. */
  readonly passMs: number;
  /** No fewer samples than this, whatever they cost. */
  readonly minSamples: number;
  readonly maxSamples: number;
  /** After this no more samples are taken than the fewest. */
  readonly budgetMs: number;
}

export const THOROUGH: Effort = { passMs: 10, minSamples: 5, maxSamples: 30, budgetMs: 1500 };
export const QUICK: Effort = { passMs: 10, minSamples: 3, maxSamples: 5, budgetMs: 150 };

// Of one short dispatch; more make no pass any better.
const MAX_REPEATS = 2000;

export interface Measured {
  /** Milliseconds of one repeat. */
  readonly samples: readonly number[];
  /** Dispatches in a pass. */
  readonly repeats: number;
}

/** Warms up, finds out how many repeats a pass needs, then takes samples. `record` puts one repeat into the pass. */
export async function measure(
  clock: Clock,
  record: (pass: GPUComputePassEncoder) => void,
  effort: Effort,
  signal?: AbortSignal,
): Promise<Measured> {
  const pass = async (repeats: number) => {
    signal?.throwIfAborted();
    const ms = await clock.time((encoder) => {
      for (let i = 0; i < repeats; i++) record(encoder);
    });
    return ms / repeats;
  };
  let repeats = 1;
  let once = await pass(1);
  // The first run also warms up; a GPU that was idle takes several to reach its speed.
  while (once * repeats < effort.passMs && repeats < MAX_REPEATS) {
    repeats = Math.min(Math.max(2 * repeats, Math.ceil(effort.passMs / Math.max(once, 1e-3))), MAX_REPEATS);
    once = await pass(repeats);
  }
  const samples: number[] = [];
  let spent = 0;
  while (samples.length < effort.minSamples || (spent < effort.budgetMs && samples.length < effort.maxSamples)) {
    const ms = await pass(repeats);
    samples.push(ms);
    spent += ms * repeats;
  }
  return { samples, repeats };
}
