// Owns what a merge may be asked for: options with their ranges, and nothing left open.

import { EsrganError } from "../errors.js";
import { shown } from "../job/shown.js";
import { isPositiveInteger } from "../ops/checks.js";
import type { PointSpread, Shift } from "../ops/observation.js";
import { typeName } from "../options.js";
import { DEFAULT_ITERATIONS, METHODS, type MergeMethod, type MergePrior, type MergeRequest, PRIORS } from "./method.js";
import { REGISTRATIONS, type RegistrationMethod } from "./registration.js";

/** How frames are merged. */
export interface MergeOptions {
  /** Output pixels for each of a frame's along an axis, 1 to 8; 2 by default. */
  readonly scale?: number | undefined;
  /** "map" by default. */
  readonly method?: MergeMethod | undefined;
  /** Of "map": "btv" by default. */
  readonly prior?: MergePrior | undefined;
  /** Of each frame, in its own pixels: its pixel (x, y) shows what is at (x + shift.x, y + shift.y) of the result's frame. Estimated by default. */
  readonly shifts?: readonly Shift[] | undefined;
  /** How shifts are estimated; "gradient" by default. */
  readonly registration?: RegistrationMethod | undefined;
  /** What a pixel of a frame averages over; its own square ("box") by default. */
  readonly psf?: PointSpread | undefined;
  /** Rounds: 60 for "map", 20 for "back-projection" and 5 for "pocs" by default. "shift-and-add" has none. */
  readonly iterations?: number | undefined;
}

export const MERGE_OPTIONS = [
  "scale",
  "method",
  "prior",
  "shifts",
  "registration",
  "psf",
  "iterations",
] as const satisfies readonly (keyof MergeOptions)[];

/** A merge's options with nothing left open; shifts are to be estimated where there are none. */
export interface CheckedMerge {
  readonly request: MergeRequest;
  readonly shifts: readonly Shift[] | undefined;
  readonly registration: RegistrationMethod;
}

const MOST_SCALE = 8;
const MOST_FRAMES = 256;
const MOST_ITERATIONS = 1000;
const MOST_GAUSSIAN = 4;

/**
 * Checks the options and how many frames there are.
 * @throws EsrganError "bad-input" naming the option
 */
export function checkedMerge(frames: unknown, options: MergeOptions): CheckedMerge {
  if (!Array.isArray(frames) || frames.length < 1 || frames.length > MOST_FRAMES) {
    const got = Array.isArray(frames) ? frames.length : typeName(frames);
    throw new EsrganError("bad-input", `frames must be an array of 1 to ${MOST_FRAMES} pictures, got ${got}`);
  }
  const { scale = 2, method = "map", prior = "btv", shifts, registration = "gradient", psf = "box" } = options;
  requireScale(scale);
  requireOneOf("method", METHODS, method);
  requireOneOf("prior", PRIORS, prior);
  requireOneOf("registration", REGISTRATIONS, registration);
  requirePsf(psf);
  const { iterations = DEFAULT_ITERATIONS[method] } = options;
  if (options.iterations !== undefined && (!isPositiveInteger(iterations) || iterations > MOST_ITERATIONS)) {
    throw new EsrganError(
      "bad-input",
      `iterations must be a whole number from 1 to ${MOST_ITERATIONS}, got ${shown(options.iterations)}`,
    );
  }
  if (shifts !== undefined) requireShifts(shifts, frames.length);
  const request = { scale, method, prior, psf, iterations: method === "shift-and-add" ? 0 : iterations };
  return { request, registration, shifts: shifts?.map(({ x, y }) => ({ x, y })) };
}

/** @throws EsrganError "bad-input" */
export function requireScale(scale: number): void {
  if (isPositiveInteger(scale) && scale <= MOST_SCALE) return;
  throw new EsrganError("bad-input", `scale must be a whole number from 1 to ${MOST_SCALE}, got ${shown(scale)}`);
}

function requireOneOf<T extends string>(name: string, known: readonly T[], value: T): void {
  if (known.includes(value)) return;
  const all = known.map((each) => `"${each}"`).join(", ");
  throw new EsrganError("bad-input", `${name} must be one of ${all}, got ${shown(value)}`);
}

/** @throws EsrganError "bad-input" */
export function requirePsf(psf: PointSpread): void {
  if (psf === "box") return;
  const gaussian: unknown = typeof psf === "object" && psf !== null ? psf.gaussian : undefined;
  if (typeof gaussian === "number" && gaussian > 0 && gaussian <= MOST_GAUSSIAN) return;
  const wanted = `"box" or { gaussian } with a number of pixels above 0, at most ${MOST_GAUSSIAN}`;
  throw new EsrganError("bad-input", `psf must be ${wanted}, got ${shown(psf)}`);
}

function requireShifts(shifts: readonly Shift[], frames: number): void {
  if (!Array.isArray(shifts) || shifts.length !== frames) {
    const got = Array.isArray(shifts) ? shifts.length : shown(shifts);
    throw new EsrganError(
      "bad-input",
      `shifts must be an array of one { x, y } for each of ${frames} frames, got ${got}`,
    );
  }
  for (const [index, shift] of shifts.entries()) {
    if (Number.isFinite(shift?.x) && Number.isFinite(shift?.y)) continue;
    throw new EsrganError("bad-input", `shifts[${index}] must be { x, y } in pixels of a frame, got ${shown(shift)}`);
  }
}
