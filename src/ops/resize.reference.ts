// Owns resizing on the CPU, from the definition: first every row to the new width, then every column to the new height.

import { type ResizeFilter, type ResizeMode, type ResizeSize, resizedShape } from "./resize.js";
import { type Tensor, tensor } from "./tensor.js";

/**
 * Resizing to any size: [C,H,W] -> [C,height,width].
 * @throws EsrganError "bad-input" if the size is not of positive integers
 */
export function resizeTensor(input: Tensor, filter: ResizeFilter, size: ResizeSize): Tensor {
  return resizeReference(input, filter, tensor(resizedShape(input.channels, size)));
}

/** Fills `output`, whose width and height are the size asked for, and returns it. */
export function resizeReference(input: Tensor, filter: ResizeFilter, output: Tensor): Tensor {
  const { channels, height, width } = output;
  const columns = termsOfAxis(filter, input.width, width);
  const rows = termsOfAxis(filter, input.height, height);
  const wide = new Float64Array(input.height * width);
  for (let c = 0; c < channels; c++) {
    const plane = input.data.subarray(c * input.height * input.width, (c + 1) * input.height * input.width);
    for (let y = 0; y < input.height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (const { index, weight } of columns[x]!) sum += weight * plane[y * input.width + index]!;
        wide[y * width + x] = sum;
      }
    }
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (const { index, weight } of rows[y]!) sum += weight * wide[index * width + x]!;
        output.data[(c * height + y) * width + x] = sum;
      }
    }
  }
  return output;
}

interface Term {
  readonly index: number;
  readonly weight: number;
}

function termsOfAxis({ mode, antialias }: ResizeFilter, inSize: number, outSize: number): Term[][] {
  const scale = inSize / outSize;
  if (mode === "imresize") {
    return Array.from({ length: outSize }, (_, i) =>
      mirroredTerms((i + 0.5) * scale - 0.5, inSize, antialias ? Math.max(scale, 1) : 1),
    );
  }
  const terms = antialias ? antialiasedTerms : mode === "bilinear" ? bilinearTerms : bicubicTerms;
  return Array.from({ length: outSize }, (_, i) => terms((i + 0.5) * scale - 0.5, inSize, scale, mode));
}

function bilinearTerms(position: number, size: number): Term[] {
  const left = Math.floor(position);
  const t = position - left;
  return [
    { index: inside(left, size), weight: 1 - t },
    { index: inside(left + 1, size), weight: t },
  ];
}

/** Keys' cubic convolution with a = -0.75, the edge pixel repeated. */
function bicubicTerms(position: number, size: number): Term[] {
  const left = Math.floor(position);
  const t = position - left;
  return [-1, 0, 1, 2].map((k) => ({ index: inside(left + k, size), weight: keysCubic(t - k, -0.75) }));
}

/** The filter as wide as the pixels it averages, cut off at the picture's edge and brought back to a sum of 1. */
function antialiasedTerms(position: number, size: number, scale: number, mode: ResizeMode): Term[] {
  const spread = Math.max(scale, 1);
  const terms: Term[] = [];
  for (let index = 0; index < size; index++) {
    const distance = (index - position) / spread;
    const weight = mode === "bilinear" ? Math.max(0, 1 - Math.abs(distance)) : keysCubic(distance, -0.5);
    if (weight !== 0) terms.push({ index, weight });
  }
  const total = terms.reduce((sum, { weight }) => sum + weight, 0);
  return terms.map(({ index, weight }) => ({ index, weight: weight / total }));
}

/** Keys' cubic convolution with a = -0.5 over the picture and its mirror images, brought to a sum of 1. */
function mirroredTerms(position: number, size: number, spread: number): Term[] {
  const terms: Term[] = [];
  for (let at = Math.ceil(position - 2 * spread); at <= position + 2 * spread; at++) {
    let index = at;
    while (index < 0 || index >= size) index = index < 0 ? -1 - index : 2 * size - 1 - index;
    terms.push({ index, weight: keysCubic((at - position) / spread, -0.5) });
  }
  const total = terms.reduce((sum, { weight }) => sum + weight, 0);
  return terms.map(({ index, weight }) => ({ index, weight: weight / total }));
}

function keysCubic(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  if (d < 2) return a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a;
  return 0;
}

function inside(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
