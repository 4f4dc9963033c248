// Owns the planes that quality is measured on: tensors of levels, 0 to 255, and what papers do to them before they compare.

import { lumaOf } from "../../src/models/luma.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { LARGEST_VALUE } from "../../src/ops/pixels.js";
import { resizeTensor } from "../../src/ops/resize.reference.js";
import { type Tensor, tensor } from "../../src/ops/tensor.js";

/** Red, green and blue, or gray alone, [3 or 1,H,W] in levels of 255; alpha is left out. */
export function levelsOf({ data, width, height, channels, bits }: Pixels): Tensor {
  const colours = channels < 3 ? 1 : 3;
  const out = tensor({ channels: colours, height, width });
  const area = width * height;
  const unit = LARGEST_VALUE[bits] / 255;
  for (let c = 0; c < colours; c++) {
    for (let i = 0; i < area; i++) out.data[c * area + i] = data[i * channels + c]! / unit;
  }
  return out;
}

/** A picture of 8 bits of levels that are whole. */
export function pixelsOf({ data, width, height, channels }: Tensor): Pixels {
  const area = width * height;
  const values = new Uint8Array(area * channels);
  for (let c = 0; c < channels; c++) for (let i = 0; i < area; i++) values[i * channels + c] = data[c * area + i]!;
  return { data: values, width, height, channels: channels as 1 | 3, bits: 8 };
}

/** How red, green and blue, 0 to 1, become luma, 0 to 1. */
export interface LumaFormula {
  readonly weights: readonly [red: number, green: number, blue: number];
  readonly offset: number;
}

/** BT.601's luma 16 to 235, as MATLAB's rgb2ycbcr has it, and 0 to 255. */
export const STUDIO: LumaFormula = lumaOf("studio");
export const FULL: LumaFormula = lumaOf("full");
/** The first in the whole 256ths that many PyTorch copies compute with. */
export const STUDIO_256THS: LumaFormula = {
  weights: [64.738 / 256, 129.057 / 256, 25.064 / 256],
  offset: 16 / 255,
};

/** The luma of red, green and blue in levels; gray counts three times. */
export function lumaLevels(levels: Tensor, { weights, offset }: LumaFormula): Tensor {
  const area = levels.width * levels.height;
  const out = tensor({ channels: 1, height: levels.height, width: levels.width });
  const plane = (c: number) => (levels.channels === 1 ? 0 : c * area);
  for (let i = 0; i < area; i++) {
    out.data[i] = weights.reduce((sum, weight, c) => sum + weight * levels.data[plane(c) + i]!, offset * 255);
  }
  return out;
}

/** The gray picture, [3,H,W] of 0 to 1, whose luma these levels are. */
export function grayOfLuma({ data, height, width }: Tensor, { weights, offset }: LumaFormula): Tensor {
  const sum = weights[0] + weights[1] + weights[2];
  const gray = data.map((level) => (level / 255 - offset) / sum);
  const out = tensor({ channels: 3, height, width });
  for (let c = 0; c < 3; c++) out.data.set(gray, c * gray.length);
  return out;
}

export function mapped(from: Tensor, of: (level: number) => number): Tensor {
  return { ...from, data: from.data.map(of) };
}

/** As 8 bits keep it: half a level goes up. */
export function rounded(levels: Tensor): Tensor {
  return mapped(levels, (level) => Math.min(Math.max(Math.floor(level + 0.5), 0), 255));
}

export function clamped(levels: Tensor): Tensor {
  return mapped(levels, (level) => Math.min(Math.max(level, 0), 255));
}

/** The top left as large as a multiple of `scale`. */
export function modCropped(from: Tensor, scale: number): Tensor {
  return cropped(from, 0, from.width - (from.width % scale), from.height - (from.height % scale));
}

/** Without `border` pixels on every side. */
export function shaved(from: Tensor, border: number): Tensor {
  return cropped(from, border, Math.max(0, from.width - 2 * border), Math.max(0, from.height - 2 * border));
}

function cropped(from: Tensor, start: number, width: number, height: number): Tensor {
  const out = tensor({ channels: from.channels, height, width });
  for (let row = 0; row < from.channels * height; row++) {
    const y = start + (row % height) + Math.floor(row / height) * from.height;
    out.data.set(from.data.subarray(y * from.width + start, y * from.width + start + width), row * width);
  }
  return out;
}

/** Smaller by `scale`, which divides its sides, as MATLAB's imresize does it. */
export function imresizedDown(from: Tensor, scale: number): Tensor {
  const size = { width: from.width / scale, height: from.height / scale };
  return resizeTensor(from, { mode: "imresize", antialias: true }, size);
}

/** Resized as Pillow's BICUBIC does it with 8 bits: along the rows, rounded, then along the columns, rounded. */
export function pillowResized(levels: Tensor, size: { readonly width: number; readonly height: number }): Tensor {
  const filter = { mode: "bicubic", antialias: true } as const;
  const wide = rounded(resizeTensor(levels, filter, { width: size.width, height: levels.height }));
  return rounded(resizeTensor(wide, filter, size));
}
