// Owns resizing by interpolation in tests, on the plain implementation.

import { resizeTensor } from "../../src/ops/resize.reference.js";
import type { Tensor } from "../../src/ops/tensor.js";

/** `x` larger by `scale`: bilinear as torch's interpolate without aligned corners, "imresize" as MATLAB's bicubic. */
export function enlarged(x: Tensor, scale: number, mode: "bilinear" | "imresize"): Tensor {
  return resizeTensor(x, { mode, antialias: false }, { width: x.width * scale, height: x.height * scale });
}
