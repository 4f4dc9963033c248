// Owns making the results that live on the CPU. Textures, canvases and bitmaps without a read-back are gpu/present.ts.

import { EsrganError } from "../errors.js";
import { loadPart } from "../load-part.js";
import { LARGEST_VALUE, type Pixels } from "../ops/pixels.js";
import { floatToHalf } from "../weights/half.js";
import { hasAlpha } from "./alpha.js";
import { type BlobOptions, requireBlobOptions } from "./output-kind.js";
import { type ColorSpace, className, type PixelFormat } from "./source.js";

/**
 * `pixels` as RGBA; of 8 bits it shares the memory of pixels that are that.
 * @throws EsrganError "bad-input" where this environment has no ImageData of float16
 */
export function imageDataOf(
  pixels: Pixels,
  colorSpace: ColorSpace,
  pixelFormat: PixelFormat = "rgba-unorm8",
): ImageData {
  const { width, height } = pixels;
  if (pixelFormat === "rgba-float16") return float16ImageData(pixels, colorSpace);
  const data = rgba8(pixels);
  // Stand-ins for ImageData in Node may know two or three arguments only.
  return colorSpace === "srgb"
    ? new ImageData(data, width, height)
    : new ImageData(data, width, height, { colorSpace });
}

/** `pixels` as a bitmap with straight alpha, value for value. The bitmap is the caller's to close. */
export function bitmapOf(pixels: Pixels, colorSpace: ColorSpace): Promise<ImageBitmap> {
  // Without a conversion Chromium takes values of display-p3 for sRGB.
  const colorSpaceConversion = colorSpace === "srgb" ? "none" : "default";
  const options = { premultiplyAlpha: "none", colorSpaceConversion } as const;
  return createImageBitmap(imageDataOf(pixels, colorSpace), options);
}

function loadPng(): Promise<typeof import("./png.js")> {
  return loadPart(() => import("./png.js"));
}

/** Asks for the part that writes such a file, which comes while there is no picture yet. */
export function requestWriter({ type = "image/png" }: BlobOptions): void {
  if (type === "image/png") loadPng().catch(() => {}); // what does not load is told by blobOf
}

// Formats' own limits (WebP 14 bits, libjpeg's JPEG_MAX_DIMENSION): Chromium cuts off what is more, without an error.
const LARGEST_SIDE: Readonly<Record<string, number>> = { "image/webp": 16383, "image/jpeg": 65500 };

/**
 * `pixels` as a picture file. Where JPEG has no alpha the browser draws the picture on black.
 * @throws EsrganError "bad-input" for a type that this environment cannot write, or a quality outside 0..1
 */
export async function blobOf(pixels: Pixels, options: BlobOptions, colorSpace: ColorSpace): Promise<Blob> {
  requireBlobOptions(options);
  const { type = "image/png", quality } = options;
  if (type === "image/png") {
    const { pngOf } = await loadPng();
    return pngOf([pixels], pixels, colorSpace);
  }
  const { width, height } = pixels;
  const cannot = (why: string, cause?: unknown) =>
    new EsrganError("bad-input", `A picture of ${width}x${height} pixels cannot be written as ${type}: ${why}`, {
      cause,
    });
  const most = LARGEST_SIDE[type] ?? Number.POSITIVE_INFINITY;
  if (Math.max(width, height) > most) throw cannot(`its sides are at most ${most} pixels`);
  if (typeof OffscreenCanvas === "undefined") throw cannot("this environment has no OffscreenCanvas");
  const context = new OffscreenCanvas(width, height).getContext("2d", { colorSpace, alpha: hasAlpha(pixels) });
  if (!context) throw cannot("the browser refused a canvas of that size");
  let blob: Blob;
  try {
    context.putImageData(imageDataOf(pixels, colorSpace), 0, 0);
    blob = await context.canvas.convertToBlob(quality === undefined ? { type } : { type, quality });
  } catch (cause) {
    throw cannot(cause instanceof Error ? cause.message : String(cause), cause);
  }
  // A browser gives PNG where it does not know the type.
  if (blob.type !== type) throw cannot(`the browser can only give ${blob.type} instead`);
  return blob;
}

function float16ImageData(pixels: Pixels, colorSpace: ColorSpace): ImageData {
  const { width, height } = pixels;
  // Newer than TypeScript's DOM library, as is its array: written as bits, which no name is needed for.
  const settings = { colorSpace, pixelFormat: "rgba-float16" } as ImageDataSettings;
  const made = new ImageData(width, height, settings);
  const { buffer, length } = made.data;
  if (className(made.data) !== "Float16Array") {
    throw new EsrganError(
      "bad-input",
      'This environment has no ImageData of float16, ask for the pixelFormat "rgba-unorm8" or the output "pixels"',
    );
  }
  const most = LARGEST_VALUE[pixels.bits];
  const halves = Uint16Array.from({ length: most + 1 }, (_, level) => floatToHalf(level / most));
  writeRgba(new Uint16Array(buffer, 0, length), pixels, (level) => halves[level]!);
  return made;
}

function rgba8(pixels: Pixels): Uint8ClampedArray<ArrayBuffer> {
  const { data, channels, bits, width, height } = pixels;
  if (channels === 4 && bits === 8 && isOwnMemory(data.buffer)) {
    return new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  }
  const out = new Uint8ClampedArray(width * height * 4);
  writeRgba(out, pixels, bits === 16 ? (level) => Math.round(level / 257) : (level) => level);
  return out;
}

/** Gray goes to all colours, and what has no alpha is opaque. */
export function writeRgba(
  out: Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array,
  { data, channels, bits }: Pixels,
  to: (level: number) => number,
) {
  const gray = channels < 3;
  const opaque = to(LARGEST_VALUE[bits]);
  for (let i = 0, from = 0; i < out.length; i += 4, from += channels) {
    out[i] = to(data[from]!);
    out[i + 1] = to(data[gray ? from : from + 1]!);
    out[i + 2] = to(data[gray ? from : from + 2]!);
    out[i + 3] = channels % 2 === 0 ? to(data[from + channels - 1]!) : opaque;
  }
}

/** ImageData does not take memory that other threads may write to. */
function isOwnMemory(buffer: ArrayBufferLike): buffer is ArrayBuffer {
  return className(buffer) === "ArrayBuffer";
}
