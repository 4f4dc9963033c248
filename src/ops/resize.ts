// Owns resizing to any size: the shape rule, the cost and the table of taps that the GPU kernel reads. The CPU reference computes its taps by
// itself, so that each checks the other.

import { EsrganError } from "../errors.js";
import { requireOneInput, requirePositiveInteger } from "./checks.js";
import type { Op } from "./op.js";
import type { Shape } from "./tensor.js";

/** "imresize" is bicubic as MATLAB's imresize has it, which the field trained and measured with: Keys' a = -0.5, and the picture mirrored. */
export type ResizeMode = "bilinear" | "bicubic" | "imresize";

/** How pixels are weighted. */
export interface ResizeFilter {
  readonly mode: ResizeMode;
  /**
   * Widens the filter when shrinking, and leaves taps outside the picture out instead of repeating the edge; "imresize" takes its
   * mirrored pixel in both cases.
   */
  readonly antialias: boolean;
}

export interface ResizeAttributes extends ResizeFilter {
  /** Output pixels for each input pixel along an axis; sizes are rounded. */
  readonly factor: number;
}

export interface ResizeSize {
  readonly width: number;
  readonly height: number;
}

/** The inputs of each output along one axis: output i is the sum over k < count of weights[i * count + k] * input[start[i] + k]. */
export interface ResizeTaps {
  /** `start[i] + count` never passes the input's end. */
  readonly start: Int32Array;
  readonly count: number;
  readonly weights: Float32Array;
}

const NAME = "resize";

/**
 * Resizes by bilinear or bicubic interpolation: [C,H,W] -> [C,round(H*factor),round(W*factor)].
 * Matches torch.nn.functional.interpolate(size, mode, align_corners=False, antialias) for that size, "imresize" MATLAB's
 * imresize(picture, size, "bicubic", Antialiasing=antialias).
 * @throws EsrganError "bad-input" if the factor is not positive, or leaves nothing of the input
 */
export const resize: Op<ResizeAttributes> = {
  name: NAME,
  outputShape,
  flops(inputs, attributes) {
    const { channels, height, width } = outputShape(inputs, attributes);
    const input = inputs[0]!;
    const across = width * input.height * tapSpan(attributes.mode, attributes.antialias, input.width, width);
    const down = width * height * tapSpan(attributes.mode, attributes.antialias, input.height, height);
    return 2 * channels * (across + down);
  },
};

function outputShape(inputs: readonly Shape[], { factor }: ResizeAttributes): Shape {
  const { channels, height, width } = requireOneInput(NAME, inputs);
  if (!(factor > 0 && Number.isFinite(factor))) {
    throw new EsrganError("bad-input", `${NAME} got factor ${factor}, expected a positive number`);
  }
  return resizedShape(channels, { height: Math.round(height * factor), width: Math.round(width * factor) });
}

/** @throws EsrganError "bad-input" if the size is not of positive integers */
export function resizedShape(channels: number, { width, height }: ResizeSize): Shape {
  requirePositiveInteger(NAME, "width", width);
  requirePositiveInteger(NAME, "height", height);
  return { channels, height, width };
}

/** The first and the last input pixel that output pixel `index` is made of, where no edge is near. */
export function resizeSpan(
  { mode, antialias, factor }: ResizeAttributes,
  index: number,
): readonly [first: number, last: number] {
  const scale = 1 / factor;
  const stretch = antialias ? Math.max(scale, 1) : 1;
  const center = (index + 0.5) * scale - 0.5;
  const counts = (tap: number) => Math.abs(filter(mode, antialias, (tap - center) / stretch)) > NEGLIGIBLE_WEIGHT;
  let first = Math.floor(center - SUPPORT[mode] * stretch);
  let last = Math.ceil(center + SUPPORT[mode] * stretch);
  while (!counts(first)) first++;
  while (!counts(last)) last--;
  return [first, last];
}

/** What rounding leaves of a weight that is zero. */
const NEGLIGIBLE_WEIGHT = 1e-9;

/**
 * The taps of one axis, summing to 1 for each output. Taps beyond an edge are folded into the edge's or the mirrored pixel's, or left
 * out when antialiasing; where the picture `wraps` there are no edges, and `start` may lie before the first pixel.
 */
export function resizeTaps(
  mode: ResizeMode,
  antialias: boolean,
  inSize: number,
  outSize: number,
  wraps = false,
): ResizeTaps {
  const scale = inSize / outSize;
  const stretch = antialias ? Math.max(scale, 1) : 1;
  const support = SUPPORT[mode] * stretch;
  const count = wraps ? Math.ceil(2 * support) : tapSpan(mode, antialias, inSize, outSize);
  const start = new Int32Array(outSize);
  const weights = new Float32Array(outSize * count);
  const row = new Float64Array(count);
  for (let i = 0; i < outSize; i++) {
    const center = (i + 0.5) * scale - 0.5;
    const first = Math.floor(center - support) + 1;
    const last = Math.ceil(center + support) - 1;
    const from = wraps ? first : clamp(first, 0, inSize - count);
    row.fill(0);
    let total = 0;
    for (let tap = first; tap <= last; tap++) {
      const isOutside = !wraps && (tap < 0 || tap >= inSize);
      if (isOutside && antialias && mode !== "imresize") continue;
      const weight = filter(mode, antialias, (tap - center) / stretch);
      row[(isOutside ? standIn(mode, tap, inSize) : tap) - from]! += weight;
      total += weight;
    }
    start[i] = from;
    for (let k = 0; k < count; k++) weights[i * count + k] = row[k]! / total;
  }
  return { start, count, weights };
}

const SUPPORT: Record<ResizeMode, number> = { bilinear: 1, bicubic: 2, imresize: 2 };

/** The pixel whose value a tap beyond an edge takes. */
function standIn(mode: ResizeMode, tap: number, size: number): number {
  if (mode !== "imresize") return clamp(tap, 0, size - 1);
  const period = 2 * size;
  const inPeriod = ((tap % period) + period) % period;
  return Math.min(inPeriod, period - 1 - inPeriod);
}

/** No output has more taps than this: the filter is zero at the ends of its support, which are left out. */
function tapSpan(mode: ResizeMode, antialias: boolean, inSize: number, outSize: number): number {
  const stretch = antialias ? Math.max(inSize / outSize, 1) : 1;
  return Math.min(Math.ceil(2 * SUPPORT[mode] * stretch), inSize);
}

function filter(mode: ResizeMode, antialias: boolean, distance: number): number {
  const x = Math.abs(distance);
  if (mode === "bilinear") return Math.max(1 - x, 0);
  // PyTorch follows OpenCV's cubic, and Pillow's where it antialiases.
  const a = antialias || mode === "imresize" ? -0.5 : -0.75;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((x - 5) * x + 8) * x * a - 4 * a;
  return 0;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
