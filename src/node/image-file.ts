// Pictures in files: PNG, JPEG and WebP, through the npm package sharp. Owns that the values stay what the file says (16 bits, gray, straight
// alpha, no colour conversion; the colour profile travels along) and that a file is written whole or not at all.
import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { Sharp, SharpOptions } from "sharp";
import { EsrganError, type Pixels } from "../index.js";
import { embedIccProfile, type PictureFormat } from "./icc-profile.js";

/** A picture as it is in a file. */
export interface Picture {
  readonly pixels: Pixels;
  /** The ICC profile that the values are meant in; without one they are sRGB. */
  readonly iccProfile?: Uint8Array;
}

const MAX_FILE_BYTES = 2 ** 30;
const MAX_PIXELS = 2 ** 26; // 8192x8192, of which four times four as many come out
const MAX_SIDE: Record<PictureFormat, number> = { png: 2 ** 31 - 1, jpeg: 65535, webp: 16383 };
const FORMATS: Record<string, PictureFormat> = { ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp" };
const LOSSY_QUALITY = 95; // hardly visible, and the default of 80 takes away what the network put in

/**
 * Reads a PNG, JPEG or WebP file, turned the way up that its orientation says; of an animation the first frame.
 * @throws EsrganError "bad-input" if there is no such file, or it is no such picture, cut off or too large
 */
export async function readPicture(path: string): Promise<Picture> {
  const sharp = await loadSharp();
  const bytes = await readBytes(path);
  try {
    return await decode(() => sharp(bytes, inputOptions(false)), sharp(bytes, inputOptions(true)));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The size of the picture in a file, from its header alone. */
export async function readPictureSize(path: string): Promise<{ width: number; height: number; bits: 8 | 16 }> {
  const sharp = await loadSharp();
  const bytes = await readBytes(path);
  try {
    const { autoOrient, depth } = await sharp(bytes, inputOptions(true)).metadata();
    return { width: autoOrient.width, height: autoOrient.height, bits: depth === "ushort" ? 16 : 8 };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The format that a file name asks for. @throws EsrganError "bad-input" for other endings than .png, .jpg, .jpeg and .webp */
export function pictureFormat(path: string): PictureFormat {
  const format = FORMATS[extname(path).toLowerCase()];
  if (format) return format;
  throw new EsrganError("bad-input", `The output ${path} ends in neither .png, .jpg, .jpeg nor .webp`);
}

/** @throws EsrganError "bad-input" if a picture of this size does not fit into the format that the file name asks for */
export function requireFits(path: string, width: number, height: number): void {
  const format = pictureFormat(path);
  if (Math.max(width, height) <= MAX_SIDE[format]) return;
  const message = `The output ${path} would be ${width}x${height}, more than the ${MAX_SIDE[format]} a side that ${format} has`;
  throw new EsrganError("bad-input", message);
}

/**
 * Writes a picture in the format that the file name asks for: PNG without any loss; JPEG and WebP with 8 bits, JPEG with transparency on white.
 * The file appears, or replaces another, once it is whole. `onTemporary` hears of the file beside it that it is written to at first.
 * @throws EsrganError "bad-input" if the format cannot hold the picture or the file cannot be written
 */
export async function writePicture(
  path: string,
  picture: Picture,
  onTemporary?: (path: string) => unknown,
): Promise<void> {
  const format = pictureFormat(path);
  requireFits(path, picture.pixels.width, picture.pixels.height);
  const bytes = await encode(picture, format);
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
  await onTemporary?.(temporary);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync(); // a rename may reach the disk before the bytes do
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new EsrganError("bad-input", `The output ${path} cannot be written: ${reason(error)}`, { cause: error });
  }
}

type SharpFunction = typeof import("sharp").default;

async function loadSharp(): Promise<SharpFunction> {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    const message =
      "Reading and writing picture files needs the npm package sharp, which is not installed: npm install sharp";
    throw new EsrganError("internal", message, { cause });
  }
}

function inputOptions(ignoreIcc: boolean): SharpOptions {
  return { ignoreIcc, failOn: "truncated", limitInputPixels: MAX_PIXELS, autoOrient: true };
}

async function readBytes(path: string): Promise<Buffer> {
  const fail = (why: string, cause?: unknown) => {
    throw new EsrganError("bad-input", `The picture ${path} cannot be read: ${why}`, { cause });
  };
  const file = await open(path, "r").catch((error) => fail(reason(error), error));
  try {
    const status = await file.stat();
    if (status.isDirectory()) fail("it is a folder");
    if (status.size > MAX_FILE_BYTES) fail(`it has ${status.size} bytes, more than the ${MAX_FILE_BYTES} allowed`);
    const bytes = await readFile(file);
    if (!isPicture(bytes)) fail(bytes.length === 0 ? "it is empty" : "it is neither a PNG, a JPEG nor a WebP file");
    return bytes;
  } finally {
    await file.close();
  }
}

/** By the first bytes: sharp reads other formats too, which nobody asked for and which widen what a stranger's file can do. */
function isPicture(bytes: Buffer): boolean {
  const start = bytes.toString("latin1", 0, 12);
  return start.startsWith("\x89PNG\r\n\x1a\n") || start.startsWith("\xff\xd8\xff") || /^RIFF.{4}WEBP$/s.test(start);
}

async function decode(withIcc: () => Sharp, image: Sharp): Promise<Picture> {
  const { depth, space, icc, channels, hasAlpha } = await image.metadata();
  const bits = depth === "ushort" ? 16 : 8;
  const isCmyk = space === "cmyk"; // only its profile says what that looks like: sharp turns it into sRGB
  const isGray = channels < 3;
  // With 8 bits sharp drops the alpha of a gray picture on the way to raw values, so that one goes as RGBA.
  const isGrayAlpha = isGray && hasAlpha && bits === 8;
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
  return icc && !isCmyk ? { pixels, iccProfile: icc } : { pixels };
}

/** Gray and alpha of RGBA with equal colours. */
function everyOther(rgba: Uint8Array | Uint16Array): Uint8Array {
  const out = new Uint8Array(rgba.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = rgba[i * 2 + (i % 2)]!;
  return out;
}

async function encode({ pixels, iccProfile }: Picture, format: PictureFormat): Promise<Buffer> {
  const sharp = await loadSharp();
  const { width, height, channels, bits } = pixels;
  const isWide = bits === 16 && format === "png";
  const data = bits === 16 && !isWide ? toBytes(pixels.data) : pixels.data;
  const isGray = channels < 3;
  const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).toColourspace(
    isWide ? (isGray ? "grey16" : "rgb16") : isGray ? "b-w" : "srgb",
  );
  const file = await {
    png: () => image.png(),
    jpeg: () => image.flatten({ background: "#ffffff" }).jpeg({ quality: LOSSY_QUALITY, chromaSubsampling: "4:4:4" }),
    webp: () => image.webp({ quality: LOSSY_QUALITY, smartSubsample: true }),
  }
    [format]()
    .toBuffer();
  // A profile of gray values does not fit WebP, which has only colours.
  return iccProfile && !(isGray && format === "webp") ? embedIccProfile(file, format, iccProfile) : file;
}

function toBytes(data: Pixels["data"]): Uint8Array {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.round(data[i]! / 257);
  return out;
}

function unreadable(path: string, error: unknown): EsrganError {
  if (error instanceof EsrganError) return error;
  const said = error instanceof Error ? error.message.split("\n")[0]!.replace(/[:.]+$/, "") : String(error);
  const why = /pixel limit/i.test(said)
    ? `it has more than the ${MAX_PIXELS} pixels allowed`
    : `it is cut off or damaged (${said})`;
  return new EsrganError("bad-input", `The picture ${path} cannot be read: ${why}`, { cause: error });
}

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EISDIR: "it is a folder",
};

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
