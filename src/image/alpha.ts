// Owns alpha beside the network: it is resized on its own and never multiplied into colour.

import type { Pixels } from "../ops/pixels.js";
import { resize } from "../ops/resize.js";
import { tensor } from "../ops/tensor.js";

/** Whether the picture's last channel is alpha. */
export function hasAlpha({ channels }: Pick<Pixels, "channels">): boolean {
  return channels === 2 || channels === 4;
}

/**
 * The alpha of `pixels` resized bicubically to `width` x `height`, in levels of its bits; undefined where the picture has
 * no alpha or is opaque throughout.
 */
export function resizedAlpha(pixels: Pixels, width: number, height: number): Uint8Array | Uint16Array | undefined {
  if (!hasAlpha(pixels)) return undefined;
  const { data, channels, bits } = pixels;
  const max = 2 ** bits - 1;
  const alpha = tensor({ channels: 1, height: pixels.height, width: pixels.width });
  let opaque = true;
  for (let i = 0; i < alpha.data.length; i++) {
    const level = data[i * channels + channels - 1]!;
    if (level !== max) opaque = false;
    alpha.data[i] = level / max;
  }
  if (opaque) return undefined;
  const resized = resize.reference([alpha], { mode: "bicubic", antialias: true, width, height }).data;
  const levels = bits === 16 ? new Uint16Array(resized.length) : new Uint8Array(resized.length);
  for (let i = 0; i < levels.length; i++) levels[i] = Math.floor(Math.min(Math.max(resized[i]!, 0), 1) * max + 0.5);
  return levels;
}
