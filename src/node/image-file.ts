// Pictures in files: PNG, JPEG and WebP, read and (but for PNG) written through the npm package sharp. Owns that the values stay what the file
// says (16 bits, gray, straight alpha, no colour conversion; the colour profile, and what else says how they are meant, travels along). Other
// metadata is not carried over: what the orientation says is done, and the rest is about the smaller picture.
import { createRequire } from "node:module";
import { extname } from "node:path";
import type { Metadata, Sharp, SharpOptions } from "sharp";
import { EsrganError, type Pixels } from "../index.js";
import { printable } from "./file-name.js";
import { convertToSrgb, type Fit, fitFormat } from "./fit-format.js";
import { embedMetadata } from "./picture-metadata.js";
import { writePng } from "./png-writer.js";
import { readRegularFile } from "./regular-file.js";
import { exifProfile, type PngColour, pngColour } from "./stated-colour.js";
import { requireWhole, type Strips } from "./strips.js";
import { writeWholeFile } from "./whole-file.js";

/** A picture as it is in a file. */
export interface Picture {
  /** Upright, gray or RGB, with straight alpha where the file has it, 8 or 16 bits. */
  readonly pixels: Pixels;
  /** The ICC profile that the values are meant in; without one they are sRGB. */
  readonly iccProfile?: Uint8Array;
  /** What a PNG file says of the values beside a profile; other formats get a profile that says the same. */
  readonly pngColour?: PngColour;
  /** What a written picture says that it was made with; not read. */
  readonly software?: string;
}

/** A picture but for its pixels, which come in strips. */
export interface StripedPicture extends Omit<Picture, "pixels"> {
  /** Of all strips, in pixels. */
  readonly width: number;
  /** Of all strips together, in pixels. */
  readonly height: number;
}

export type PictureFormat = "png" | "jpeg" | "webp";

const MAX_FILE_BYTES = 2 ** 30;
const MAX_PIXELS = 2 ** 26; // 8192x8192, of which four times four as many come out
const MAX_SIDE: Record<PictureFormat, number> = { png: 2 ** 31 - 1, jpeg: 65535, webp: 16383 };
const FORMATS: Record<string, PictureFormat> = { ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp" };
export const PICTURE_START_BYTES = 12; // RIFF, a length, WEBP
const LOSSY_QUALITY = 95; // hardly visible, and the default of 80 takes away what the network put in

/**
 * Reads a PNG, JPEG or WebP file, turned the way up that its orientation says; of an animation the first frame.
 * @throws EsrganError "bad-input" if there is no such file, or it is no such picture, cut off or too large
 */
export async function readPicture(path: string): Promise<Picture> {
  const sharp = loadSharp();
  const bytes = await readBytes(path);
  try {
    return await decode(bytes, () => sharp(bytes, inputOptions(false)), sharp(bytes, inputOptions(true)));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The size and kind of the picture in a file, as readPicture would give it, from the header alone. @throws EsrganError "bad-input" */
export async function readPictureSize(path: string): Promise<Omit<Pixels, "data">> {
  const sharp = loadSharp();
  const bytes = await readBytes(path);
  try {
    const metadata = await sharp(bytes, inputOptions(true)).metadata();
    requirePossible(bytes, metadata);
    const { width, height } = metadata.autoOrient;
    const { bits, isGray, isCmyk } = kindOf(metadata);
    const colours = isGray ? 1 : 3;
    const channels = (metadata.hasAlpha && !isCmyk ? colours + 1 : colours) as Pixels["channels"];
    return { width, height, bits, channels };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Whether a file of this name should be a picture that can be read. */
export function hasPictureEnding(path: string): boolean {
  return Object.hasOwn(FORMATS, extname(path).toLowerCase());
}

/** The format that a file name asks for. @throws EsrganError "bad-input" for other endings than .png, .jpg, .jpeg and .webp */
export function pictureFormat(path: string): PictureFormat {
  if (hasPictureEnding(path)) return FORMATS[extname(path).toLowerCase()]!;
  throw new EsrganError("bad-input", `The output ${printable(path)} ends in neither .png, .jpg, .jpeg nor .webp`);
}

/** @throws EsrganError "bad-input" if a picture of this size does not fit into the format that the file name asks for */
export function requireFits(path: string, width: number, height: number): void {
  const format = pictureFormat(path);
  const most = MAX_SIDE[format];
  if (Math.min(width, height) >= 1 && Math.max(width, height) <= most) return;
  const why = Math.min(width, height) < 1 ? "which is no picture" : `more than the ${most} a side that ${format} has`;
  throw new EsrganError("bad-input", `The output ${printable(path)} would be ${width}x${height}, ${why}`);
}

/**
 * Writes a picture in the format that the file name asks for: PNG without any loss; JPEG and WebP with 8 bits, JPEG with transparency on white.
 * Where these two cannot hold the profile the values become sRGB; `onNote` hears of that and of lost bits, in a sentence each. The file appears,
 * or replaces another, once it is whole. `onTemporary` hears of the file beside it that it is written to at first.
 * @throws EsrganError "bad-input" if the format cannot hold the picture or the file cannot be written
 */
export async function writePicture(
  path: string,
  { pixels, ...about }: Picture,
  onTemporary?: (path: string) => unknown,
  onNote?: (note: string) => unknown,
): Promise<void> {
  const { width, height } = pixels;
  await writePictureStrips(path, [{ y: 0, pixels }], { ...about, width, height }, onTemporary, onNote);
}

/**
 * Writes a picture whose rows come in strips from the top, as writePicture does. The temporary file is made before the first strip is asked
 * for. A PNG is written as the strips come and takes no more memory than one of them; JPEG and WebP take that of the whole picture.
 * @throws EsrganError "bad-input" as writePicture, "internal" if the strips do not make up the picture; what `strips` throws
 */
export async function writePictureStrips(
  path: string,
  strips: Strips,
  picture: StripedPicture,
  onTemporary?: (path: string) => unknown,
  onNote?: (note: string) => unknown,
): Promise<void> {
  const format = pictureFormat(path);
  requireFits(path, picture.width, picture.height);
  await writeWholeFile(
    path,
    async (write) => {
      if (format === "png") await writePng(strips, picture, write);
      else await write(await encode(path, strips, format, picture, onNote));
    },
    onTemporary,
  );
}

type SharpFunction = typeof import("sharp").default;

function loadSharp(): SharpFunction {
  try {
    return createRequire(import.meta.url)("sharp") as SharpFunction; // in half the time of import()
  } catch (cause) {
    const message =
      "Reading and writing picture files needs the npm package sharp, which is not installed: npm install sharp";
    throw new EsrganError("unsupported-device", message, { cause });
  }
}

function inputOptions(ignoreIcc: boolean): SharpOptions {
  return { ignoreIcc, failOn: "truncated", limitInputPixels: MAX_PIXELS, autoOrient: true };
}

async function readBytes(path: string): Promise<Buffer> {
  const fail = (why: string, cause?: unknown) => {
    throw new EsrganError("bad-input", `The picture ${printable(path)} cannot be read: ${why}`, { cause });
  };
  const bytes = await readRegularFile(path, MAX_FILE_BYTES).catch((error: Error) => fail(error.message, error));
  if (!isPicture(bytes)) fail(bytes.length === 0 ? "it is empty" : "it is neither a PNG, a JPEG nor a WebP file");
  return bytes;
}

/**
 * Whether a file is a picture by its first bytes, of which it takes PICTURE_START_BYTES: sharp reads other formats too, which nobody asked for
 * and which widen what a stranger's file can do.
 */
export function isPicture(bytes: Buffer): boolean {
  const start = bytes.toString("latin1", 0, PICTURE_START_BYTES);
  return start.startsWith("\x89PNG\r\n\x1a\n") || start.startsWith("\xff\xd8\xff") || /^RIFF.{4}WEBP$/s.test(start);
}

async function decode(bytes: Buffer, withIcc: () => Sharp, image: Sharp): Promise<Picture> {
  const metadata = await image.metadata();
  requirePossible(bytes, metadata);
  const { bits, isGray, isCmyk } = kindOf(metadata);
  // With 8 bits sharp drops the alpha of a gray picture on the way to raw values, so that one goes as RGBA.
  const isGrayAlpha = isGray && metadata.hasAlpha && bits === 8;
  const colourSpace = bits === 16 ? (isGray ? "grey16" : "rgb16") : isGray && !isGrayAlpha ? "b-w" : "srgb";
  const { data, info } = await (isCmyk ? withIcc() : image)
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
  if (isCmyk) return { pixels };
  const colour = metadata.format === "png" ? pngColour(bytes) : undefined;
  const iccProfile = metadata.icc ?? (metadata.exif && !colour ? exifProfile(metadata.exif, isGray) : undefined);
  return { pixels, ...(iccProfile && { iccProfile }), ...(colour && { pngColour: colour }) };
}

function kindOf({ depth, space, channels }: Metadata): { bits: 8 | 16; isGray: boolean; isCmyk: boolean } {
  const isCmyk = space === "cmyk"; // only its profile says what that looks like: sharp turns it into sRGB
  return { bits: depth === "ushort" ? 16 : 8, isGray: channels < 3, isCmyk };
}

/**
 * Refuses a JPEG that is much shorter than its header says, which the decoder would fill up with gray: each 8x8 pixels take a bit at least.
 * (A PNG that is too short fails before it takes any memory; a WebP of one colour takes no more bytes for being larger.)
 */
function requirePossible({ length }: Buffer, { format, width, height }: Metadata): void {
  if (format !== "jpeg" || length * 8 * 64 >= width * height) return;
  throw new Error(`its header says ${width}x${height}, which cannot be in ${length} bytes`);
}

/** Gray and alpha of RGBA with equal colours. */
function everyOther(rgba: Uint8Array | Uint16Array): Uint8Array {
  const out = new Uint8Array(rgba.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = rgba[i * 2 + (i % 2)]!;
  return out;
}

async function encode(
  path: string,
  strips: Strips,
  format: "jpeg" | "webp",
  picture: StripedPicture,
  onNote?: (note: string) => unknown,
): Promise<Buffer> {
  const sharp = loadSharp();
  const { pixels, fit } = await join(path, strips, format, picture);
  for (const note of fit.notes) onNote?.(note);
  const { data, width, height, channels } = fit.converted ? await convertToSrgb(sharp, pixels, fit.converted) : pixels;
  const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  image.toColourspace(channels < 3 ? "b-w" : "srgb");
  const file = await {
    jpeg: () => image.flatten({ background: "#ffffff" }).jpeg({ quality: LOSSY_QUALITY, chromaSubsampling: "4:4:4" }),
    webp: () => image.webp({ quality: LOSSY_QUALITY, smartSubsample: true }),
  }
    [format]()
    .toBuffer();
  return embedMetadata(file, format, { software: picture.software, iccProfile: fit.embedded });
}

/**
 * The strips as one picture, and how that goes into the format: with 8 bits, or with all that it has where values are to be converted.
 * @throws EsrganError "bad-input" if there is no memory for so large a one
 */
async function join(path: string, strips: Strips, format: "jpeg" | "webp", picture: StripedPicture) {
  const { width, height } = picture;
  let fit: Fit | undefined;
  let whole: Pixels | undefined;
  let at = 0;
  for await (const pixels of requireWhole(strips, picture)) {
    const { data, channels } = pixels;
    fit ??= fitFormat(format, picture, pixels);
    const bits = fit.converted ? pixels.bits : 8;
    whole ??= { data: allocate(path, width * height * channels, bits), width, height, channels, bits };
    if (pixels.bits === bits) whole.data.set(data, at);
    else for (let i = 0; i < data.length; i++) whole.data[at + i] = Math.round(data[i]! / 257);
    at += data.length;
  }
  return { pixels: whole!, fit: fit! }; // there is a strip at least, as requireFits saw to it
}

function allocate(path: string, length: number, bits: Pixels["bits"]): Pixels["data"] {
  try {
    return bits === 16 ? new Uint16Array(length) : new Uint8Array(length);
  } catch (cause) {
    const bytes = (length * bits) / 8;
    const message = `The output ${printable(path)} takes ${bytes} bytes of memory, which are not to be had, and as a PNG none of them`;
    throw new EsrganError("bad-input", message, { cause });
  }
}

function unreadable(path: string, error: unknown): EsrganError {
  if (error instanceof EsrganError) return error;
  const said = error instanceof Error ? error.message.split("\n")[0]!.replace(/[:.]+$/, "") : String(error);
  const why = /pixel limit/i.test(said)
    ? `it has more than the ${MAX_PIXELS} pixels allowed`
    : `it is cut off or damaged (${said})`;
  return new EsrganError("bad-input", `The picture ${printable(path)} cannot be read: ${why}`, { cause: error });
}
