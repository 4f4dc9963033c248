// Owns the raw picture type. Where pictures come from and go to is not here: see picture/.

/** Interleaved pixels, row by row: gray, gray + alpha, RGB or RGBA with straight alpha. `bits` is 8 or 16 a channel. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly bits: 8 | 16;
}

/** Bits of a picture between the steps of one computation: 32 are floats, neither clamped nor rounded. */
export type StepBits = Pixels["bits"] | 32;

/** A picture between the steps of one computation. */
export interface StepPixels extends Omit<Pixels, "data" | "bits"> {
  readonly data: Pixels["data"] | Float32Array;
  readonly bits: StepBits;
}

export type PixelArray = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** The values of `bits` that `buffer` holds. */
export function arrayOver(bits: StepBits, buffer: ArrayBuffer): PixelArray {
  if (bits === 32) return new Float32Array(buffer);
  return bits === 16 ? new Uint16Array(buffer) : new Uint8Array(buffer);
}

/** What stands for white. Not a power: compilers move that into the loops where it is used. */
export const LARGEST_VALUE: { readonly [B in StepBits]: number } = { 8: 255, 16: 65535, 32: 1 };

/** Bytes of a pixel of a result on the GPU: RGBA of 8 or 16 bits, or RGB as floats. */
export function resultPixelBytes(bits: StepBits): number {
  return bits === 32 ? 12 : bits / 2;
}
