// Owns how a frame sees the larger picture: shifted, blurred by a pixel's point spread, every scale-th place kept (Elad & Feuer 1997).
// The same along each axis, so an axis at a time. multi-frame.kernels.ts packs the taps for the GPU; the CPU reference computes its own.

/** Where a frame looks, in its own pixels: sample i sees what is at i + shift of the reference frame. */
export interface Shift {
  /** To the right. */
  readonly x: number;
  /** Downwards. */
  readonly y: number;
}

/**
 * The point spread of a pixel: "box" is the pixel's own square, `{ gaussian }` a Gaussian.
 */
export type PointSpread =
  | "box"
  | {
      /** The standard deviation in pixels of a frame. */
      readonly gaussian: number;
    };

/** What samples of a frame see along one axis. */
export interface AxisTaps {
  /** Sample i sees the places scale * i + origin + t of the larger picture, for each tap t; beyond an edge that is the edge's place. */
  readonly origin: number;
  /** Of each tap; their sum is 1. */
  readonly weights: Float64Array;
  /** The samples whose centre is in the larger picture: from this one, up to the next. Others say nothing of it. */
  readonly from: number;
  readonly to: number;
}

/** Keys' cubic convolution with a = -0.5 (Keys 1981), which reproduces parabolas. */
export function keysWeight(distance: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}

/** How far a Gaussian point spread reaches, in standard deviations: beyond it lies a thousandth. */
const GAUSSIAN_REACH = 3.3;

// In places of the larger picture; what is narrower sees the same places.
const LEAST_DEVIATION = 0.01;

/** The standard deviation of a Gaussian point spread in places of the larger picture, or none. */
export function spreadDeviation(scale: number, psf: PointSpread): number | undefined {
  return psf === "box" ? undefined : Math.max(psf.gaussian * scale, LEAST_DEVIATION);
}

/** A point spread along one axis in places of the larger picture: weights, and where the first stands from the sample's first place. */
export function pointSpreadTaps(scale: number, psf: PointSpread): { first: number; weights: Float64Array } {
  const reach = psf === "box" ? 0 : Math.ceil(GAUSSIAN_REACH * psf.gaussian * scale);
  const weights = new Float64Array(scale + 2 * reach);
  const deviation = spreadDeviation(scale, psf);
  const middle = (weights.length - 1) / 2;
  const nearest = middle % 1; // from the middle: its weight is 1, so that narrow spreads have some
  for (let i = 0; i < weights.length; i++) {
    weights[i] = deviation === undefined ? 1 : Math.exp((nearest ** 2 - (i - middle) ** 2) / (2 * deviation ** 2));
  }
  const sum = weights.reduce((total, each) => total + each, 0);
  return { first: -reach, weights: weights.map((each) => each / sum) };
}

const KEYS_TAPS = 4;

/** How many taps an axis has. */
export function tapCount(scale: number, psf: PointSpread): number {
  return pointSpreadTaps(scale, psf).weights.length + KEYS_TAPS - 1;
}

/** The taps of an axis of `size` samples, shifted by `shift` of them. */
export function axisTaps(size: number, scale: number, psf: PointSpread, shift: number): AxisTaps {
  const spread = pointSpreadTaps(scale, psf);
  const moved = Math.floor(scale * shift);
  const part = scale * shift - moved;
  const weights = new Float64Array(spread.weights.length + KEYS_TAPS - 1);
  spread.weights.forEach((weight, at) => {
    for (let k = 0; k < KEYS_TAPS; k++) weights[at + k]! += weight * keysWeight(part + 1 - k);
  });
  const { from, to } = samplesInView(size, shift);
  return { origin: moved + spread.first - 1, weights, from, to };
}

/** The samples of an axis whose centre lies in the picture. */
export function samplesInView(size: number, shift: number): { from: number; to: number } {
  const from = Math.min(Math.max(Math.ceil(-0.5 - shift), 0), size);
  return { from, to: Math.max(Math.min(Math.floor(size - 0.5 - shift) + 1, size), from) };
}
