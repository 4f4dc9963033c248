// Which picture formats there are: by a file's ending, by its first bytes, and what files are that are none of them. Owns those tables.
import { extname } from "node:path";
import { EsrganError } from "../index.js";
import { printable } from "./file-name.js";
import { jpegProblem } from "./jpeg-frame.js";
import { TiffDirectory } from "./tiff-directory.js";

/** A format that pictures are written in. */
export type PictureFormat = "png" | "jpeg" | "webp" | "avif" | "tiff";

/** What is written, and how it is called. */
export const FORMAT_NAMES: Record<PictureFormat, string> = {
  png: "PNG",
  jpeg: "JPEG",
  webp: "WebP",
  avif: "AVIF",
  tiff: "TIFF",
};

/** What is read, for a sentence. */
export const READ_FORMATS = "PNG, JPEG, WebP, AVIF, TIFF or GIF";

const ENDINGS: Record<string, PictureFormat> = {
  ".png": "png",
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".jfif": "jpeg",
  ".webp": "webp",
  ".avif": "avif",
  ".tif": "tiff",
  ".tiff": "tiff",
};
// Of files that are refused by what they are, rather than left out as something else.
const OTHER_ENDINGS = [".gif", ".heic", ".heif", ".bmp"];
export const MAX_SIDE: Record<PictureFormat, number> = {
  png: 2 ** 31 - 1,
  jpeg: 65535,
  webp: 16383,
  avif: 16384, // what the encoder takes
  tiff: 2 ** 31 - 1,
};

/** Whether a file of this name should be a picture. */
export function hasPictureEnding(path: string): boolean {
  const ending = extname(path).toLowerCase();
  return Object.hasOwn(ENDINGS, ending) || OTHER_ENDINGS.includes(ending);
}

/** Whether a file of this name is one picture, and cannot be an animation. */
export function isStillFormat(path: string): boolean {
  const ending = extname(path).toLowerCase();
  return hasPictureEnding(path) && ![".gif", ".webp", ".avif"].includes(ending);
}

/** How names of files of this format end. */
export function formatEnding(format: PictureFormat): string {
  return format === "jpeg" ? ".jpg" : `.${format}`;
}

/** The format that a file name asks for. @throws EsrganError "bad-input" for other endings than those of pictures that are written */
export function pictureFormat(path: string): PictureFormat {
  const ending = extname(path).toLowerCase();
  if (Object.hasOwn(ENDINGS, ending)) return ENDINGS[ending]!;
  const message = `The output ${printable(path)} ends in neither .png, .jpg, .jpeg, .webp, .avif, .tif nor .tiff`;
  throw new EsrganError("bad-input", message);
}

/** @throws EsrganError "bad-input" if a picture of this size does not fit into the format */
export function requireFits(path: string, format: PictureFormat, width: number, height: number): void {
  const most = MAX_SIDE[format];
  const isPicture = [width, height].every((side) => Number.isSafeInteger(side) && side >= 1);
  if (isPicture && Math.max(width, height) <= most) return;
  const why = !isPicture ? "which is no picture" : `more than the ${most} a side that ${format} has`;
  throw new EsrganError("bad-input", `The output ${printable(path)} would be ${width}x${height}, ${why}`);
}

/** So many first bytes tell what a file is. */
export const PICTURE_START_BYTES = 64;

type ReadFormat = PictureFormat | "gif";

/**
 * What picture a file is by its first bytes; undefined for all that is not read: sharp reads other formats too, which nobody asked for and which
 * widen what a stranger's file can do.
 */
export function sniffPicture(bytes: Buffer): ReadFormat | undefined {
  const start = bytes.toString("latin1", 0, PICTURE_START_BYTES);
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (start.startsWith("\xff\xd8\xff")) return "jpeg";
  if (/^RIFF.{4}WEBP/s.test(start)) return "webp";
  if (/^GIF8[79]a/.test(start)) return "gif";
  if (/^(?:II[*+]\0|MM\0[*+])/.test(start)) return "tiff";
  return brands(bytes).some((brand) => /^avi[fs]$/.test(brand)) ? "avif" : undefined;
}

/** The brands of an ISO media file (HEIF, AVIF, MP4), the main one first. */
function brands(bytes: Buffer): string[] {
  if (bytes.length < 16 || bytes.toString("latin1", 4, 8) !== "ftyp") return [];
  const end = Math.min(bytes.length, bytes.readUInt32BE(0));
  const all = bytes.toString("latin1", 8, Math.min(end, PICTURE_START_BYTES)).match(/.{4}/gs) ?? [];
  return all.filter((_, index) => index !== 1); // the second is a version
}

/** Why a file is not read as a picture, by what it is; undefined where the decoder may be asked. */
export function pictureProblem(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return "it is empty";
  const format = sniffPicture(bytes);
  if (format === "jpeg") return jpegProblem(bytes);
  if (format === "tiff") return rawProblem(bytes);
  if (format) return undefined;
  const found = OTHERS.find(([, test]) => isLike(bytes, test));
  if (!found) return `it is no picture of a kind that is read (${READ_FORMATS})`;
  const [name, , what = CONVERT] = found;
  return `it is ${name}; ${what}`;
}

const CONVERT = "convert it to PNG, TIFF or JPEG first";
const NOTHING = "give a picture";
const VIDEO = "give a picture, or frames of the video";

// What people have instead, what it begins with or is known by, and what they can do.
const OTHERS: [name: string, test: readonly string[] | RegExp | ((bytes: Buffer) => boolean), what?: string][] = [
  ["a HEIC picture", (bytes) => brands(bytes).some((brand) => /^(?:he[ivm]\w|hevc|mif1|msf1)$/.test(brand))],
  ["a BMP picture", isBmp],
  ["a JPEG XL picture", ["\xff\x0a", "\0\0\0\x0cJXL "]],
  ["a JPEG 2000 picture", ["\0\0\0\x0cjP  ", "\xff\x4f\xff\x51"]],
  ["a Photoshop document", ["8BPS"]],
  ["an OpenEXR picture", ["\x76\x2f\x31\x01"]],
  ["a Radiance HDR picture", ["#?RADIANCE", "#?RGBE"]],
  ["a QOI picture", ["qoif"]],
  ["a DDS texture", ["DDS "]],
  ["a KTX texture", ["\xabKTX"]],
  ["an icon file", ["\0\0\x01\0", "\0\0\x02\0"]],
  ["a PNM picture", /^P[1-7]\s/],
  ["an MNG animation", ["\x8aMNG"]],
  ["a camera's raw file", (bytes) => /^(?:FUJIFILM|IIRO|IIU\0)/.test(firstText(bytes)) || brands(bytes)[0] === "crx "],
  ["an SVG drawing", /^(?:\xef\xbb\xbf)?\s*(?:<[?!].*?>\s*)*<svg/is],
  ["a PDF document", ["%PDF"]],
  ["an HTML page, not what it links to", /^\s*<(?:!doctype html|html)/i, NOTHING],
  ["a Git LFS pointer", ["version https://git-lfs"], "fetch the picture with git lfs pull"],
  ["a video", /^(?:.{4}ftyp|RIFF.{4}AVI )/s, VIDEO],
  ["a video", ["\x1a\x45\xdf\xa3"], VIDEO],
  ["a zip archive, or a document that is one", ["PK\x03\x04"], "unpack it first"],
  ["compressed with gzip", ["\x1f\x8b"], "unpack it first"],
  ["a text file", /^[\t\n\r -~]+$/, NOTHING],
];

const BMP_HEADERS = [12, 16, 40, 52, 56, 64, 108, 124]; // lengths of the versions of its second one

/** With zeros where programs may leave a mark, or with a second header of a length that there is. */
function isBmp(bytes: Buffer): boolean {
  if (bytes.toString("latin1", 0, 2) !== "BM" || bytes.length < 10) return false;
  return bytes.readUInt32LE(6) === 0 || (bytes.length >= 18 && BMP_HEADERS.includes(bytes.readUInt32LE(14)));
}

function isLike(bytes: Buffer, test: (typeof OTHERS)[number][1]): boolean {
  if (typeof test === "function") return test(bytes);
  const text = firstText(bytes);
  return test instanceof RegExp ? test.test(text) : test.some((start) => text.startsWith(start));
}

function firstText(bytes: Buffer): string {
  return bytes.toString("latin1", 0, 512);
}

const SUBFILE_TYPE = 254;
const DNG_VERSION = 50706;

/** Raw files of cameras are TIFF files whose first picture is a small one. */
function rawProblem(bytes: Buffer): string | undefined {
  const directory = new TiffDirectory(bytes);
  const isCanon = bytes.toString("latin1", 8, 10) === "CR";
  const isReduced = ((directory.entry(directory.first, SUBFILE_TYPE)?.value ?? 0) & 1) === 1;
  if (!isCanon && !isReduced && !directory.entry(directory.first, DNG_VERSION)) return undefined;
  return "it is a camera's raw file; develop it to a TIFF, PNG or JPEG first";
}
