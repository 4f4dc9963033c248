import type { Pixels } from "../ops/pixels.js";
import { type ImageSource } from "./source.js";
/** "pixels" keeps channels and 16 bits, "imageData" is 8-bit RGBA. */
export type OutputKind = "pixels" | "imageData";
export interface OutputTypes {
    readonly pixels: Pixels;
    readonly imageData: ImageData;
}
/** The kind asked for, or the kind that came in. @throws EsrganError "bad-input" */
export declare function outputKind(source: ImageSource, asked: OutputKind | undefined): OutputKind;
/** `pixels` as `kind`. */
export declare function toOutput(pixels: Pixels, kind: OutputKind): OutputTypes[OutputKind];
