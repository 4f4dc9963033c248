// Owns the geometry of a tensor on the GPU: channel blocks of four, planes with a border. shaders/layout.wgsl.ts
// reads the same numbers.

/** Channels of a block. */
export const BLOCK_CHANNELS = 4;

// A thread computes up to 8x4 pixels and may start at the last one: what it reads beyond the picture must exist.
export const ALIGN_X = 8;
const ALIGN_Y = 4;

// Planes start at multiples of the 256 bytes that binding offsets need, for blocks of 8 bytes and more.
const ALIGN_BLOCKS = 32;

/** What lies beyond a picture: zeros, or the pixels of its edge, which go on. */
export type Edge = "zeros" | "replicate";

/** One channel block of a tensor: `width` x `height` pixels inside a border `pad` wide of what `edge` says; sizes count blocks. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly pad: number;
  readonly edge: Edge;
  readonly pitch: number;
  readonly size: number;
  readonly origin: number;
}

export function plane(width: number, height: number, pad: number, edge: Edge = "zeros"): Plane {
  const pitch = roundUp(width, ALIGN_X) + 2 * pad;
  const rows = roundUp(height, ALIGN_Y) + 2 * pad;
  return { width, height, pad, edge, pitch, size: roundUp(pitch * rows, ALIGN_BLOCKS), origin: pad * pitch + pad };
}

export function channelBlocks(channels: number): number {
  return Math.ceil(channels / BLOCK_CHANNELS);
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
