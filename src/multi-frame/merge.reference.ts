// Owns the merging of frames on the CPU, a plane at a time in float64: the measure of the kernels.

import type { Shift } from "../ops/observation.js";
import {
  type Observation,
  observation,
  observe,
  spreadBack,
  squaredNorms,
  type ValuePlane,
} from "../ops/observation.reference.js";
import { doneAtOnce, type WorkInPieces } from "../weights/event-loop-yield.js";
import { BILATERAL, HUBER, type MergeRequest, POCS_SLACK, shiftAndAddSigma } from "./method.js";

/** Levels of 255 of the larger picture, from those of the frames: planes of one size. `onRound` hears after each round. */
export function mergePlanes(
  frames: readonly ValuePlane[],
  shifts: readonly Shift[],
  request: MergeRequest,
  onRound?: () => void,
): ValuePlane {
  const { scale, psf, method, iterations } = request;
  const first = frames[0]!;
  let picture = shiftAndAdd(frames, shifts, scale);
  const views = shifts.map((shift) => observation(first, scale, psf, shift));
  const step = doneAtOnce(stepSize(first, request, shifts));
  for (let round = 0; round < iterations; round++) {
    picture = method === "pocs" ? project(picture, frames, views) : descend(picture, frames, views, { request, step });
    onRound?.();
  }
  return mappedAt(picture, (level) => Math.min(Math.max(level, 0), 255));
}

// What limits a step happens at edges and corners, which small frames have too.
const GAIN_FRAME_SIZE = 8;
const GAIN_ROUNDS = 24;
const SMALL_LEVEL = 1e-6; // where soft signs and Huber's squares are linear, and steepest

/** A descent by more than 2 / gain diverges; this leaves a margin for the estimate. */
const MOST_GAIN = 1.9;

/**
 * The step of a descent from such frames: 1, or less where so many look beyond the picture's edges that 1 would diverge there. Found by
 * power iteration on the gradient.
 */
export function* stepSize(
  { width, height }: { readonly width: number; readonly height: number },
  request: MergeRequest,
  shifts: readonly Shift[],
): WorkInPieces<number> {
  if (request.method !== "map" && request.method !== "back-projection") return 1;
  const small = { width: Math.min(width, GAIN_FRAME_SIZE), height: Math.min(height, GAIN_FRAME_SIZE) };
  const black = generated(small.width, small.height, () => 0);
  const frames = shifts.map(() => black);
  const views = shifts.map((shift) => observation(small, request.scale, request.psf, shift));
  let gain = 0;
  let picture = generated(small.width * request.scale, small.height * request.scale, (x, y) => Math.cos(x * x + 3 * y));
  for (let round = 0; round < GAIN_ROUNDS; round++) {
    const norm = Math.sqrt(picture.data.reduce((sum, level) => sum + level * level, 0));
    picture = mappedAt(picture, (level) => (level / norm) * SMALL_LEVEL);
    const next = descend(picture, frames, views, { request, step: 1 }).data;
    picture = mappedAt(picture, (level, i) => level - next[i]!);
    gain = Math.sqrt(picture.data.reduce((sum, level) => sum + level * level, 0)) / SMALL_LEVEL;
    if (gain === 0) return 1; // no frame sees anything
    yield;
  }
  return Math.min(1, MOST_GAIN / gain);
}

/** Normalised convolution: every place is the mean of the samples near it, by a Gaussian of their distance. */
export function shiftAndAdd(frames: readonly ValuePlane[], shifts: readonly Shift[], scale: number): ValuePlane {
  const { width, height } = frames[0]!;
  const sigma = shiftAndAddSigma(scale, frames.length);
  const reach = Math.max(scale, 5 * sigma);
  const near = (place: number, shift: number, size: number) => {
    const centre = (place - (scale - 1) / 2) / scale - shift;
    const inside = (sample: number) => Math.min(Math.max(sample, 0), size - 1);
    const from = inside(Math.ceil(centre - reach / scale));
    const to = inside(Math.floor(centre + reach / scale));
    return { from, to, distance: (sample: number) => (scale * (sample - centre)) / sigma };
  };
  return generated(width * scale, height * scale, (x, y) => {
    let sum = 0;
    let total = 0;
    frames.forEach(({ data }, k) => {
      const columns = near(x, shifts[k]!.x, width);
      const rows = near(y, shifts[k]!.y, height);
      for (let j = rows.from; j <= rows.to; j++) {
        for (let i = columns.from; i <= columns.to; i++) {
          const squared = columns.distance(i) ** 2 + rows.distance(j) ** 2;
          const weight = Math.exp(Math.max(-0.5 * squared, -80)); // so that some weight is left however far all are
          sum += weight * data[j * width + i]!;
          total += weight;
        }
      }
    });
    return sum / total;
  });
}

/** One step down the gradient of the squared differences and, for "map", of the prior. */
function descend(
  picture: ValuePlane,
  frames: readonly ValuePlane[],
  views: readonly Observation[],
  { request, step }: { readonly request: MergeRequest; readonly step: number },
): ValuePlane {
  const gain = (step * request.scale ** 2) / frames.length;
  const pull = request.method === "map" ? priorGradient(picture, request) : undefined;
  const next = Float64Array.from(picture.data, (level, i) => level - step * (pull?.[i] ?? 0));
  frames.forEach((frame, k) => {
    const spread = spreadBack(views[k]!, differences(frame, views[k]!, picture)).data;
    for (let i = 0; i < next.length; i++) next[i]! += gain * spread[i]!;
  });
  return { ...picture, data: next };
}

/** What a frame shows and the picture does not explain. Samples out of view have rows of zeros, which spread nothing back. */
function differences(frame: ValuePlane, view: Observation, picture: ValuePlane): ValuePlane {
  const seen = observe(view, picture).data;
  return { ...frame, data: frame.data.map((level, i) => level - seen[i]!) };
}

function priorGradient(picture: ValuePlane, { prior }: MergeRequest): Float64Array {
  return prior === "btv" ? bilateralGradient(picture) : huberGradient(picture);
}

/** Each place is moved by x and y and compared; the differences' soft signs are added, and taken back where the other place is. */
function bilateralGradient(picture: ValuePlane): Float64Array {
  const { weight, decay, reach, softness } = BILATERAL;
  const sum = new Float64Array(picture.data.length);
  for (let y = -reach; y <= reach; y++) {
    for (let x = 0; x <= reach; x++) {
      if (x === 0 && y <= 0) continue;
      const ahead = moved(picture, x, y).data;
      const signs = picture.data.map((level, i) => {
        const difference = level - ahead[i]!;
        return difference / Math.sqrt(difference * difference + softness * softness);
      });
      const behind = moved({ ...picture, data: signs }, -x, -y).data;
      for (let i = 0; i < sum.length; i++) sum[i]! += weight * decay ** (x + Math.abs(y)) * (signs[i]! - behind[i]!);
    }
  }
  return sum;
}

function huberGradient(picture: ValuePlane): Float64Array {
  const { weight, threshold } = HUBER;
  const sum = new Float64Array(picture.data.length);
  for (const [x, y] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    const other = moved(picture, x, y).data;
    for (let i = 0; i < sum.length; i++) {
      sum[i]! += weight * Math.min(Math.max(picture.data[i]! - other[i]!, -threshold), threshold);
    }
  }
  return sum;
}

/** Frames one after another: a sample that the picture misses by more than the slack is met up to it. */
function project(picture: ValuePlane, frames: readonly ValuePlane[], views: readonly Observation[]): ValuePlane {
  let current = picture;
  frames.forEach((frame, k) => {
    const { columns, rows } = views[k]!;
    const [across, down] = [squaredNorms(columns), squaredNorms(rows)];
    const missing = differences(frame, views[k]!, current).data.map((difference, i) => {
      const norm = across[i % frame.width]! * down[Math.floor(i / frame.width)]!;
      const excess = Math.max(Math.abs(difference) - POCS_SLACK, 0);
      return norm === 0 ? 0 : (Math.sign(difference) * excess) / norm; // out of view
    });
    const spread = spreadBack(views[k]!, { ...frame, data: missing }).data;
    current = mappedAt(current, (level, i) => Math.min(Math.max(level + spread[i]!, 0), 255));
  });
  return current;
}

/** Each place's value is that of the place x to the right and y below, or of the edge. */
function moved({ width, height, data }: ValuePlane, x: number, y: number): ValuePlane {
  const out = new Float64Array(data.length);
  for (let row = 0; row < height; row++) {
    const source = Math.min(Math.max(row + y, 0), height - 1) * width;
    for (let column = 0; column < width; column++) {
      out[row * width + column] = data[source + Math.min(Math.max(column + x, 0), width - 1)]!;
    }
  }
  return { width, height, data: out };
}

function generated(width: number, height: number, value: (x: number, y: number) => number): ValuePlane {
  const data = new Float64Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = value(x, y);
  return { width, height, data };
}

function mappedAt({ width, height, data }: ValuePlane, change: (level: number, index: number) => number): ValuePlane {
  return { width, height, data: data.map(change) };
}
