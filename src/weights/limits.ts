// Owns how much a weight file may hold. The largest network of the family has 702 tensors and 17 million weights; a file that
// says it has very many costs time and memory long before anything is known of its network. tools/convert-weights.py has the same.

import { EsrganError } from "../errors.js";

export const MAX_TENSORS = 100_000;
const MAX_WEIGHTS = 2 ** 27;
// A tensor may repeat few numbers of its file many times over, which real ones hardly do.
const MAX_REPEATED_WEIGHTS = 2 ** 20;

/** @throws EsrganError "bad-weights" if there are more than MAX_TENSORS of `what` */
export function requireFew(count: number, what: string): void {
  if (count > MAX_TENSORS) {
    throw new EsrganError(
      "bad-weights",
      `The weight file holds more than ${MAX_TENSORS} ${what}, which no network needs`,
    );
  }
}

/** @throws EsrganError "bad-weights" if tensors of a file of `byteLength` hold too many weights, before they are made */
export function requireWeightCount(count: number, byteLength: number): void {
  const limit = Math.min(MAX_WEIGHTS, byteLength + MAX_REPEATED_WEIGHTS);
  if (count > limit) {
    throw new EsrganError(
      "bad-weights",
      `The weight file of ${byteLength} bytes holds ${count} weights, more than the ${limit} that are read of it`,
    );
  }
}
