/** Interleaved pixels, row by row: gray, gray + alpha, RGB or RGBA with straight alpha. `bits` is 8 or 16 a channel. */
export interface Pixels {
    readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
    readonly width: number;
    readonly height: number;
    readonly channels: 1 | 2 | 3 | 4;
    readonly bits: 8 | 16;
}
