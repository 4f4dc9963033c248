// Owns a bitmap's outliving the worker that made it.

import type { ColorSpace } from "../picture/source.js";

// More may be too much for a 2D canvas, which then stays empty.
const MOST_PIXELS = 2 ** 26;

/**
 * The same pixels as a bitmap of this thread, in place of one that was made of a WebGPU canvas of a worker: Chromium keeps the pixels of such
 * with the worker's GPU context, and loses them with it. They stay on the GPU. Larger ones than a canvas may be come back as they are.
 */
export function ownBitmap(bitmap: ImageBitmap, colorSpace: ColorSpace): ImageBitmap {
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) return bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { colorSpace });
  if (!context) return bitmap;
  try {
    context.drawImage(bitmap, 0, 0);
    const own = canvas.transferToImageBitmap();
    bitmap.close();
    return own;
  } catch {
    return bitmap; // short of memory: it is whole as long as the worker lives
  }
}
