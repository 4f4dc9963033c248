// Owns the colours under fully transparent pixels, which nobody sees but a network does: where they are black it draws a dark
// fringe along the visible edge. Alpha itself is alpha.ts.

import type { Pixels } from "../ops/pixels.js";
import { hasAlpha } from "./alpha.js";
import { doneAtOnce, doneInTurns, type WorkInPieces } from "./event-loop-yield.js";

const PIXELS_BETWEEN_LOOKS = 4096; // At most a millisecond of work, so that turns end in time and the clock costs nothing.

// What is known of a pixel's colour.
const UNKNOWN = 0;
const QUEUED = 1;
const KNOWN = 2;

/**
 * The picture with the colours under its fully transparent pixels (alpha 0) grown from the visible ones, ring by ring: each
 * is the rounded mean of its neighbours, of eight, that are visible or of an earlier ring. `pixels` itself where it has no
 * alpha, no such pixel, or no other; never changed. Hands the thread back every 50 ms.
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
  const { width, height, channels } = pixels;
  const count = width * height;
  let transparent = 0;
  for (let i = 0; i < count; i++) {
    if (pixels.data[i * channels + channels - 1] === 0) transparent++;
    if (i % PIXELS_BETWEEN_LOOKS === 0) yield;
  }
  if (transparent === 0 || transparent === count) return pixels;

  const data = emptyLike(pixels.data);
  const state = new Uint8Array(count);
  for (let from = 0; from < count; from += PIXELS_BETWEEN_LOOKS) {
    const to = Math.min(from + PIXELS_BETWEEN_LOOKS, count);
    data.set(pixels.data.subarray(from * channels, to * channels), from * channels);
    for (let i = from; i < to; i++) if (data[i * channels + channels - 1] !== 0) state[i] = KNOWN;
    yield;
  }

  // Every transparent pixel comes into the queue once; a ring is a stretch of it.
  const queue = new Uint32Array(transparent);
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

  /** Queues the pixel's unknown neighbours and, of a queued one, sets the colour. */
  function spread(pixel: number, isQueued: boolean): void {
    const x = pixel % width;
    const left = Math.max(x - 1, 0);
    const right = Math.min(x + 1, width - 1);
    const top = Math.max(pixel - x - width, 0);
    const bottom = Math.min(pixel - x + width, count - width);
    let [first, second, third, known] = [0, 0, 0, 0];
    for (let row = top; row <= bottom; row += width) {
      for (let at = row + left; at <= row + right; at++) {
        if (state[at] === UNKNOWN) {
          state[at] = QUEUED;
          queue[queued++] = at;
        } else if (isQueued && state[at] === KNOWN) {
          known++;
          first += data[at * channels]!;
          if (channels === 2) continue;
          second += data[at * channels + 1]!;
          third += data[at * channels + 2]!;
        }
      }
    }
    if (!isQueued) return;
    data[pixel * channels] = Math.floor(first / known + 0.5);
    if (channels === 2) return;
    data[pixel * channels + 1] = Math.floor(second / known + 0.5);
    data[pixel * channels + 2] = Math.floor(third / known + 0.5);
  }
}

/** Not by the array's own slice, which for Node's Buffer is a view and not a copy. */
function emptyLike(data: Pixels["data"]): Pixels["data"] {
  if (data.BYTES_PER_ELEMENT === 2) return new Uint16Array(data.length);
  return data instanceof Uint8ClampedArray ? new Uint8ClampedArray(data.length) : new Uint8Array(data.length);
}
