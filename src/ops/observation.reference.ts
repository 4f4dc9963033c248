// Owns what a frame sees of the larger picture on the CPU, and the exact adjoint, as rows of a sparse matrix along each axis.

import { keysWeight, type PointSpread, pointSpreadTaps, type Shift, samplesInView } from "./observation.js";

/** A plane of `width` x `height` values, row by row. */
export interface ValuePlane {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/** The sparse rows of one axis: row i has `taps` places with their weights from i * taps on. Rows out of view are zero. */
export interface SparseAxis {
  readonly samples: number;
  readonly places: number;
  readonly taps: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

/** The observation of a frame. */
export interface Observation {
  readonly columns: SparseAxis;
  readonly rows: SparseAxis;
}

export function observation(
  { width, height }: { readonly width: number; readonly height: number },
  scale: number,
  psf: PointSpread,
  shift: Shift,
): Observation {
  return { columns: sparseAxis(width, scale, psf, shift.x), rows: sparseAxis(height, scale, psf, shift.y) };
}

function sparseAxis(samples: number, scale: number, psf: PointSpread, shift: number): SparseAxis {
  const spread = pointSpreadTaps(scale, psf);
  const places = samples * scale;
  const taps = spread.weights.length * 4;
  const indices = new Int32Array(samples * taps);
  const weights = new Float64Array(samples * taps);
  const { from, to } = samplesInView(samples, shift);
  for (let i = from; i < to; i++) {
    spread.weights.forEach((weight, b) => {
      const centre = scale * (i + shift) + spread.first + b;
      for (let k = 0; k < 4; k++) {
        const place = Math.floor(centre) - 1 + k;
        indices[i * taps + b * 4 + k] = Math.min(Math.max(place, 0), places - 1);
        weights[i * taps + b * 4 + k] = weight * keysWeight(centre - place);
      }
    });
  }
  return { samples, places, taps, indices, weights };
}

/** What the frame sees of `picture`. */
export function observe({ columns, rows }: Observation, picture: ValuePlane): ValuePlane {
  return transposed(applied(columns, transposed(applied(rows, picture))));
}

/** The adjoint: for all x and y, observe(x) . y = x . spread(y). */
export function spreadBack({ columns, rows }: Observation, frame: ValuePlane): ValuePlane {
  return scattered(rows, transposed(scattered(columns, transposed(frame))));
}

/** The sum of squares of each row of an axis, taps on one place counted together. */
export function squaredNorms({ samples, taps, indices, weights }: SparseAxis): Float64Array {
  return Float64Array.from({ length: samples }, (_, i) => {
    const byPlace = new Map<number, number>();
    for (let t = i * taps; t < (i + 1) * taps; t++) {
      byPlace.set(indices[t]!, (byPlace.get(indices[t]!) ?? 0) + weights[t]!);
    }
    return [...byPlace.values()].reduce((sum, weight) => sum + weight * weight, 0);
  });
}

/** The axis applied to the rows of a plane: [places, width] -> [samples, width]. */
function applied(axis: SparseAxis, { width, data }: ValuePlane): ValuePlane {
  const out = new Float64Array(axis.samples * width);
  eachTap(axis, (sample, place, weight) => {
    for (let x = 0; x < width; x++) out[sample * width + x]! += weight * data[place * width + x]!;
  });
  return { width, height: axis.samples, data: out };
}

/** Its adjoint: [samples, width] -> [places, width]. */
function scattered(axis: SparseAxis, { width, data }: ValuePlane): ValuePlane {
  const out = new Float64Array(axis.places * width);
  eachTap(axis, (sample, place, weight) => {
    for (let x = 0; x < width; x++) out[place * width + x]! += weight * data[sample * width + x]!;
  });
  return { width, height: axis.places, data: out };
}

function eachTap(
  { taps, indices, weights }: SparseAxis,
  visit: (sample: number, place: number, weight: number) => void,
) {
  for (let t = 0; t < weights.length; t++) {
    if (weights[t] !== 0) visit(Math.floor(t / taps), indices[t]!, weights[t]!);
  }
}

function transposed({ width, height, data }: ValuePlane): ValuePlane {
  const out = new Float64Array(data.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = data[y * width + x]!;
  return { width: height, height: width, data: out };
}
