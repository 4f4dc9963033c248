// A picture with what its file says of it: the type that reading gives and writing takes.
import type { Pixels } from "../index.js";
import type { PngColour } from "./stated-colour.js";

/** A picture as it is in a file. */
export interface Picture {
  /** Upright, gray or RGB, with straight alpha where the file has it, 8 or 16 bits. */
  readonly pixels: Pixels;
  /** The ICC profile that the values are meant in; without one they are sRGB. */
  readonly iccProfile?: Uint8Array;
  /** What a PNG file says of the values beside a profile; other formats get a profile that says the same. */
  readonly pngColour?: PngColour;
  /** Exif data, a TIFF structure. What is written says that nothing is to be turned, the new size, and the software. */
  readonly exif?: Uint8Array;
  /** An XMP packet. */
  readonly xmp?: Uint8Array;
  /** Pixels an inch on paper. */
  readonly density?: number;
  /** How many frames or pages the file has, where they are several; only read. */
  readonly frames?: number;
  /** Whether of these frames the first alone can be read, as of an animated PNG; only read. */
  readonly isFirstOnly?: boolean;
  /** What a written picture says that it was made with; not read. */
  readonly software?: string;
}

/** A picture but for its pixels, which come in strips. */
export interface StripedPicture extends Omit<Picture, "pixels"> {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
}
