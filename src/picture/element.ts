// Owns the state of pictures that the browser holds: their size, and whether they can be read now.
// Reading them is gpu/external-image.ts and canvas-copy.ts.

import { EsrganError } from "../errors.js";
import type { PictureSize } from "../ops/image-to-tensor.js";
import { className, type ElementSource } from "./source.js";

/**
 * The size of `source` in pixels: the size of an image's file, turned upright, the display size of a VideoFrame,
 * width and height of an SVG image in CSS pixels, rounded.
 * @throws EsrganError "bad-input" if it was closed, is empty or has not loaded
 */
export function elementSize(source: ElementSource): PictureSize {
  const name = className(source);
  switch (name) {
    case "ImageBitmap":
      return sizeUnlessEmpty(source as ImageBitmap, "The ImageBitmap is closed or was transferred elsewhere");
    case "VideoFrame":
      return frameSize(source as VideoFrame);
    case "HTMLImageElement":
      return imageSize(source as HTMLImageElement);
    case "HTMLVideoElement":
      return videoSize(source as HTMLVideoElement);
    case "SVGImageElement":
      return svgImageSize(source as SVGImageElement);
    default:
      return sizeUnlessEmpty(source as HTMLCanvasElement | OffscreenCanvas, emptyCanvas(name, source as PictureSize));
  }
}

function emptyCanvas(name: string, { width, height }: PictureSize): string {
  return `The ${name} of ${width}x${height} pixels is empty, expected a positive width and height`;
}

function sizeUnlessEmpty({ width, height }: PictureSize, message: string): PictureSize {
  if (!(width > 0 && height > 0)) throw new EsrganError("bad-input", message);
  return { width, height };
}

function frameSize({ displayWidth: width, displayHeight: height }: VideoFrame): PictureSize {
  return sizeUnlessEmpty({ width, height }, "The VideoFrame is closed or was transferred elsewhere");
}

function imageSize(image: HTMLImageElement): PictureSize {
  const { naturalWidth: width, naturalHeight: height } = image;
  const address = image.currentSrc || image.src;
  const which = address ? `The image element with ${shortened(address)}` : "The image element without src";
  if (!image.complete || !address) {
    throw new EsrganError("bad-input", `${which} has not loaded, call its decode() and wait for it first`);
  }
  sizeUnlessEmpty({ width, height }, `${which} is broken or has no size of its own, so it has no pixels`);
  return mayBeDenser(image) ? denseSize(image) : { width, height };
}

/** Whether the natural size may be in CSS pixels of several pixels each: `srcset` with "2x" or widths. */
function mayBeDenser(image: HTMLImageElement): boolean {
  return image.srcset !== "" || className(image.parentElement) === "HTMLPictureElement";
}

/** The size in pixels, which only a frame of the image tells. */
function denseSize(image: HTMLImageElement): PictureSize {
  const natural = { width: image.naturalWidth, height: image.naturalHeight };
  if (typeof VideoFrame === "undefined") return natural;
  try {
    const frame = new VideoFrame(image, { timestamp: 0 });
    const { displayWidth: width, displayHeight: height } = frame;
    frame.close();
    return { width, height };
  } catch {
    return natural; // a vector image; or tainted, which is refused where it is read
  }
}

/**
 * Whether WebGPU would copy something else than the picture in its whole `size`, so that a 2D canvas has to
 * stand in between: it does not take SVG images, takes vector images without a size of their own as
 * nothing (Chromium 147), and a part of those that are denser than their natural size.
 */
export function needsCanvas(source: ElementSource, size: PictureSize): boolean {
  if (className(source) === "SVGImageElement") return true;
  if (className(source) !== "HTMLImageElement") return false;
  const { currentSrc, naturalWidth, naturalHeight } = source as HTMLImageElement;
  const isVector = /^data:image\/svg\+xml|^[^?#]*\.svgz?([?#]|$)/i.test(currentSrc);
  return isVector || naturalWidth !== size.width || naturalHeight !== size.height;
}

function videoSize(video: HTMLVideoElement): PictureSize {
  const { videoWidth: width, videoHeight: height, readyState } = video;
  // HTMLMediaElement.HAVE_CURRENT_DATA
  if (readyState < 2 || width === 0) {
    throw new EsrganError(
      "bad-input",
      `The video element has no current frame (readyState ${readyState}, ${width}x${height} pixels), wait for "loadeddata"`,
    );
  }
  return { width, height };
}

function svgImageSize(image: SVGImageElement): PictureSize {
  const [width, height] = [image.width.baseVal.value, image.height.baseVal.value];
  const message = `The SVG image element of ${width}x${height} pixels is empty, set its width and height`;
  sizeUnlessEmpty({ width, height }, message);
  return { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) };
}

/** Whether the pixels of `frame` are opaque by their format, whatever they are; false where only a look can tell. */
export function isOpaqueFormat(source: ElementSource): boolean {
  if (className(source) !== "VideoFrame") return false;
  const format: string | null = (source as VideoFrame).format;
  return format !== null && /^(I4\d\d(P1[02])?|NV\d\d|RGBX|BGRX)$/.test(format);
}

/** What the browser threw when `source` was read, as a sentence. */
export function readingError(source: ElementSource, cause: unknown): EsrganError {
  const name = className(source);
  const { name: error, message } = cause instanceof Error || isDomException(cause) ? cause : new Error(String(cause));
  if (error === "SecurityError") {
    return new EsrganError(
      "bad-input",
      `The ${name} holds pixels of another origin that may not be read: serve them with CORS and set crossOrigin`,
      { cause },
    );
  }
  const why = message.replace(/^Failed to execute '\w+' on '\w+': /, "").replace(/\.$/, "");
  return new EsrganError("bad-input", `The ${name} cannot be read: ${why}`, { cause });
}

function isDomException(value: unknown): value is { name: string; message: string } {
  return className(value) === "DOMException";
}

const SHOWN_CHARACTERS = 120; // data: addresses hold whole pictures.

/** `address` as a sentence may hold it. */
export function shortened(address: string): string {
  return address.length > SHOWN_CHARACTERS ? `${address.slice(0, SHOWN_CHARACTERS)}...` : address;
}
