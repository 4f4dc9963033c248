import { type Pixels } from "../index.js";
import { type Strips } from "./strips.js";
/** A picture as it is in a file. */
export interface Picture {
    readonly pixels: Pixels;
    /** The ICC profile that the values are meant in; without one they are sRGB. */
    readonly iccProfile?: Uint8Array;
    /** What a written picture says that it was made with; not read. */
    readonly software?: string;
}
/** A picture but for its pixels, which come in strips. */
export interface StripedPicture extends Omit<Picture, "pixels"> {
    readonly width: number;
    readonly height: number;
}
export type PictureFormat = "png" | "jpeg" | "webp";
/**
 * Reads a PNG, JPEG or WebP file, turned the way up that its orientation says; of an animation the first frame.
 * @throws EsrganError "bad-input" if there is no such file, or it is no such picture, cut off or too large
 */
export declare function readPicture(path: string): Promise<Picture>;
/** The size and kind of the picture in a file, as readPicture would give it, from the header alone. @throws EsrganError "bad-input" */
export declare function readPictureSize(path: string): Promise<Omit<Pixels, "data">>;
/** Whether a file of this name should be a picture that can be read. */
export declare function hasPictureEnding(path: string): boolean;
/** The format that a file name asks for. @throws EsrganError "bad-input" for other endings than .png, .jpg, .jpeg and .webp */
export declare function pictureFormat(path: string): PictureFormat;
/** @throws EsrganError "bad-input" if a picture of this size does not fit into the format that the file name asks for */
export declare function requireFits(path: string, width: number, height: number): void;
/**
 * Writes a picture in the format that the file name asks for: PNG without any loss; JPEG and WebP with 8 bits, JPEG with transparency on white.
 * The file appears, or replaces another, once it is whole. `onTemporary` hears of the file beside it that it is written to at first.
 * @throws EsrganError "bad-input" if the format cannot hold the picture or the file cannot be written
 */
export declare function writePicture(path: string, { pixels, ...about }: Picture, onTemporary?: (path: string) => unknown): Promise<void>;
/**
 * Writes a picture whose rows come in strips from the top, as writePicture does. The temporary file is made before the first strip is asked
 * for. A PNG is written as the strips come and takes no more memory than one of them; JPEG and WebP take that of the whole picture.
 * @throws EsrganError "bad-input" as writePicture, "internal" if the strips do not make up the picture; what `strips` throws
 */
export declare function writePictureStrips(path: string, strips: Strips, picture: StripedPicture, onTemporary?: (path: string) => unknown): Promise<void>;
