import type { Pixels } from "../ops/pixels.js";
/** A picture: raw pixels, or ImageData. */
export type ImageSource = Pixels | ImageData;
/** The raw pixels of `source`, not copied. @throws EsrganError "bad-input" */
export declare function pixelsOf(source: ImageSource): Pixels;
/** ImageData by its shape, since not every environment has the class. */
export declare function isImageData(source: ImageSource): source is ImageData;
