// Owns finding out how frames are shifted: one translation a frame, against the first, from gray planes. By gradients or by phase.

import { keysWeight, type Shift } from "../ops/observation.js";
import type { ValuePlane } from "../ops/observation.reference.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";

/** "gradient": Lucas & Kanade, coarse to fine. "frequency": the phase of low frequencies (Vandewalle et al. 2006), for shifts up to 2 pixels. */
export type RegistrationMethod = "gradient" | "frequency";

export const REGISTRATIONS = ["gradient", "frequency"] as const satisfies readonly RegistrationMethod[];

/**
 * The shifts of gray frames of one size against the first. An axis of fewer than 8 pixels has none, nor has a frame that no shift
 * explains better.
 */
export function* estimateShiftsOf(
  frames: readonly ValuePlane[],
  method: RegistrationMethod,
): WorkInPieces<readonly Shift[]> {
  return yield* method === "gradient" ? byGradients(frames) : byPhase(frames);
}

const SMALLEST = 8;
const NO_SHIFT: Shift = { x: 0, y: 0 };

// Gauss-Newton converges in four or five rounds.
const ROUNDS = 8;
const SETTLED = 1e-5;

// Levels of the pyramid are halved until a side would be shorter than this: shifts of some pixels are less than one at the top.
const SMALLEST_LEVEL = 24;
const MOST_LEVELS = 5;

/** A frame at one level, smoothed, from the finest level on. */
type Pyramid = readonly ValuePlane[];

function* byGradients(frames: readonly ValuePlane[]): WorkInPieces<readonly Shift[]> {
  const [first, ...others] = frames;
  if (!first || Math.min(first.width, first.height) < SMALLEST) return frames.map(() => NO_SHIFT);
  const reference = yield* pyramidOf(first);
  const shifts: Shift[] = [NO_SHIFT];
  for (const frame of others) shifts.push(yield* shiftBetween(reference, yield* pyramidOf(frame)));
  return shifts;
}

function* pyramidOf(frame: ValuePlane): WorkInPieces<Pyramid> {
  const levels: ValuePlane[] = [];
  for (let level = frame; ; level = halved(level)) {
    levels.push(yield* smoothed(level));
    const isLast = levels.length === MOST_LEVELS || Math.min(level.width, level.height) < 2 * SMALLEST_LEVEL;
    if (isLast) return levels;
  }
}

function* shiftBetween(reference: Pyramid, frame: Pyramid): WorkInPieces<Shift> {
  let shift = NO_SHIFT;
  for (let level = reference.length - 1; level >= 0; level--) {
    shift = yield* refined(reference[level]!, frame[level]!, { x: shift.x * 2, y: shift.y * 2 });
  }
  const { width, height } = reference[0]!;
  const isPlausible = Math.abs(shift.x) < width / 2 && Math.abs(shift.y) < height / 2;
  if (!isPlausible) return NO_SHIFT;
  const before = yield* normalEquations(reference[0]!, frame[0]!, NO_SHIFT);
  const after = yield* normalEquations(reference[0]!, frame[0]!, shift);
  return after.meanError < before.meanError ? shift : NO_SHIFT;
}

function* refined(reference: ValuePlane, frame: ValuePlane, start: Shift): WorkInPieces<Shift> {
  let shift = start;
  for (let round = 0; round < ROUNDS; round++) {
    const step = solved(yield* normalEquations(reference, frame, shift));
    shift = { x: shift.x + step.x, y: shift.y + step.y };
    const isLost = !(Math.abs(shift.x) < reference.width / 2 && Math.abs(shift.y) < reference.height / 2);
    if (isLost) return start;
    if (Math.hypot(step.x, step.y) < SETTLED) break;
  }
  return shift;
}

/** The least squares problem of a small step: [xx xy; xy yy] step = [x; y]. */
interface NormalEquations {
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
  readonly x: number;
  readonly y: number;
  readonly meanError: number;
}

/** Of a rank of one, as where all edges run one way, the shortest solution. */
function solved({ xx, xy, yy, x, y }: Omit<NormalEquations, "meanError">): Shift {
  const determinant = xx * yy - xy * xy;
  const trace = xx + yy;
  if (determinant > 1e-9 * trace * trace) {
    return { x: (yy * x - xy * y) / determinant, y: (xx * y - xy * x) / determinant };
  }
  if (trace === 0) return NO_SHIFT;
  return { x: (xx * x + xy * y) / trace ** 2, y: (xy * x + yy * y) / trace ** 2 };
}

const MARGIN = 4; // what smoothing and the warp make up beyond the edge

function* normalEquations(reference: ValuePlane, frame: ValuePlane, shift: Shift): WorkInPieces<NormalEquations> {
  const { width, height } = reference;
  const warped = yield* warp(reference, shift);
  const margin = (size: number, by: number) => Math.min(MARGIN + Math.floor(Math.abs(by)), (size - 2) >> 1);
  const [left, top] = [margin(width, shift.x), margin(height, shift.y)];
  let [xx, xy, yy, x, y, squares] = [0, 0, 0, 0, 0, 0];
  for (let row = top; row < height - top; row++) {
    for (let column = left; column < width - left; column++) {
      const at = row * width + column;
      const gx = (warped[at + 1]! - warped[at - 1]!) / 2;
      const gy = (warped[at + width]! - warped[at - width]!) / 2;
      const error = frame.data[at]! - warped[at]!;
      xx += gx * gx;
      xy += gx * gy;
      yy += gy * gy;
      x += gx * error;
      y += gy * error;
      squares += error * error;
    }
    yield;
  }
  return { xx, xy, yy, x, y, meanError: squares / ((width - 2 * left) * (height - 2 * top)) };
}

/** The plane as seen at each position plus `shift`. */
function* warp({ width, height, data }: ValuePlane, shift: Shift): WorkInPieces<Float64Array> {
  const columns = warpTaps(width, shift.x);
  const rows = warpTaps(height, shift.y);
  const across = new Float64Array(data.length);
  const out = new Float64Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += columns.weights[k]! * data[y * width + columns.indices[x * 4 + k]!]!;
      across[y * width + x] = sum;
    }
    yield;
  }
  for (let y = 0; y < height; y++) {
    const [a, b, c, d] = [0, 1, 2, 3].map((k) => rows.indices[y * 4 + k]! * width) as [number, number, number, number];
    const [wa, wb, wc, wd] = rows.weights;
    for (let x = 0; x < width; x++) {
      out[y * width + x] = wa * across[a + x]! + wb * across[b + x]! + wc * across[c + x]! + wd * across[d + x]!;
    }
    yield;
  }
  return out;
}

function warpTaps(size: number, shift: number) {
  const whole = Math.floor(shift);
  const part = shift - whole;
  const weights = [-1, 0, 1, 2].map((k) => keysWeight(part - k)) as [number, number, number, number];
  const indices = new Int32Array(size * 4);
  for (let i = 0; i < indices.length; i++) {
    indices[i] = Math.min(Math.max((i >> 2) + whole + (i & 3) - 1, 0), size - 1);
  }
  return { weights, indices };
}

// A standard deviation of 1 pixel takes away most of what is aliased.
const SMOOTHING = [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((k) => Math.exp(-0.5 * k * k));
const SMOOTHING_SUM = SMOOTHING.reduce((sum, weight) => sum + weight, 0);

function* smoothed({ width, height, data }: ValuePlane): WorkInPieces<ValuePlane> {
  const along = function* (from: Float64Array, size: number, stride: number, acrossStride: number) {
    const out = new Float64Array(from.length);
    for (let line = 0; line < from.length / size; line++) {
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let k = -4; k <= 4; k++) {
          sum += SMOOTHING[k + 4]! * from[line * acrossStride + Math.min(Math.max(i + k, 0), size - 1) * stride]!;
        }
        out[line * acrossStride + i * stride] = sum / SMOOTHING_SUM;
      }
      yield;
    }
    return out;
  };
  const down = yield* along(data, height, width, 1);
  return { width, height, data: yield* along(down, width, 1, width) };
}

/** Each pixel the mean of four. */
function halved({ width, height, data }: ValuePlane): ValuePlane {
  const half = { width: width >> 1, height: height >> 1 };
  const out = new Float64Array(half.width * half.height);
  for (let y = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++) {
      const at = 2 * y * width + 2 * x;
      out[y * half.width + x] = (data[at]! + data[at + 1]! + data[at + width]! + data[at + width + 1]!) / 4;
    }
  }
  return { ...half, data: out };
}

// Vandewalle et al. 2006: frequencies below this, in cycles a pixel, are hardly aliased.
const MOST_FREQUENCY = 0.175;
const PHASE_ROUNDS = 5;

/** Complex coefficients of low frequencies. */
interface Spectrum {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

interface Frequency {
  readonly x: number;
  readonly y: number;
}

function* byPhase(frames: readonly ValuePlane[]): WorkInPieces<readonly Shift[]> {
  const [first, ...others] = frames;
  if (!first || Math.min(first.width, first.height) < SMALLEST) return frames.map(() => NO_SHIFT);
  const frequencies = lowFrequencies(first);
  const reference = yield* lowSpectrum(first);
  const shifts: Shift[] = [NO_SHIFT];
  for (const frame of others) shifts.push(phaseShift(frequencies, reference, yield* lowSpectrum(frame)));
  return shifts;
}

/** One of each pair of opposite frequencies, as a real plane has the same coefficient for both: by fy, then fx. */
function lowFrequencies({ width, height }: ValuePlane): Frequency[] {
  const { across, down } = harmonics(width, height);
  const all: Frequency[] = [];
  for (let v = 0; v <= down; v++) {
    for (let u = -across; u <= across; u++) all.push({ x: u / width, y: v / height });
  }
  return all;
}

/** The highest harmonics along both axes. */
function harmonics(width: number, height: number) {
  return { across: Math.floor(MOST_FREQUENCY * width), down: Math.floor(MOST_FREQUENCY * height) };
}

/** Whether a frequency counts. */
function isLow({ x, y }: Frequency): boolean {
  return Math.hypot(x, y) < MOST_FREQUENCY && (y > 0 || x > 0);
}

/** The slope of the phase between two spectra, by least squares, weighted by magnitude. */
function phaseShift(frequencies: readonly Frequency[], from: Spectrum, to: Spectrum): Shift {
  let shift = NO_SHIFT;
  for (let round = 0; round < PHASE_ROUNDS; round++) {
    let [xx, xy, yy, x, y] = [0, 0, 0, 0, 0];
    frequencies.forEach((frequency, i) => {
      if (!isLow(frequency)) return;
      const real = to.real[i]! * from.real[i]! + to.imaginary[i]! * from.imaginary[i]!;
      const imaginary = to.imaginary[i]! * from.real[i]! - to.real[i]! * from.imaginary[i]!;
      const expected = 2 * Math.PI * (frequency.x * shift.x + frequency.y * shift.y);
      const phase = wrapped(Math.atan2(imaginary, real) - expected);
      const weight = Math.hypot(real, imaginary);
      const [gx, gy] = [2 * Math.PI * frequency.x, 2 * Math.PI * frequency.y];
      xx += weight * gx * gx;
      xy += weight * gx * gy;
      yy += weight * gy * gy;
      x += weight * gx * phase;
      y += weight * gy * phase;
    });
    const step = solved({ xx, xy, yy, x, y });
    shift = { x: shift.x + step.x, y: shift.y + step.y };
  }
  return shift;
}

function wrapped(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

/** The discrete Fourier transform of the windowed plane at lowFrequencies: few of them, so by sums. */
function* lowSpectrum({ width, height, data }: ValuePlane): WorkInPieces<Spectrum> {
  const { across, down } = harmonics(width, height);
  const count = 2 * across + 1;
  const mean = data.reduce((sum, level) => sum + level, 0) / data.length;
  const columns = tukeyWindow(width);
  const rows = tukeyWindow(height);
  // Of each row: [height, count].
  const partial = { real: new Float64Array(height * count), imaginary: new Float64Array(height * count) };
  const turns = turnTable(width);
  for (let y = 0; y < height; y++) {
    for (let u = 0; u < count; u++) {
      let [real, imaginary] = [0, 0];
      for (let x = 0, turn = 0; x < width; x++, turn = (turn + u - across + width) % width) {
        const value = (data[y * width + x]! - mean) * columns[x]!;
        real += value * turns.cosine[turn]!;
        imaginary -= value * turns.sine[turn]!;
      }
      partial.real[y * count + u] = real * rows[y]!;
      partial.imaginary[y * count + u] = imaginary * rows[y]!;
    }
    yield;
  }
  const out = { real: new Float64Array((down + 1) * count), imaginary: new Float64Array((down + 1) * count) };
  const turnsDown = turnTable(height);
  for (let v = 0; v <= down; v++) {
    for (let y = 0, turn = 0; y < height; y++, turn = (turn + v) % height) {
      const [cosine, sine] = [turnsDown.cosine[turn]!, turnsDown.sine[turn]!];
      for (let u = 0; u < count; u++) {
        const [real, imaginary] = [partial.real[y * count + u]!, partial.imaginary[y * count + u]!];
        out.real[v * count + u]! += real * cosine + imaginary * sine;
        out.imaginary[v * count + u]! += imaginary * cosine - real * sine;
      }
    }
    yield;
  }
  return out;
}

function turnTable(size: number) {
  const angles = Float64Array.from({ length: size }, (_, i) => (2 * Math.PI * i) / size);
  return { cosine: angles.map(Math.cos), sine: angles.map(Math.sin) };
}

const TAPER = 0.25; // of the size, at either end: the seam between the sides would be an edge of its own

function tukeyWindow(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    const fromEdge = Math.min(i, size - 1 - i) / (TAPER * size);
    return fromEdge < 1 ? 0.5 * (1 - Math.cos(Math.PI * fromEdge)) : 1;
  });
}
