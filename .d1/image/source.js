// Owns what may be given as a picture, brought to raw pixels.
import { EsrganError } from "../errors.js";
import { requirePixels } from "../ops/image-to-tensor.js";
/** The raw pixels of `source`, not copied. @throws EsrganError "bad-input" */
export function pixelsOf(source) {
    if (typeof source !== "object" || source === null || !("data" in source)) {
        const got = source === null ? "null" : typeof source === "object" ? "an object without data" : typeof source;
        throw new EsrganError("bad-input", `A picture must be ImageData or { data, width, height, channels, bits }, got ${got}`);
    }
    const pixels = isImageData(source)
        ? { data: source.data, width: source.width, height: source.height, channels: 4, bits: 8 }
        : source;
    requirePixels(pixels);
    return pixels;
}
/** ImageData by its shape, since not every environment has the class. */
export function isImageData(source) {
    return !("channels" in source);
}
