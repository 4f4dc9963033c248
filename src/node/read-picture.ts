// Reads picture files through the npm package sharp. Owns that the values stay what the file says (16 bits, gray, straight alpha, no colour
// conversion), and that what else the file says of the picture travels along.
import type { Metadata, Sharp, SharpOptions } from "sharp";
import { EsrganError, type Pixels } from "../index.js";
import { requireOptions, typeName } from "../options.js";
import { exifOf } from "./exif.js";
import { printable } from "./file-name.js";
import { loadSharp } from "./load-sharp.js";
import { isAboutMemory, outOfMemory } from "./out-of-memory.js";
import type { Picture } from "./picture.js";
import { pictureProblem } from "./picture-format.js";
import { readRegularFile } from "./regular-file.js";
import { exifProfile, pngColour, pngFrames } from "./stated-colour.js";

/** How a picture file is read. */
export interface ReadOptions {
  /** The most pixels that are decoded: a guard against small files that claim to be vast. Default: MAX_PIXELS. */
  readonly maxPixels?: number | undefined;
  /** Which frame of an animation or page of a document, from 1. */
  readonly frame?: number | undefined;
}

const OPTIONS: readonly (keyof ReadOptions)[] = ["maxPixels", "frame"];

/** A picture's bytes, or the file that has them. */
export type PictureFile =
  | string
  | {
      /** What messages call it. */
      readonly name: string;
      /** What is in it. */
      readonly bytes: Buffer;
    };

export const MAX_PIXELS = 2 ** 28; // 16384x16384, 768 MiB of RGB
export const MAX_FILE_BYTES = 2 ** 30;
// The command computes in a process of its own, where these names mean something else.
const OF_THE_SHELL = /^\/(?:dev\/stdin$|(?:dev|proc\/self)\/fd\/)/;
const UNSTATED_DENSITY = 72; // what sharp says where a file says nothing

/**
 * Reads a PNG, JPEG, WebP, AVIF, TIFF or GIF file, turned the way up that its orientation says; of an animation or of pages one.
 * @throws EsrganError "bad-input" if there is no such file, or it is no such picture, cut off or too large; "out-of-memory"
 */
export async function readPicture(file: PictureFile, options: ReadOptions = {}): Promise<Picture> {
  requireOptions(options, OPTIONS, "readPicture");
  const { maxPixels = MAX_PIXELS, frame = 1 } = options;
  for (const [name, value] of Object.entries({ maxPixels, frame })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new EsrganError("bad-input", `${name} must be a positive integer, got ${String(value)}`);
  }
  const sharp = loadSharp();
  const { name, bytes } = await load(file);
  try {
    const page = frame - 1;
    const plain = inputOptions(maxPixels);
    const metadata = await sharp(bytes, plain).metadata();
    const frames = frameCount(bytes, metadata);
    requireFrame(metadata, frame, frames);
    const input = page === 0 ? plain : { ...plain, page };
    const picture = await decode(bytes, metadata, (ignoreIcc) => sharp(bytes, { ...input, ignoreIcc }));
    if (frames === 1) return picture;
    return { ...picture, frames, ...(metadata.format === "png" && { isFirstOnly: true }) };
  } catch (error) {
    throw unreadable(name, error, maxPixels);
  }
}

/** The size and kind of the picture in a file, as readPicture would give it, from the header alone. @throws EsrganError "bad-input" */
export async function readPictureSize(file: PictureFile): Promise<Omit<Pixels, "data">> {
  const sharp = loadSharp();
  const { name, bytes } = await load(file);
  try {
    const metadata = await sharp(bytes, inputOptions(false)).metadata();
    const { width, height } = metadata.autoOrient;
    const { bits, isGray, isCmyk } = kindOf(metadata);
    const colours = isGray ? 1 : 3;
    const channels = (metadata.hasAlpha && !isCmyk ? colours + 1 : colours) as Pixels["channels"];
    return { width, height, bits, channels };
  } catch (error) {
    throw unreadable(name, error, MAX_PIXELS);
  }
}

function inputOptions(limitInputPixels: number | false): SharpOptions {
  return { ignoreIcc: true, failOn: "truncated", limitInputPixels, autoOrient: true };
}

async function load(file: PictureFile): Promise<{ name: string; bytes: Buffer }> {
  if (typeof file !== "string" && !(typeof file?.name === "string" && file.bytes instanceof Uint8Array)) {
    throw new EsrganError("bad-input", `A picture file must be a path or { name, bytes }, got ${typeName(file)}`);
  }
  const name = typeof file === "string" ? file : file.name;
  const fail = (why: string, cause?: unknown) => {
    throw new EsrganError("bad-input", `The picture ${printable(name)} cannot be read: ${why}`, { cause });
  };
  if (file === "-" || (typeof file === "string" && OF_THE_SHELL.test(file))) {
    fail("it is standard input, which the command line calls -, or what the shell alone has open");
  }
  const bytes =
    typeof file !== "string"
      ? file.bytes
      : await readRegularFile(file, MAX_FILE_BYTES).catch((error: Error) => {
          if (isAboutMemory(error)) throw outOfMemory(`the picture ${printable(name)} was read`, error);
          return fail(error.message, error);
        });
  const problem = pictureProblem(bytes);
  if (problem) fail(problem);
  return { name, bytes };
}

function frameCount(bytes: Buffer, { format, pages = 1 }: Metadata): number {
  return format === "png" ? pngFrames(bytes) : pages;
}

function requireFrame({ format }: Metadata, frame: number, frames: number): void {
  if (frame > frames)
    throw new EsrganError("bad-input", `it has ${frames === 1 ? "one frame" : `${frames} frames`}, no frame ${frame}`);
  if (format === "png" && frame > 1)
    throw new EsrganError("bad-input", "of an animated PNG only the first frame can be read");
}

async function decode(bytes: Buffer, metadata: Metadata, open: (ignoreIcc: boolean) => Sharp): Promise<Picture> {
  const { bits, isGray, isCmyk } = kindOf(metadata);
  // With 8 bits sharp drops the alpha of a gray picture on the way to raw values, so that one goes as RGBA.
  const isGrayAlpha = isGray && metadata.hasAlpha && bits === 8;
  const colourSpace = bits === 16 ? (isGray ? "grey16" : "rgb16") : isGray && !isGrayAlpha ? "b-w" : "srgb";
  const { data, info } = await open(!isCmyk)
    .toColourspace(colourSpace)
    .raw({ depth: bits === 16 ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });

  const values =
    bits === 16
      ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
      : new Uint8Array(data.buffer, data.byteOffset, data.length);
  const { width, height } = info;
  const pixels: Pixels = isGrayAlpha
    ? { data: everyOther(values), width, height, channels: 2, bits }
    : { data: values, width, height, channels: info.channels as Pixels["channels"], bits };
  const exif = metadata.format === "tiff" ? exifOf(bytes) : metadata.exif && withoutLabel(metadata.exif);
  const about = {
    pixels,
    ...(exif && { exif }),
    ...(metadata.xmp && { xmp: metadata.xmp }),
    ...(metadata.density && metadata.density !== UNSTATED_DENSITY && { density: metadata.density }),
  };
  if (isCmyk) return about;
  const colour = metadata.format === "png" ? pngColour(bytes) : undefined;
  const iccProfile = metadata.icc ?? (metadata.exif && !colour ? exifProfile(metadata.exif, isGray) : undefined);
  return { ...about, ...(iccProfile && { iccProfile }), ...(colour && { pngColour: colour }) };
}

function kindOf({ depth, space, channels }: Metadata): { bits: 8 | 16; isGray: boolean; isCmyk: boolean } {
  const isCmyk = space === "cmyk"; // only its profile says what that looks like: sharp turns it into sRGB
  if (depth !== "uchar" && depth !== "ushort") {
    throw new EsrganError(
      "bad-input",
      `its values are of the type ${depth}; convert it to 8 or 16 bits a channel first`,
    );
  }
  return { bits: depth === "ushort" ? 16 : 8, isGray: channels < 3, isCmyk };
}

/** Exif as TIFF, without the label that JPEG has before it. */
function withoutLabel(exif: Buffer): Buffer {
  return exif.toString("latin1", 0, 6) === "Exif\0\0" ? exif.subarray(6) : exif;
}

/** Gray and alpha of RGBA with equal colours. */
function everyOther(rgba: Uint8Array | Uint16Array): Uint8Array {
  const out = new Uint8Array(rgba.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = rgba[i * 2 + (i % 2)]!;
  return out;
}

function unreadable(name: string, error: unknown, maxPixels: number): EsrganError {
  if (isAboutMemory(error)) return outOfMemory(`the picture ${printable(name)} was read`, error);
  const said = error instanceof Error ? error.message.split("\n")[0]!.replace(/[:.]+$/, "") : String(error);
  const why = /pixel limit/i.test(said)
    ? `it has more than the ${maxPixels} pixels allowed; --max-pixels, or the option maxPixels, allows more`
    : error instanceof EsrganError
      ? said
      : `it is cut off or damaged (${said})`;
  return new EsrganError("bad-input", `The picture ${printable(name)} cannot be read: ${why}`, { cause: error });
}
