import type { Pixels } from "../ops/pixels.js";
/** What lies beyond the border: the picture mirrored at its last pixel, the picture again, or its last pixel. */
export type Border = "reflect" | "wrap" | "repeat";
/** RGBA, 8 or 16 bits a channel: the form in which pictures cross to the GPU and back. */
export type Rgba = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
/** One of the eight ways to lay a picture down: mirrored, then turned over its diagonal. */
export interface Orientation {
    readonly mirrorX: boolean;
    readonly mirrorY: boolean;
    readonly transpose: boolean;
}
export declare const UPRIGHT: Orientation;
/** All eight, those that keep width and height first. */
export declare const ORIENTATIONS: readonly Orientation[];
/** For `size` pixels along an axis from `start` on, those of the picture's `length`. */
export declare function windowIndices(start: number, size: number, length: number, border: Border): Int32Array;
/** The window of `pixels` with those columns and rows, as RGBA; gray is repeated, alpha (which the GPU ignores) may be zero. */
export declare function packWindow({ data, width, channels, bits }: Pixels, columns: Int32Array, rows: Int32Array, orientation?: Orientation): Rgba;
/** A part of a larger picture of RGBA rows: `width` x `height` pixels from `left`, `top` on. */
export interface Rectangle {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
}
/**
 * Visits the pixels of `part` of a result that was computed in some orientation, as the indices of its pixels in `from` (whose
 * upright extent is given) and in rows of `pitch` pixels whose first is `part`'s.
 */
export declare function visitUpright(extent: {
    readonly width: number;
    readonly height: number;
}, { transpose, mirrorX, mirrorY }: Orientation, part: Rectangle, pitch: number, visit: (from: number, to: number) => void): void;
