// Owns bringing pictures and canvases of a page into a form that can be posted, at the time of the call.

import { EsrganError } from "../errors.js";
import { elementSize, needsCanvas, readingError } from "../picture/element.js";
import { CanvasCopy, canvasOf } from "../picture/opaque.js";
import { colorSpaceOf, copiedPixels, type ElementSource, type ImageSource, sourceKind } from "../picture/source.js";
import type { PostedCanvas, PostedSource } from "./protocol.js";

export interface Postable {
  readonly source: PostedSource;
  /** What moves instead of being copied: copies of ours. */
  readonly transfer: Transferable[];
}

/**
 * A copy of `source` that can be posted, taken now: what happens to it afterwards changes nothing.
 * @throws EsrganError "bad-input" where it cannot be read, or is a texture
 */
export async function postable(source: ImageSource): Promise<Postable> {
  switch (sourceKind(source)) {
    case "texture":
      throw textureError();
    case "pixels": {
      const pixels = copiedPixels(source);
      return { source: pixels, transfer: [pixels.data.buffer as ArrayBuffer] };
    }
    case "imageData":
      return { source: structuredClone(source as ImageData), transfer: [] };
    case "blob":
      return { source: source as Blob, transfer: [] };
    case "url":
      return { source: { href: (source as URL).href }, transfer: [] };
    case "element":
      return postableElement(source as ElementSource);
  }
}

/** @throws EsrganError "bad-input" for a texture */
export function requirePostable(source: ImageSource): void {
  if (sourceKind(source) === "texture") throw textureError();
}

function textureError(): EsrganError {
  return new EsrganError("bad-input", "A texture belongs to the device of one thread and cannot be sent to a worker");
}

async function postableElement(source: ElementSource): Promise<Postable> {
  const size = elementSize(source);
  const colorSpace = colorSpaceOf(source);
  if (typeof VideoFrame !== "undefined" && source instanceof VideoFrame) {
    const frame = source.clone();
    return { source: frame, transfer: [frame] };
  }
  if (colorSpace === "display-p3") {
    const pixels = await new CanvasCopy(source, size, colorSpace).pixels();
    const data = new Uint8ClampedArray(pixels.data.buffer as ArrayBuffer);
    return { source: new ImageData(data, size.width, size.height, { colorSpace }), transfer: [data.buffer] };
  }
  const copied = needsCanvas(source, size) ? canvasOf(source, size, colorSpace) : source;
  const bitmap = await createImageBitmap(copied as ImageBitmapSource, { premultiplyAlpha: "none" }).catch((cause) => {
    throw readingError(source, cause);
  });
  return { source: bitmap, transfer: [bitmap] };
}

/** Numbers of the canvases that a worker draws into. */
export class CanvasNumbers {
  readonly #numbers = new WeakMap<HTMLCanvasElement | OffscreenCanvas, number>();
  #last = 0;

  /** @throws EsrganError "bad-input" for a canvas that somebody draws into already */
  of(canvas: HTMLCanvasElement | OffscreenCanvas): PostedCanvas {
    const known = this.#numbers.get(canvas);
    if (known !== undefined) return { number: known };
    const offscreen = "transferControlToOffscreen" in canvas ? controlOf(canvas) : canvas;
    const number = ++this.#last;
    this.#numbers.set(canvas, number);
    return { number, canvas: offscreen };
  }
}

function controlOf(canvas: HTMLCanvasElement): OffscreenCanvas {
  try {
    return canvas.transferControlToOffscreen();
  } catch (cause) {
    throw new EsrganError(
      "bad-input",
      "The canvas cannot be handed to a worker, since it was drawn into or handed on before: give a new one",
      { cause },
    );
  }
}
