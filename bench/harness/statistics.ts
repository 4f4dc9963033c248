// Owns the figures drawn from repeated measurements.

/** What repeated measurements of one thing say. */
export interface Summary {
  readonly median: number;
  /** The range of the middle half of the samples, relative to the median. */
  readonly spread: number;
  readonly min: number;
  readonly max: number;
}

/** @param samples at least one */
export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  return {
    median,
    spread: median > 0 ? (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / median : 0,
    min: sorted[0]!,
    max: sorted.at(-1)!,
  };
}

/** Between samples it interpolates, as NumPy does by default. */
function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)]!;
  const above = sorted[Math.ceil(at)]!;
  return below + (above - below) * (at - Math.floor(at));
}
