import type { Pixels } from "../ops/pixels.js";
import type { Rgba } from "./window.js";
/** RGBA words back to pixels of `channels`, with `alpha` or opaque. */
export declare function unpackRgba(rgba: Rgba, shape: Omit<Pixels, "data">, alpha: Uint8Array | Uint16Array | undefined): Pixels;
