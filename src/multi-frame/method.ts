// Owns what a merge computes: the methods and their parameters. How is merge.reference.ts on the CPU and merge-plan.ts on the GPU.

import type { BilateralPrior, HuberPrior } from "../ops/multi-frame.kernels.js";
import type { PointSpread } from "../ops/observation.js";

/**
 * "shift-and-add": normalised convolution of all samples, at once. "back-projection": Irani & Peleg 1991. "map": least squares and a prior.
 * "pocs": projections onto what each sample allows, Stark & Oskoui 1989.
 */
export type MergeMethod = "shift-and-add" | "back-projection" | "map" | "pocs";

/** What "map" holds likely: "btv", bilateral total variation (Farsiu et al. 2004), or "huber" (Schultz & Stevenson 1996). */
export type MergePrior = "btv" | "huber";

export const METHODS = ["map", "back-projection", "pocs", "shift-and-add"] as const satisfies readonly MergeMethod[];
export const PRIORS = ["btv", "huber"] as const satisfies readonly MergePrior[];

/** A merge with nothing left open. */
export interface MergeRequest {
  readonly scale: number;
  readonly method: MergeMethod;
  readonly prior: MergePrior;
  readonly psf: PointSpread;
  readonly iterations: number;
}

/** The rounds of the accuracies in docs/multi-frame.md. */
export const DEFAULT_ITERATIONS: { readonly [M in MergeMethod]: number } = {
  "shift-and-add": 0,
  "back-projection": 20,
  map: 60,
  pocs: 5,
};

// In levels of 255, for noise of about two of them.
export const BILATERAL: BilateralPrior = { weight: 0.12, decay: 0.6, reach: 2, softness: 2 };
export const HUBER: HuberPrior = { weight: 0.05, threshold: 4 };
export const POCS_SLACK = 3;

/** The standard deviation of shift and add, in places of the larger picture: as wide as samples of so many frames lie apart. */
export function shiftAndAddSigma(scale: number, frames: number): number {
  return Math.max(0.45, (0.5 * scale) / Math.sqrt(frames));
}

// Of back-projection by one frame after another: nearly all of what a frame shows and the picture does not, and less of it once so many
// frames came that noise should average out. Never so little that a slow change of light does not come through.
const FIRST_STEP = 0.8;
const LEAST_STEP = 1 / 16;

/** The step by a frame when so many came before it; 2 * scale^2 frames see every place of the larger picture well. */
export function accumulationStep(scale: number, framesBefore: number): number {
  return FIRST_STEP * Math.max(Math.min(1, Math.sqrt((2 * scale * scale) / (framesBefore + 1))), LEAST_STEP);
}
