// Owns the raw picture type. Where pictures come from and go to is not here: see picture/.

/** Interleaved pixels, row by row: gray, gray + alpha, RGB or RGBA with straight alpha. `bits` is 8 or 16 a channel. */
export interface Pixels {
  /** Row by row without padding: width * height * channels values. */
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** 1: gray, 2: gray and alpha, 3: RGB, 4: RGBA. */
  readonly channels: 1 | 2 | 3 | 4;
  /** Of a channel: 0 to 255, or 0 to 65535 in a Uint16Array. */
  readonly bits: 8 | 16;
}

/** The largest value a channel of so many bits holds. Not a power: compilers move that into the loops where it is used. */
export const LARGEST_VALUE: { readonly [B in Pixels["bits"]]: number } = { 8: 255, 16: 65535 };
