// Owns the colours under transparent pixels, which hardly anybody sees but a network does: where they are black it draws a dark
// fringe along the visible edge. Alpha itself is alpha.ts, and gpu/transparency-fill.ts does the same on the GPU.

import { FAINT, LEAST_WEIGHT } from "../ops/alpha-fill.js";
import { LARGEST_VALUE, type Pixels } from "../ops/pixels.js";
import { doneAtOnce, doneInTurns, type WorkInPieces } from "../weights/event-loop-yield.js";
import { hasAlpha } from "./alpha.js";

const PIXELS_BETWEEN_LOOKS = 4096; // At most a millisecond of work, so that turns end in time and the clock costs nothing.

// What is known of a pixel's colour.
const UNKNOWN = 0;
const QUEUED = 1;
const KNOWN = 2;

/**
 * The picture with the colours under its faint pixels, whose alpha is less than a sixteenth of the largest, grown from the
 * visible ones, ring by ring. Each takes the rounded mean of its neighbours, of eight, that are visible, weighed by their alpha, or
 * of an earlier ring. Of its own colour it keeps a share: the square of its alpha, where 1 is the alpha of a visible one. So nothing of what
 * is under alpha 0 is kept, next to nothing under alpha 1 of 255, and no step shows where a glow fades out. `pixels` itself where it has
 * no alpha or no such pixel; never changed. Hands the thread back every 20 ms.
 */
export function filledUnderTransparency(pixels: Pixels): Promise<Pixels> {
  return doneInTurns(fill(pixels));
}

/** The same at once, for those who hold the thread anyway. */
export function filledAtOnce(pixels: Pixels): Pixels {
  return doneAtOnce(fill(pixels));
}

/** Yields at least once a millisecond. */
function* fill(pixels: Pixels): WorkInPieces<Pixels> {
  if (!hasAlpha(pixels)) return pixels;
  const { width, height, channels, bits } = pixels;
  const count = width * height;
  let most = 0;
  for (let i = 0; i < count; i++) {
    most = Math.max(most, pixels.data[i * channels + channels - 1]!);
    if (i % PIXELS_BETWEEN_LOOKS === 0) yield;
  }
  let faint = 0;
  for (let i = 0; i < count; i++) {
    if (isFaint(pixels.data[i * channels + channels - 1]!)) faint++;
    if (i % PIXELS_BETWEEN_LOOKS === 0) yield;
  }
  if (faint === 0) return pixels;

  const data = emptyLike(pixels.data);
  const state = new Uint8Array(count);
  for (let from = 0; from < count; from += PIXELS_BETWEEN_LOOKS) {
    const to = Math.min(from + PIXELS_BETWEEN_LOOKS, count);
    data.set(pixels.data.subarray(from * channels, to * channels), from * channels);
    for (let i = from; i < to; i++) if (!isFaint(data[i * channels + channels - 1]!)) state[i] = KNOWN;
    yield;
  }

  const leastWeight = (LEAST_WEIGHT * LARGEST_VALUE[bits]) / LARGEST_VALUE[8];
  // Every faint pixel comes into the queue once; a ring is a stretch of it.
  const queue = new Uint32Array(faint);
  let queued = 0;
  for (let i = 0; i < count; i++) {
    if (state[i] === KNOWN) spread(i, false);
    if (i % PIXELS_BETWEEN_LOOKS === 0) yield;
  }
  for (let start = 0; start < queued; ) {
    const end = queued;
    for (let at = start; at < end; at++) {
      spread(queue[at]!, true);
      if (at % PIXELS_BETWEEN_LOOKS === 0) yield;
    }
    // Only now, so that pixels of one ring do not see each other and their order does not matter.
    for (let at = start; at < end; at++) state[queue[at]!] = KNOWN;
    start = end;
  }
  return { ...pixels, data };

  function isFaint(alpha: number): boolean {
    return FAINT * alpha < most;
  }

  /** Queues the pixel's unknown neighbours and, of a queued one, sets the colour. */
  function spread(pixel: number, isQueued: boolean): void {
    const x = pixel % width;
    const left = Math.max(x - 1, 0);
    const right = Math.min(x + 1, width - 1);
    const top = Math.max(pixel - x - width, 0);
    const bottom = Math.min(pixel - x + width, count - width);
    let [first, second, third, total] = [0, 0, 0, 0];
    for (let row = top; row <= bottom; row += width) {
      for (let at = row + left; at <= row + right; at++) {
        if (state[at] === UNKNOWN) {
          state[at] = QUEUED;
          queue[queued++] = at;
        } else if (isQueued && state[at] === KNOWN) {
          const alpha = data[at * channels + channels - 1]!;
          // Visible neighbours and those of an earlier ring never come together.
          const weight = isFaint(alpha) ? 1 : Math.max(alpha, leastWeight);
          total += weight;
          first += weight * data[at * channels]!;
          if (channels === 2) continue;
          second += weight * data[at * channels + 1]!;
          third += weight * data[at * channels + 2]!;
        }
      }
    }
    if (!isQueued) return;
    const share = (FAINT * data[pixel * channels + channels - 1]!) ** 2;
    mix(pixel * channels, first / total, share);
    if (channels === 2) return;
    mix(pixel * channels + 1, second / total, share);
    mix(pixel * channels + 2, third / total, share);
  }

  /** Of its own value at `at` it keeps `share` of the square of `most`. */
  function mix(at: number, mean: number, share: number): void {
    const whole = most ** 2;
    data[at] = Math.floor((data[at]! * share + Math.floor(mean + 0.5) * (whole - share)) / whole + 0.5);
  }
}

/** Not by the array's own slice, which for Node's Buffer is a view and not a copy. */
function emptyLike(data: Pixels["data"]): Pixels["data"] {
  if (data.BYTES_PER_ELEMENT === 2) return new Uint16Array(data.length);
  return data instanceof Uint8ClampedArray ? new Uint8ClampedArray(data.length) : new Uint8Array(data.length);
}
