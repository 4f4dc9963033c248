// Owns the random numbers of the tests. tools/make-fixtures.py draws the same ones, so fixtures hold PyTorch's outputs only.

import type { Parameter } from "../../src/ops/op.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { elementCount, type Shape, type Tensor, tensor } from "../../src/ops/tensor.js";

/** Draws the next 32 random bits. */
export type Random = () => number;

/** Mulberry32: a counter whose every value is mixed by itself, so that the Python side can draw all of them at once. */
export function seededRandom(seed: number): Random {
  let counter = seed | 0;
  return () => {
    counter = (counter + 0x6d2b79f5) | 0;
    let bits = Math.imul(counter ^ (counter >>> 15), counter | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  };
}

/** Multiples of 2^-23 from -1 to below 1, times `scale`: exact in float32 where the scale is a power of two. */
export function randomFloats(random: Random, count: number, scale = 1): Float32Array {
  return Float32Array.from({ length: count }, () => ((random() >>> 8) * 2 ** -23 - 1) * scale);
}

export function randomTensor(random: Random, shape: Shape): Tensor {
  return tensor(shape, randomFloats(random, elementCount(shape)));
}

export function randomParameter(random: Random, name: string, shape: readonly number[], scale = 1): Parameter {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const values = randomFloats(random, count, scale);
  return { name, shape, floats: () => values };
}

/** A picture of random levels. */
export function randomPicture(
  width: number,
  height: number,
  channels: Pixels["channels"] = 3,
  bits: 8 | 16 = 8,
  seed = 1,
): Pixels {
  const random = seededRandom(seed);
  const length = width * height * channels;
  const data = bits === 8 ? new Uint8Array(length) : new Uint16Array(length);
  for (let i = 0; i < length; i++) data[i] = random() >>> (32 - bits);
  return { data, width, height, channels, bits };
}
