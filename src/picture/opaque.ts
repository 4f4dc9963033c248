// Owns copies of browser pictures on the CPU, made with a 2D canvas: whether one is opaque, and its
// pixels where it is too large for a texture. Copies on the GPU are gpu/external-image.ts.

import { EsrganError } from "../errors.js";
import type { PictureSize } from "../ops/image-to-tensor.js";
import type { Pixels } from "../ops/pixels.js";
import { EventLoopYield } from "../weights/event-loop-yield.js";
import { isOpaqueFormat, readingError } from "./element.js";
import { type ColorSpace, className, type ElementSource } from "./source.js";

// The least limits of a browser that has WebGPU (Safari on iOS).
const CANVAS_PIXELS = 2 ** 24;
const CANVAS_ROWS = 2 ** 14;
const LOOK_PIXELS = 2 ** 20; // A few milliseconds, so that the thread can be handed back in time.

export interface AlphaLook {
  /** Whether every pixel is opaque. Hands the thread back every 20 ms. */
  isOpaque(): Promise<boolean>;
}

/**
 * Copies `source` now, if its format does not tell already, to look at its alpha later.
 * @throws EsrganError "bad-input" if its pixels may not be read
 */
export function lookAtAlpha(source: ElementSource, size: PictureSize): AlphaLook {
  if (isOpaqueFormat(source)) return { isOpaque: async () => true };
  return new CanvasCopy(source, size);
}

interface Band {
  readonly top: number;
  readonly rows: number;
  readonly context: OffscreenCanvasRenderingContext2D;
}

/** A copy of `source` as it is now, in CPU memory: 4 bytes a pixel until it is collected. */
export class CanvasCopy implements AlphaLook {
  readonly #bands: readonly Band[];
  #opaque: Promise<boolean> | undefined;

  /**
   * `canvasPixels`: the most that one canvas may hold.
   * @throws EsrganError "bad-input" if the pixels of `source` may not be read
   */
  constructor(
    source: ElementSource,
    readonly size: PictureSize,
    readonly colorSpace: ColorSpace = "srgb",
    canvasPixels = CANVAS_PIXELS,
  ) {
    if (typeof OffscreenCanvas === "undefined") {
      throw new EsrganError(
        "bad-input",
        `This environment has no OffscreenCanvas to read the ${className(source)} with`,
      );
    }
    const rows = Math.min(CANVAS_ROWS, Math.floor(canvasPixels / size.width));
    this.#bands = spans(size.height, rows).map(({ from, to }) => ({
      top: from,
      rows: to - from,
      context: drawn(source, size, from, to - from, colorSpace),
    }));
  }

  /** Whether every pixel is opaque. Hands the thread back every 20 ms. */
  isOpaque(): Promise<boolean> {
    this.#opaque ??= this.#look();
    return this.#opaque;
  }

  /**
   * The picture as 8-bit RGBA. Colours are exact where it is opaque; under alpha they went through
   * premultiplication, which loses the more of them the lower alpha is.
   * @throws EsrganError "out-of-memory"
   */
  async pixels(): Promise<Pixels> {
    const { width, height } = this.size;
    const data = allocated(width * height * 4, this.size);
    for await (const { top, part } of this.#parts()) data.set(part, top * width * 4);
    return { data, width, height, channels: 4, bits: 8 };
  }

  async #look(): Promise<boolean> {
    for await (const { part } of this.#parts()) {
      for (let i = 3; i < part.length; i += 4) if (part[i] !== 255) return false;
    }
    return true;
  }

  async *#parts(): AsyncGenerator<{ top: number; part: Uint8ClampedArray }, void, void> {
    const { width } = this.size;
    const turn = new EventLoopYield();
    const settings = { colorSpace: this.colorSpace };
    for (const { top, rows, context } of this.#bands) {
      for (const { from, to } of spans(rows, Math.floor(LOOK_PIXELS / width))) {
        if (turn.isOver()) await turn.next();
        yield { top: top + from, part: context.getImageData(0, from, width, to - from, settings).data };
      }
    }
  }
}

/** `length` rows in spans of at most `most`, or one each. */
function spans(length: number, most: number): { from: number; to: number }[] {
  const step = Math.max(1, most);
  return Array.from({ length: Math.ceil(length / step) }, (_, i) => ({
    from: i * step,
    to: Math.min((i + 1) * step, length),
  }));
}

/** A canvas of `rows` rows of `source` from `top` on. */
function drawn(
  source: ElementSource,
  { width, height }: PictureSize,
  top: number,
  rows: number,
  colorSpace: ColorSpace,
): OffscreenCanvasRenderingContext2D {
  const canvas = new OffscreenCanvas(width, rows);
  // willReadFrequently keeps the canvas in CPU memory: no wait for a GPU when it is read.
  const context = canvas.getContext("2d", { willReadFrequently: true, colorSpace });
  if (!context || !holdsPixels(context)) {
    throw new EsrganError(
      "out-of-memory",
      `The browser has no canvas of ${width}x${rows} pixels to read the ${className(source)} with`,
    );
  }
  try {
    requireDecoded(context, source);
    context.drawImage(source, 0, -top, width, height);
    context.getImageData(0, 0, 1, 1); // throws now, not later, where the pixels may not be read
  } catch (cause) {
    throw cause instanceof EsrganError ? cause : readingError(source, cause);
  }
  return context;
}

/** A canvas that is too large for the browser draws nothing, without an error. */
function holdsPixels(context: OffscreenCanvasRenderingContext2D): boolean {
  context.fillRect(0, 0, 1, 1);
  const isHeld = context.getImageData(0, 0, 1, 1).data[3] === 255;
  context.clearRect(0, 0, 1, 1);
  return isHeld;
}

/** An SVG image that has not loaded is drawn as nothing, without an error: only a pattern tells. */
function requireDecoded(context: OffscreenCanvasRenderingContext2D, source: ElementSource): void {
  if (className(source) !== "SVGImageElement") return;
  if (context.createPattern(source as SVGImageElement, "no-repeat") !== null) return;
  throw new EsrganError(
    "bad-input",
    "The SVG image element has not loaded or is broken, wait for its load event first",
  );
}

/** A canvas of `source` as it is now, for what takes canvases alone. @throws EsrganError "bad-input" */
export function canvasOf(source: ElementSource, size: PictureSize, colorSpace: ColorSpace): OffscreenCanvas {
  return drawn(source, size, 0, size.height, colorSpace).canvas;
}

function allocated(byteLength: number, { width, height }: PictureSize): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(byteLength);
  } catch (cause) {
    throw new EsrganError("out-of-memory", `There is no memory for ${width}x${height} pixels (${byteLength} bytes)`, {
      cause,
    });
  }
}
