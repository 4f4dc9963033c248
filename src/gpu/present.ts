// Owns showing textures without reading them back: as an ImageBitmap, or in the caller's canvas.

import { EsrganError } from "../errors.js";
import type { PictureSize } from "../ops/image-to-tensor.js";
import { gpuBitmaps } from "../picture/gpu-bitmaps.js";
import { type ColorSpace, className } from "../picture/source.js";
import { requireTextureSize, TEXTURE_USAGE, verdict } from "./external-image.js";

type Canvas = HTMLCanvasElement | OffscreenCanvas;

const FORMAT = "rgba8unorm";
const USAGE = TEXTURE_USAGE.copyDst | TEXTURE_USAGE.renderAttachment;

/**
 * An ImageBitmap of `texture` (rgba8unorm with or without -srgb, usage COPY_SRC), whose pixels never leave the GPU. Its alpha is
 * ignored, unless `alpha` says that its colours are premultiplied. The bitmap is the caller's to close.
 * @throws EsrganError "unsupported-device", "out-of-memory", "device-lost", "bad-input"
 */
export async function bitmapFromTexture(
  device: GPUDevice,
  texture: GPUTexture,
  colorSpace: ColorSpace,
  { alpha = false }: { readonly alpha?: boolean } = {},
): Promise<ImageBitmap> {
  requireTextureSize(device, texture, "The texture");
  const what = `A bitmap of ${texture.width}x${texture.height} pixels`;
  const context = bitmapContext(texture);
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  let bitmap: ImageBitmap | undefined;
  let failure: unknown;
  try {
    context.configure({ device, format: FORMAT, usage: USAGE, alphaMode: alphaModeOf(alpha), colorSpace });
    copy(device, texture, context.getCurrentTexture());
    bitmap = (context.canvas as OffscreenCanvas).transferToImageBitmap();
    context.unconfigure();
  } catch (cause) {
    failure = cause;
  }
  try {
    await verdict(device, what);
  } catch (error) {
    bitmap?.close();
    throw error;
  }
  if (bitmap) {
    gpuBitmaps.set(bitmap, colorSpace);
    return bitmap;
  }
  throw new EsrganError("unsupported-device", `${what} could not be made: ${String(failure)}`, { cause: failure });
}

function alphaModeOf(alpha: boolean): GPUCanvasAlphaMode {
  return alpha ? "premultiplied" : "opaque";
}

function bitmapContext({ width, height }: PictureSize): GPUCanvasContext {
  if (typeof OffscreenCanvas === "undefined") {
    throw new EsrganError("bad-input", "This environment has no OffscreenCanvas to make an ImageBitmap with");
  }
  const context = new OffscreenCanvas(width, height).getContext("webgpu");
  if (context) return context;
  throw new EsrganError("unsupported-device", "This environment has no WebGPU context for an OffscreenCanvas");
}

function copy(device: GPUDevice, from: GPUTexture, to: GPUTexture): void {
  const encoder = device.createCommandEncoder({ label: "esrgan-webgpu show" });
  encoder.copyTextureToTexture({ texture: from }, { texture: to }, [from.width, from.height]);
  device.queue.submit([encoder.finish()]);
}

export interface CanvasTargetOptions {
  /** Whether transparency shows; the textures shown then hold premultiplied colours. Else alpha is ignored. */
  readonly alpha: boolean;
  readonly colorSpace: ColorSpace;
}

/** The caller's canvas as a place to show textures in, as often as wanted. */
export class CanvasTarget {
  readonly #context: GPUCanvasContext;

  /**
   * Gives `canvas` the size `size` in pixels and a WebGPU context on `device`. A canvas that is
   * refused is left as it was.
   * @throws EsrganError "bad-input" for a canvas that has another context or was transferred
   * offscreen, "unsupported-device" for a size larger than a texture may be
   */
  constructor(
    private readonly device: GPUDevice,
    private readonly canvas: Canvas,
    private readonly size: PictureSize,
    { alpha, colorSpace }: CanvasTargetOptions,
  ) {
    requireTextureSize(device, size, "A canvas");
    this.#context = webgpuContext(canvas);
    this.#resize();
    this.#context.configure({ device, format: FORMAT, usage: USAGE, alphaMode: alphaModeOf(alpha), colorSpace });
  }

  /**
   * Shows all of `texture` (of the canvas's size, rgba8unorm with or without -srgb, usage COPY_SRC)
   * with the next frame. A canvas's own texture is cleared with every frame, so a part would not do.
   * @throws EsrganError "bad-input" for a texture of another size
   */
  show(texture: GPUTexture): void {
    const { width, height } = this.size;
    if (texture.width !== width || texture.height !== height) {
      throw new EsrganError(
        "bad-input",
        `The canvas of ${width}x${height} pixels was given a texture of ${texture.width}x${texture.height} pixels`,
      );
    }
    this.#resize(); // the page may have sized it in between
    copy(this.device, texture, this.#context.getCurrentTexture());
  }

  #resize(): void {
    const { width, height } = this.size;
    // Setting a size clears a canvas, even the size it has.
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }
}

function webgpuContext(canvas: Canvas): GPUCanvasContext {
  const name = className(canvas);
  if (name !== "HTMLCanvasElement" && name !== "OffscreenCanvas") {
    throw new EsrganError("bad-input", `canvas must be an HTMLCanvasElement or an OffscreenCanvas, got ${name}`);
  }
  let context: GPUCanvasContext | null;
  try {
    context = canvas.getContext("webgpu") as GPUCanvasContext | null;
  } catch (cause) {
    throw new EsrganError(
      "bad-input",
      "The canvas was transferred elsewhere, so it cannot be drawn into: give the OffscreenCanvas that it became",
      { cause },
    );
  }
  if (context) return context;
  throw new EsrganError(
    "bad-input",
    "The canvas has a context of another kind, expected one without a context or with a WebGPU context",
  );
}
