// Owns how many random cases the properties try and from which seed: the same ones every time, so that a failure can be had
// again. ESRGAN_FUZZ_SEED draws others, ESRGAN_FUZZ_RUNS tries more of each property.

import type { Parameters } from "fast-check";
import { vi } from "vitest";

const seed = wholeNumber("ESRGAN_FUZZ_SEED") ?? 20260729;
const runs = wholeNumber("ESRGAN_FUZZ_RUNS");

// Whoever asks for more waits for them.
if (runs !== undefined) vi.setConfig({ testTimeout: 0 });

/** For fc.assert: `usual` cases, unless the environment says how many. */
export function cases<T>(usual: number): Parameters<T> {
  return { seed, numRuns: runs ?? usual };
}

function wholeNumber(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} is "${text}", expected a whole number below a billion`);
  return Number(text);
}
