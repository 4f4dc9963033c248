// Owns the CPU tensor and its shape. The layout on the GPU is not here: see shaders/layout.wgsl.ts.

import { EsrganError } from "../errors.js";

/** The extent of a tensor `[channels, height, width]`. */
export interface Shape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A float32 tensor `[C,H,W]` in row-major order. */
export interface Tensor extends Shape {
  readonly data: Float32Array;
}

/** Makes a tensor of `shape`, zero-filled or holding `data` (not copied, length C*H*W). */
export function tensor(shape: Shape, data: Float32Array = new Float32Array(elementCount(shape))): Tensor {
  if (data.length !== elementCount(shape)) {
    throw new EsrganError(
      "bad-input",
      `A tensor ${formatShape(shape)} needs ${elementCount(shape)} values, got ${data.length}`,
    );
  }
  return { channels: shape.channels, height: shape.height, width: shape.width, data };
}

export function elementCount(shape: Shape): number {
  return shape.channels * shape.height * shape.width;
}

/** `[64,24,32]`, the form every message uses. */
export function formatShape(shape: Shape): string {
  return `[${shape.channels},${shape.height},${shape.width}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.channels === b.channels && a.height === b.height && a.width === b.width;
}
