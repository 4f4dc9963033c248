// Owns what may be given as a picture, which kind it is, and bringing those on the CPU to raw
// pixels. Pictures that the browser holds are element.ts, files and addresses decode.ts.

import { EsrganError } from "../errors.js";
import { isDetached } from "../ops/checks.js";
import { requirePixels } from "../ops/image-to-tensor.js";
import { LARGEST_VALUE, type Pixels } from "../ops/pixels.js";
import { typeName } from "../options.js";
import { halfToFloat } from "../weights/half.js";

/** Pixels, row by row; `bits` follows from the array's type where it is left out. */
export interface RawPixels extends Omit<Pixels, "bits"> {
  /** 8 or 16 a channel; by default what the array holds. */
  readonly bits?: Pixels["bits"] | undefined;
}

/** What sharp gives for `.raw().toBuffer({ resolveWithObject: true })`, 8 bits or "ushort". */
export interface SharpPixels {
  /** Row by row; for "ushort" the bytes of 16-bit values. */
  readonly data: Uint8Array;
  /** What sharp says of them. */
  readonly info: Pick<Pixels, "width" | "height" | "channels">;
}

/** A picture that the browser holds: elements, canvases, bitmaps and video frames. */
export type ElementSource =
  | ImageBitmap
  | HTMLImageElement
  | SVGImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | VideoFrame;

/** A picture: raw pixels, or whatever the platform calls one. A File is a Blob. */
export type ImageSource = RawPixels | SharpPixels | ImageData | ElementSource | Blob | URL | GPUTexture | TextureLevel;

/** One level and layer of a texture: the first of both by default. */
export interface TextureLevel {
  /** With the usage that reading or writing it takes. */
  readonly texture: GPUTexture;
  /** 0 by default. */
  readonly mipLevel?: number | undefined;
  /** 0 by default. */
  readonly arrayLayer?: number | undefined;
}

export type SourceKind = "pixels" | "imageData" | "element" | "blob" | "url" | "texture";

/** Which colours a picture's values mean; both have the transfer function of sRGB. */
export type ColorSpace = "srgb" | "display-p3";

/** How ImageData holds values: 0 to 255, or half-precision floats of which 0 to 1 count. */
export type PixelFormat = "rgba-unorm8" | "rgba-float16";

// By the class's name, as objects of another realm (a frame's, Node's vm) are of another class.
const KINDS: ReadonlyMap<string, SourceKind> = new Map<string, SourceKind>([
  ["ImageBitmap", "element"],
  ["HTMLImageElement", "element"],
  ["SVGImageElement", "element"],
  ["HTMLVideoElement", "element"],
  ["HTMLCanvasElement", "element"],
  ["OffscreenCanvas", "element"],
  ["VideoFrame", "element"],
  ["ImageData", "imageData"],
  ["Blob", "blob"],
  ["File", "blob"],
  ["URL", "url"],
  ["GPUTexture", "texture"],
]);

const WANTED =
  "A picture must be an ImageBitmap, an image, video or canvas element, a VideoFrame, ImageData, " +
  "a Blob, a URL, a GPUTexture or { data, width, height, channels, bits }";

/** The kind of `source`. @throws EsrganError "bad-input" naming what came instead of a picture */
export function sourceKind(source: ImageSource): SourceKind {
  const value: unknown = source;
  if (typeof value !== "object" || value === null) throw new EsrganError("bad-input", notAPicture(value));
  const kind = KINDS.get(className(value));
  if (kind) return kind;
  // Not every environment names the classes of WebGPU.
  if ("texture" in value || "createView" in value) return "texture";
  if (!("data" in value)) throw new EsrganError("bad-input", notAPicture(value));
  // Not every environment has ImageData: what has its shape counts.
  const isImageData = "width" in value && !("channels" in value) && !("info" in value);
  return isImageData ? "imageData" : "pixels";
}

function notAPicture(value: unknown): string {
  if (typeof value === "string") {
    return `${WANTED}, got a string: use new URL(...) for an address, or fetch its Blob`;
  }
  if (value === null || typeof value !== "object") return `${WANTED}, got ${typeName(value)}`;
  const name = className(value);
  if (/^(HTML|SVG|MathML)\w*Element$/.test(name)) return `${WANTED}, got an element of class ${name}`;
  return `${WANTED}, got ${name === "Object" ? "an object without data" : `an object of class ${name}`}`;
}

/** The name of the class of `value`, whichever realm it is from. */
export function className(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** How ImageData holds its values; undefined for pictures of other kinds. @throws EsrganError "bad-input" if it is no picture */
export function pixelFormatOf(source: ImageSource): PixelFormat | undefined {
  if (!isImageData(source)) return undefined;
  return className(source.data) === "Float16Array" ? "rgba-float16" : "rgba-unorm8";
}

/** Whether `source` is ImageData, or has its shape. @throws EsrganError "bad-input" if it is no picture */
export function isImageData(source: ImageSource): source is ImageData {
  return sourceKind(source) === "imageData";
}

/**
 * The raw pixels of a source of the kind "pixels" or "imageData", not copied where they need not be
 * converted. ImageData of float16 becomes 16 bits, clamped to 0..1.
 * @throws EsrganError "bad-input"
 */
export function pixelsOf(source: ImageSource): Pixels {
  const kind = sourceKind(source);
  if (kind === "imageData") return checked(imageDataPixels(source as ImageData));
  if (kind !== "pixels") {
    const wanted = "ImageData or { data, width, height, channels, bits }";
    throw new EsrganError(
      "bad-input",
      `The picture must be ${wanted} here, got an object of class ${className(source)}`,
    );
  }
  return checked("info" in source ? sharpPixels(source as SharpPixels) : rawPixels(source as RawPixels));
}

/** As pixelsOf, copied: what the caller does to `source` afterwards changes nothing. @throws EsrganError "bad-input" */
export function copiedPixels(source: ImageSource): Pixels {
  const pixels = pixelsOf(source);
  const { data, bits } = pixels;
  return { ...pixels, data: bits === 16 ? new Uint16Array(data) : new Uint8Array(data) };
}

/**
 * "display-p3" for ImageData, canvases and video frames in that space, else "srgb". Nothing happens
 * to `source`: a canvas gets no context.
 */
export function colorSpaceOf(source: ImageSource): ColorSpace {
  switch (className(source)) {
    case "ImageData":
      return (source as ImageData).colorSpace === "display-p3" ? "display-p3" : "srgb";
    case "HTMLCanvasElement":
    case "OffscreenCanvas":
      return canvasColorSpace(source as HTMLCanvasElement | OffscreenCanvas);
    case "VideoFrame":
      return frameColorSpace(source as VideoFrame);
    default:
      return "srgb";
  }
}

/** By a frame of the canvas, since asking for its context would make one where there is none. */
function canvasColorSpace(canvas: HTMLCanvasElement | OffscreenCanvas): ColorSpace {
  if (typeof VideoFrame === "undefined") return "srgb";
  let frame: VideoFrame;
  try {
    frame = new VideoFrame(canvas, { timestamp: 0 });
  } catch {
    return "srgb"; // empty or tainted: refused where it is read
  }
  const colorSpace = frameColorSpace(frame);
  frame.close();
  return colorSpace;
}

function frameColorSpace({ colorSpace }: VideoFrame): ColorSpace {
  const primaries: string | null = colorSpace?.primaries ?? null;
  return primaries === "smpte432" ? "display-p3" : "srgb"; // SMPTE EG 432-1: the primaries of Display P3
}

function checked(pixels: Pixels): Pixels {
  requireAttached(pixels);
  requirePixels(pixels);
  return pixels;
}

function rawPixels(source: RawPixels): Pixels {
  const { data, width, height, channels } = source;
  return { data, width, height, channels, bits: source.bits ?? bitsOf(data, `${width}x${height} pixels`) };
}

function bitsOf(data: unknown, size: string): Pixels["bits"] {
  const type = className(data);
  if (type === "Uint16Array") return 16;
  if (type === "Uint8Array" || type === "Uint8ClampedArray") return 8;
  throw new EsrganError(
    "bad-input",
    `A picture of ${size} came with data of type ${type}, expected Uint8Array, Uint8ClampedArray or Uint16Array`,
  );
}

function sharpPixels({ data, info }: SharpPixels): Pixels {
  if (typeof info !== "object" || info === null) {
    throw new EsrganError("bad-input", "A picture with info must be { data, info: { width, height, channels } }");
  }
  const { format = "raw", depth = "uchar" } = info as { format?: unknown; depth?: unknown };
  if (format !== "raw" || (depth !== "uchar" && depth !== "ushort")) {
    throw new EsrganError(
      "bad-input",
      `The result of sharp has the format ${format} and the depth ${depth}, expected .raw() with uchar or ushort`,
    );
  }
  const { width, height, channels } = info;
  if (depth === "uchar") return { data, width, height, channels, bits: 8 };
  requireAttached({ data, width, height });
  const isAligned = data.byteOffset % 2 === 0;
  const bytes = isAligned ? data : new Uint8Array(data);
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
  return { data: words, width, height, channels, bits: 16 };
}

function imageDataPixels({ data, width, height }: ImageData): Pixels {
  const shape = { width, height, channels: 4 } as const;
  if (className(data) !== "Float16Array") return { data: data as Uint8ClampedArray, ...shape, bits: 8 };
  requireAttached({ data, width, height });
  // Read as halves, so that no Float16Array need be known.
  const { buffer, byteOffset, length } = data as unknown as Uint16Array;
  const halves = new Uint16Array(buffer, byteOffset, length);
  return { data: halves.map(levelOfHalf()), ...shape, bits: 16 };
}

/** 16-bit levels of half-precision bits, by a table: a picture has many values and few different ones. */
function levelOfHalf(): (half: number) => number {
  const max = LARGEST_VALUE[16];
  const levels = Uint16Array.from({ length: 0x10000 }, (_, half) => {
    const value = halfToFloat(half);
    return value > 0 ? Math.floor(Math.min(value, 1) * max + 0.5) : 0; // NaN too
  });
  return (half) => levels[half]!;
}

/** A buffer that was transferred away has no bytes left: the array's length alone would name the wrong mistake. */
function requireAttached({ data, width, height }: { data: unknown; width: number; height: number }): void {
  if (!ArrayBuffer.isView(data) || !isDetached(data.buffer)) return;
  throw new EsrganError(
    "bad-input",
    `A picture of ${width}x${height} pixels came with data whose ArrayBuffer is detached: it was transferred elsewhere`,
  );
}
