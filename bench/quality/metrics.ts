// Owns the two figures that papers judge a picture by, of one plane of levels.

import { formatShape, sameShape, type Tensor } from "../../src/ops/tensor.js";

export interface Quality {
  /** Peak signal-to-noise ratio in dB; infinite where nothing differs. */
  readonly psnr: number;
  /** Structural similarity, 1 where nothing differs; NaN where the picture is smaller than its window. */
  readonly ssim: number;
}

/** How near `actual` is to `truth`, both [1,H,W] in levels of 255. @throws Error if the shapes differ */
export function qualityOf(actual: Tensor, truth: Tensor): Quality {
  if (!sameShape(actual, truth)) {
    throw new Error(`The result is ${formatShape(actual)}, expected ${formatShape(truth)}`);
  }
  return { psnr: psnrOf(actual, truth), ssim: ssimOf(actual, truth) };
}

function psnrOf(actual: Tensor, truth: Tensor): number {
  const squares = actual.data.reduce((sum, level, i) => sum + (level - truth.data[i]!) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / actual.data.length));
}

// Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural Similarity".
const WINDOW = 11;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

const GAUSSIAN = gaussian();

function gaussian(): readonly number[] {
  const weights = Array.from({ length: WINDOW }, (_, k) => Math.exp(-((k - (WINDOW - 1) / 2) ** 2) / (2 * SIGMA ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The mean over the windows that lie within the picture. */
function ssimOf(a: Tensor, b: Tensor): number {
  const { width, height } = a;
  if (width < WINDOW || height < WINDOW) return Number.NaN;
  const mean = (of: (i: number) => number) =>
    windowMeans(
      Float64Array.from(a.data, (_, i) => of(i)),
      width,
      height,
    );
  const [x, y] = [(i: number) => a.data[i]!, (i: number) => b.data[i]!];
  const [mx, my] = [mean(x), mean(y)];
  const [xx, yy, xy] = [mean((i) => x(i) ** 2), mean((i) => y(i) ** 2), mean((i) => x(i) * y(i))];
  const total = mx.reduce((sum, m, i) => {
    const n = my[i]!;
    const [varianceX, varianceY, covariance] = [xx[i]! - m * m, yy[i]! - n * n, xy[i]! - m * n];
    return sum + ((2 * m * n + C1) * (2 * covariance + C2)) / ((m * m + n * n + C1) * (varianceX + varianceY + C2));
  }, 0);
  return total / mx.length;
}

function windowMeans(plane: Float64Array, width: number, height: number): Float64Array {
  const [outWidth, outHeight] = [width - WINDOW + 1, height - WINDOW + 1];
  const rows = new Float64Array(outWidth * height);
  for (let i = 0; i < rows.length; i++) {
    const from = Math.floor(i / outWidth) * width + (i % outWidth);
    rows[i] = GAUSSIAN.reduce((sum, weight, k) => sum + weight * plane[from + k]!, 0);
  }
  const out = new Float64Array(outWidth * outHeight);
  for (let i = 0; i < out.length; i++) {
    out[i] = GAUSSIAN.reduce((sum, weight, k) => sum + weight * rows[i + k * outWidth]!, 0);
  }
  return out;
}
