// Owns frames as they are merged: all of one kind, alpha left out where nothing is transparent, and their values as planes on the CPU.

import { EsrganError } from "../errors.js";
import { LUMA } from "../ops/luma.js";
import type { Shift } from "../ops/observation.js";
import type { ValuePlane } from "../ops/observation.reference.js";
import { LARGEST_VALUE, type Pixels } from "../ops/pixels.js";
import { alphaOf, hasAlpha } from "../picture/alpha.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";

/** Frames of one kind. */
export interface FrameSet {
  readonly frames: readonly Pixels[];
  /** Nothing is transparent: the frames come without alpha, which the result gets back. */
  readonly isOpaque: boolean;
}

/** The frames as they are merged, one a piece of work. @throws EsrganError "bad-input" naming the frame that differs from the first */
export function* frameSet(frames: readonly Pixels[]): WorkInPieces<FrameSet> {
  const first = frames[0]!;
  for (const [index, frame] of frames.entries()) {
    if (describe(frame) === describe(first)) continue;
    throw new EsrganError(
      "bad-input",
      `Frames must be of one size and kind: frame ${index + 1} is ${describe(frame)}, frame 1 is ${describe(first)}`,
    );
  }
  if (!hasAlpha(first)) return { frames, isOpaque: false };
  const colours: Pixels[] = [];
  for (const frame of frames) {
    if ((yield* alphaOf(frame)) !== undefined) return { frames, isOpaque: false };
    colours.push(withoutAlpha(frame));
    yield;
  }
  return { frames: colours, isOpaque: true };
}

function describe({ width, height, channels, bits }: Pixels): string {
  return `${width}x${height} with ${channels} channel${channels === 1 ? "" : "s"} of ${bits} bits`;
}

/** @throws EsrganError "bad-input" where a frame shows nothing that the result's frame has */
export function requireOverlap(shifts: readonly Shift[], { width, height }: Pixels): void {
  for (const [index, { x, y }] of shifts.entries()) {
    if (Math.abs(x) < width && Math.abs(y) < height) continue;
    throw new EsrganError(
      "bad-input",
      `shifts[${index}] is (${x}, ${y}), but frames of ${width}x${height} pixels have nothing in common there`,
    );
  }
}

function withoutAlpha(pixels: Pixels): Pixels {
  const { data, channels, bits, width, height } = pixels;
  const colours = (channels - 1) as Pixels["channels"];
  const out = levels(width * height * colours, bits);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < colours; c++) out[i * colours + c] = data[i * channels + c]!;
  }
  return { ...pixels, data: out, channels: colours };
}

/** The picture with alpha at its most. */
export function withOpaqueAlpha(pixels: Pixels): Pixels {
  const { data, channels, bits, width, height } = pixels;
  const all = (channels + 1) as Pixels["channels"];
  const out = levels(width * height * all, bits).fill(LARGEST_VALUE[bits]);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < channels; c++) out[i * all + c] = data[i * channels + c]!;
  }
  return { ...pixels, data: out, channels: all };
}

/** An array for so many levels. @throws EsrganError "out-of-memory" */
export function levels(length: number, bits: Pixels["bits"]): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  try {
    return bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  } catch (cause) {
    const message = `A picture of ${length} values with ${bits} bits does not fit into memory`;
    throw new EsrganError("out-of-memory", message, { cause });
  }
}

/** One channel in levels of 255. */
export function channelPlane({ data, width, height, channels, bits }: Pixels, channel: number): ValuePlane {
  const unit = LARGEST_VALUE[bits] / 255;
  const values = new Float64Array(width * height);
  for (let i = 0; i < values.length; i++) values[i] = data[i * channels + channel]! / unit;
  return { width, height, data: values };
}

/** Planes of levels of 255 as a picture. */
export function pixelsOfPlanes(planes: readonly ValuePlane[], bits: Pixels["bits"]): Pixels {
  const { width, height } = planes[0]!;
  const channels = planes.length as Pixels["channels"];
  const most = LARGEST_VALUE[bits];
  const data = levels(width * height * channels, bits);
  planes.forEach((plane, channel) => {
    for (let i = 0; i < plane.data.length; i++) {
      const level = Math.floor(plane.data[i]! * (most / 255) + 0.5);
      data[i * channels + channel] = Math.min(Math.max(level, 0), most);
    }
  });
  return { data, width, height, channels, bits };
}

// Enough for a shift to a hundredth of a pixel; more only takes longer.
const REGISTERED_SIZE = 512;

/** The middle of a frame in gray, for registration. */
export function registrationPlane({ data, width, height, channels, bits }: Pixels): ValuePlane {
  const size = { width: Math.min(width, REGISTERED_SIZE), height: Math.min(height, REGISTERED_SIZE) };
  const [left, top] = [(width - size.width) >> 1, (height - size.height) >> 1];
  const unit = LARGEST_VALUE[bits] / 255;
  const values = new Float64Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const at = ((top + y) * width + left + x) * channels;
      const gray = channels < 3 ? data[at]! : LUMA[0] * data[at]! + LUMA[1] * data[at + 1]! + LUMA[2] * data[at + 2]!;
      values[y * size.width + x] = gray / unit;
    }
  }
  return { ...size, data: values };
}
