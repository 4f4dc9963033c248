// When two peers' outputs are the same picture.

/**
 * How far apart two pictures are at most, as values in 0..1; beyond black and white there is no difference. Infinite for another count of
 * values, or where one is not a number.
 */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(shown(a[i]!) - shown(b[i]!));
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    largest = Math.max(largest, difference);
  }
  return largest;
}

function shown(value: number): number {
  return Math.min(1, Math.max(0, value));
}
