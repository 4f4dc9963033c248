import { type Strips } from "./strips.js";
import type { Write } from "./whole-file.js";
export interface PngOptions {
    /** The whole picture's extent in pixels; how many channels and bits there are is what the first strip has. */
    readonly width: number;
    readonly height: number;
    /** The ICC profile that the values are meant in. */
    readonly iccProfile?: Uint8Array;
    /** What the picture was made with. */
    readonly software?: string;
}
/**
 * Writes the strips, which follow one another from the top, as one PNG: gray or RGB, with alpha or without, of 8 or 16 bits. Holds a strip
 * and a few hundred kilobytes; takes the next strip once zlib and `write` have caught up.
 * @throws EsrganError "internal" if the strips do not make up the picture; what `strips` and `write` throw
 */
export declare function writePng(strips: Strips, options: PngOptions, write: Write): Promise<void>;
