// A still scene made by code and seeded frames of it, as the oracle makes them: shifted, averaged over each pixel's square, with noise of two
// levels, rounded to 8 bits. Owns no merging.

import type { Shift } from "../../src/ops/observation.js";
import { LARGEST_VALUE, type Pixels } from "../../src/ops/pixels.js";
import { type Random, seededRandom } from "../cases/random.js";

/** Any place of a scene, in places of the larger picture: a level of 255. */
export type Scene = (x: number, y: number, channel: number) => number;

/** Edges in all directions, rings and stripes finer than a frame's pixels. */
export const TEST_SCENE: Scene = (x, y, channel) => {
  const ring = Math.sin(0.9 * Math.hypot(x - 40, y - 31)) > 0 ? 60 : 0;
  const disc = Math.hypot(x - 22, y - 50) < 14 ? 70 : 0;
  const stripes = 30 * Math.sin(1.1 * x + 0.35 * y + channel);
  return 90 + ring * (x > 30 ? 1 : 0) + disc + (x <= 30 ? stripes : 0);
};

// Each way along both axes, with a third of the weight: a variance of one place.
const BLUR = [
  [-1.2, 0.3472],
  [0, 0.3056],
  [1.2, 0.3472],
] as const;

/** The scene through a soft lens, whose point spread has a standard deviation of one place. */
export function blurred(scene: Scene): Scene {
  return (x, y, channel) => {
    let sum = 0;
    for (const [v, down] of BLUR) for (const [u, across] of BLUR) sum += down * across * scene(x + u, y + v, channel);
    return sum;
  };
}

/** Shifts of half a pixel at most, the first none. */
export function seededShifts(count: number, seed = 3, most = 0.5): Shift[] {
  const random = seededRandom(seed);
  const one = () => (random() / 2 ** 31 - 1) * most;
  return Array.from({ length: count }, (_, k) => (k === 0 ? { x: 0, y: 0 } : { x: one(), y: one() }));
}

export interface FrameKind {
  readonly width: number;
  readonly height: number;
  readonly channels?: Pixels["channels"];
  readonly bits?: Pixels["bits"];
  readonly scale: number;
  readonly noise?: number;
}

// Samples of a place's square along each axis, by which it is averaged.
const SAMPLES = 4;

/** Frames of a scene as shifts say. A frame's pixel averages over `scale` places. */
export function framesOf(scene: Scene, shifts: readonly Shift[], kind: FrameKind, seed = 5): Pixels[] {
  const { width, height, channels = 1, bits = 8, scale, noise = 2 } = kind;
  const random = seededRandom(seed);
  const unit = LARGEST_VALUE[bits] / 255;
  return shifts.map((shift) => {
    const values = { 8: Uint8Array, 16: Uint16Array }[bits];
    const data = new values(width * height * channels);
    for (let i = 0; i < data.length; i++) {
      const [x, y, c] = [Math.floor(i / channels) % width, Math.floor(i / channels / width), i % channels];
      let sum = 0;
      for (let v = 0; v < SAMPLES * scale; v++) {
        for (let u = 0; u < SAMPLES * scale; u++) {
          const place = (at: number, by: number, step: number) => scale * (at + by) + (step + 0.5) / SAMPLES - 0.5;
          sum += scene(place(x, shift.x, u), place(y, shift.y, v), c);
        }
      }
      const level = sum / (SAMPLES * scale) ** 2 + noise * gaussian(random);
      data[i] = Math.min(Math.max(Math.round(level * unit), 0), LARGEST_VALUE[bits]);
    }
    return { data, width, height, channels, bits };
  });
}

/** The scene itself on the larger picture's places. */
export function truthOf(scene: Scene, { width, height, channels = 1, bits = 8, scale }: FrameKind): Pixels {
  const [frame] = framesOf(scene, [{ x: 0, y: 0 }], {
    width: width * scale,
    height: height * scale,
    channels,
    bits,
    scale: 1,
    noise: 0,
  });
  return frame!;
}

function gaussian(random: Random): number {
  const [u, v] = [(random() + 1) / 2 ** 32, random() / 2 ** 32];
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}

/** In dB, without a border of `crop` pixels. */
export function psnr(a: Pixels, b: Pixels, crop = 0): number {
  const { width, height, channels, bits } = b;
  let squares = 0;
  let count = 0;
  for (let y = crop; y < height - crop; y++) {
    for (let i = (y * width + crop) * channels; i < (y * width + width - crop) * channels; i++) {
      squares += (a.data[i]! - b.data[i]!) ** 2;
      count++;
    }
  }
  return 10 * Math.log10(LARGEST_VALUE[bits] ** 2 / (squares / count));
}

/** The largest difference in levels of the pictures' own bits. */
export function largestDifference(a: Pixels, b: Pixels): number {
  let most = a.data.length === b.data.length ? 0 : Number.POSITIVE_INFINITY;
  a.data.forEach((level, i) => {
    most = Math.max(most, Math.abs(level - b.data[i]!));
  });
  return most;
}
