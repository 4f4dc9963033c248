// Writes picture files: PNG by itself, as the rows come, and JPEG, WebP, AVIF and TIFF through the npm package sharp. Owns that the values stay
// what they are as far as the format can hold them, and that what was said of the picture stands in the file.
import type { Sharp } from "sharp";
import { EsrganError, type Pixels } from "../index.js";
import { requireOptions, typeName } from "../options.js";
import { adaptedExif } from "./exif.js";
import { printable } from "./file-name.js";
import { convertToSrgb, type Fit, fitFormat } from "./fit-format.js";
import { loadSharp } from "./load-sharp.js";
import { isAboutMemory, outOfMemory } from "./out-of-memory.js";
import type { Picture, StripedPicture } from "./picture.js";
import { MAX_SIDE, type PictureFormat, pictureFormat, requireFits } from "./picture-format.js";
import { avifPlaceholder, embedAvifExif, embedMetadata, metadataNotes } from "./picture-metadata.js";
import { writePng } from "./png-writer.js";
import { requireWhole, type Strips } from "./strips.js";
import { type Write, writeWholeFile } from "./whole-file.js";
import { adaptedXmp } from "./xmp.js";

/** How a picture file is written. */
export interface WriteOptions {
  /** Default: as the file name's ending says. */
  readonly format?: PictureFormat | undefined;
  /** Of JPEG, WebP and AVIF, 1 to 100. Default: 95, and 80 of AVIF, whose scale is another. */
  readonly quality?: number | undefined;
}

const OPTIONS: readonly (keyof WriteOptions)[] = ["format", "quality"];

// Hardly visible; sharp's defaults take away what the network put in.
const QUALITIES = { jpeg: 95, webp: 95, avif: 80, tiff: 100 };
const MAX_TIFF_BYTES = 2 ** 32 - 2 ** 24; // its offsets have 32 bits

/**
 * Writes a picture in the format that the file name asks for: PNG without any loss; JPEG and WebP with 8 bits, JPEG with transparency on white.
 * Where these two cannot hold the profile the values become sRGB; `onNote` hears of that and of lost bits, in a sentence each. The file appears,
 * or replaces another, once it is whole. `onTemporary` hears of the file beside it that it is written to at first.
 * @throws EsrganError "bad-input" if the format cannot hold the picture or the file cannot be written
 */
export async function writePicture(
  path: string,
  picture: Picture,
  onTemporary?: (path: string) => unknown,
  onNote?: (note: string) => unknown,
  options?: WriteOptions,
): Promise<void> {
  if (!ArrayBuffer.isView(picture?.pixels?.data)) {
    const wanted = "{ pixels: { data, width, height, channels, bits } }";
    throw new EsrganError("bad-input", `A picture to write must be ${wanted}, got ${typeName(picture)}`);
  }
  const { pixels, ...about } = picture;
  const { width, height } = pixels;
  await writePictureStrips(path, [{ y: 0, pixels }], { ...about, width, height }, onTemporary, onNote, options);
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
  options: WriteOptions = {},
): Promise<void> {
  requireWritten(path, strips, picture);
  requireOptions({ onTemporary, onNote }, ["onTemporary", "onNote"], "writePicture");
  requireOptions(options, OPTIONS, "writePicture");
  const { format = pictureFormat(path), quality = 100 } = options;
  if (!Object.hasOwn(MAX_SIDE, format)) {
    const known = Object.keys(MAX_SIDE).join(", ");
    throw new EsrganError("bad-input", `format must be one of ${known}, got ${String(format)}`);
  }
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new EsrganError("bad-input", `quality must be a whole number from 1 to 100, got ${String(quality)}`);
  }
  requireFits(path, format, picture.width, picture.height);
  const fill = (write: Write) => writeStrips(path, strips, picture, write, onNote, { ...options, format });
  await writeWholeFile(path, fill, onTemporary);
}

function requireWritten(path: string, strips: Strips, picture: StripedPicture): void {
  const refuse = (what: string, got: unknown) => new EsrganError("bad-input", `${what}, got ${typeName(got)}`);
  if (typeof path !== "string") throw refuse("The path of a picture must be a string", path);
  if (typeof picture !== "object" || picture === null) throw refuse("A picture must be { width, height }", picture);
  const { [Symbol.iterator]: now, [Symbol.asyncIterator]: later } = Object(strips) as Record<symbol, unknown>;
  if (typeof (now ?? later) === "function" && typeof strips !== "string") return;
  throw refuse("Strips must be an iterable of { y, pixels }", strips);
}

/** Writes the bytes of a picture file, of which `name` is said in errors. @throws as writePictureStrips */
export async function writeStrips(
  name: string,
  strips: Strips,
  picture: StripedPicture,
  write: Write,
  onNote: ((note: string) => unknown) | undefined,
  { format = "png", quality }: WriteOptions,
): Promise<void> {
  const exif = picture.exif && adaptedExif(picture.exif, picture);
  const xmp = picture.xmp && adaptedXmp(picture.xmp, picture);
  const adapted = { ...picture, ...(exif && { exif }), ...(xmp && { xmp }) };
  if (format === "png") await writePng(strips, adapted, write);
  else await write(await encode(name, strips, format, adapted, onNote, quality));
}

type EncodedFormat = Exclude<PictureFormat, "png">;

async function encode(
  path: string,
  strips: Strips,
  format: EncodedFormat,
  picture: StripedPicture,
  onNote?: (note: string) => unknown,
  quality = QUALITIES[format],
): Promise<Buffer> {
  const sharp = loadSharp();
  const { pixels, fit } = await join(path, strips, format, picture);
  for (const note of [...fit.notes, ...metadataNotes(format, picture)]) onNote?.(note);
  try {
    const { data, width, height, channels, bits } = fit.converted
      ? await convertToSrgb(sharp, pixels, fit.converted)
      : pixels;
    const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
    const isGray = channels < 3;
    image.toColourspace(bits === 16 ? (isGray ? "grey16" : "rgb16") : isGray ? "b-w" : "srgb");
    const file = await {
      jpeg: () => image.flatten({ background: "#ffffff" }).jpeg({ quality, chromaSubsampling: "4:4:4" }),
      webp: () => image.webp({ quality, smartSubsample: true }),
      avif: () => described(image, picture).avif({ quality, chromaSubsampling: "4:4:4" }),
      tiff: () => image.tiff({ compression: "deflate", predictor: "horizontal" }),
    }
      [format]()
      .toBuffer();
    return format === "avif"
      ? embedAvifExif(file, picture)
      : embedMetadata(file, format, { ...picture, iccProfile: fit.embedded });
  } catch (error) {
    if (isAboutMemory(error))
      throw outOfMemory(`the output ${printable(path)} was written; a PNG takes next to none`, error);
    throw error;
  }
}

/** With what libvips itself can put into the file. */
function described(image: Sharp, picture: StripedPicture): Sharp {
  const placeholder = avifPlaceholder(picture);
  if (placeholder) image.withExif({ IFD0: { ImageDescription: placeholder } });
  const { xmp } = picture;
  return xmp ? image.withXmp(Buffer.from(xmp).toString()) : image;
}

/**
 * The strips as one picture, and how that goes into the format: with 8 bits, or with all that it has where values are to be converted.
 * @throws EsrganError "bad-input" if there is no memory for so large a one
 */
async function join(path: string, strips: Strips, format: EncodedFormat, picture: StripedPicture) {
  const { width, height } = picture;
  let fit: Fit | undefined;
  let whole: Pixels | undefined;
  let at = 0;
  for await (const pixels of requireWhole(strips, picture)) {
    const { data, channels } = pixels;
    fit ??= fitFormat(format, picture, pixels);
    const bits = fit.converted || format === "tiff" ? pixels.bits : 8;
    if (format === "tiff") requireTiff(path, (width * height * channels * bits) / 8);
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
    throw new EsrganError("out-of-memory", message, { cause });
  }
}

function requireTiff(path: string, byteLength: number): void {
  if (byteLength <= MAX_TIFF_BYTES) return;
  throw new EsrganError(
    "bad-input",
    `The output ${printable(path)} has ${byteLength} bytes, more than a TIFF; a PNG may have them`,
  );
}
