import type { Pixels } from "../ops/pixels.js";
/**
 * The picture with the colours under its fully transparent pixels (alpha 0) grown from the visible ones, ring by ring: each
 * is the rounded mean of its neighbours, of eight, that are visible or of an earlier ring. `pixels` itself where it has no
 * alpha, no such pixel, or no other; never changed. Hands the thread back every 50 ms.
 */
export declare function filledUnderTransparency(pixels: Pixels): Promise<Pixels>;
/** The same at once, for those who hold the thread anyway. */
export declare function filledAtOnce(pixels: Pixels): Pixels;
