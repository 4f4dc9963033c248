// Owns random operands that are large: a table drawn once, repeated. Its length is prime, so that no two rows of a tensor are
// alike.

import { randomFloats, seededRandom } from "../../test/cases/random.js";

const TABLE_LENGTH = 1_000_003;

let table: Float32Array | undefined;

/** `count` values of -1..1; another `seed` starts elsewhere in the table. */
export function noise(count: number, seed: number): Float32Array {
  table ??= randomFloats(seededRandom(1), TABLE_LENGTH);
  const out = new Float32Array(count);
  let from = (seed * 104_729) % TABLE_LENGTH;
  for (let at = 0; at < count; ) {
    const length = Math.min(count - at, TABLE_LENGTH - from);
    out.set(table.subarray(from, from + length), at);
    at += length;
    from = 0;
  }
  return out;
}

/** `count` random bytes. */
export function noiseBytes(count: number, seed: number): Uint8Array<ArrayBuffer> {
  const floats = noise(count, seed);
  return Uint8Array.from(floats, (value) => (value + 1) * 127.99);
}
