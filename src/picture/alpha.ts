// Owns finding the alpha of a picture. It is never multiplied into colour; job/alpha-source.ts has it resized.

import { LARGEST_VALUE, type Pixels, type StepPixels } from "../ops/pixels.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";

/** Whether the picture's last channel is alpha. */
export function hasAlpha({ channels }: Pick<Pixels, "channels">): boolean {
  return channels === 2 || channels === 4;
}

const PIXELS_BETWEEN_LOOKS = 65_536; // Half a millisecond of work.

/** The alpha of `pixels` as a gray picture, or undefined where there is none or it is opaque throughout. */
export function* alphaOf(pixels: Pixels): WorkInPieces<Pixels | undefined> {
  if (!hasAlpha(pixels)) return undefined;
  const { data, channels, bits, width, height } = pixels;
  const length = width * height;
  const alpha = bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  let isOpaque = true;
  for (let from = 0; from < length; from += PIXELS_BETWEEN_LOOKS) {
    const to = Math.min(from + PIXELS_BETWEEN_LOOKS, length);
    for (let i = from; i < to; i++) {
      const level = data[i * channels + channels - 1]!;
      if (level !== LARGEST_VALUE[bits]) isOpaque = false;
      alpha[i] = level;
    }
    yield;
  }
  return isOpaque ? undefined : { data: alpha, width, height, channels: 1, bits };
}

/** A gray picture with levels of `bits`; itself where it has them, or floats. */
export function withBits(gray: StepPixels, bits: Pixels["bits"]): StepPixels {
  if (gray.bits === bits || gray.bits === 32) return gray;
  const [from, to] = [LARGEST_VALUE[gray.bits], LARGEST_VALUE[bits]];
  const data = bits === 16 ? new Uint16Array(gray.data.length) : new Uint8Array(gray.data.length);
  for (let i = 0; i < data.length; i++) data[i] = Math.round((gray.data[i]! * to) / from);
  return { ...gray, data, bits };
}
