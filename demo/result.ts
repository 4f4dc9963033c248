// Owns the pixels of a result: between the plain resize and what the network made, and as a file.

import { context2d } from "./dom.js";

// Of the formats: Chromium cuts off what is more.
const MOST_SIDE: Readonly<Record<string, number>> = { "image/webp": 16383, "image/jpeg": 65500 };
const ENDINGS: Readonly<Record<string, string>> = { "image/png": "png", "image/webp": "webp", "image/jpeg": "jpg" };
const LOSSY_QUALITY = 0.92;

/** Draws `strength` (0 to 1) of the network's result and the rest of `before`, resized by the browser, into `canvas`. */
export function drawMixed(
  canvas: HTMLCanvasElement,
  network: ImageBitmap,
  before: CanvasImageSource,
  strength: number,
): void {
  const { width, height } = network;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = context2d(canvas);
  context.imageSmoothingQuality = "high";
  context.globalCompositeOperation = "copy";
  context.globalAlpha = strength;
  context.drawImage(network, 0, 0);
  if (strength < 1) {
    // Premultiplied values are added, so that transparency mixes as well.
    context.globalCompositeOperation = "lighter";
    context.globalAlpha = 1 - strength;
    context.drawImage(before, 0, 0, width, height);
  }
  context.globalAlpha = 1;
}

/** @throws Error with one sentence where the browser cannot write such a file */
export async function fileOf(canvas: HTMLCanvasElement, type: string): Promise<Blob> {
  const most = MOST_SIDE[type] ?? Number.POSITIVE_INFINITY;
  const { width, height } = canvas;
  if (Math.max(width, height) > most) throw new Error(`Sides of ${ENDINGS[type]} files are at most ${most} pixels.`);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, LOSSY_QUALITY));
  // A browser gives PNG where it does not know the type, and nothing where memory is short.
  if (blob?.type === type) return blob;
  throw new Error(`This browser writes no ${ENDINGS[type]} file of ${width}x${height} pixels.`);
}

/** A result without loss, to be kept. */
export async function keptFile(network: ImageBitmap): Promise<Blob> {
  const canvas = new OffscreenCanvas(network.width, network.height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("The browser gives no canvas for the result.");
  context.drawImage(network, 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}

export function fileName(name: string, scale: number, type: string): string {
  return `${name.replace(/\.[^.]+$/, "")}-${scale}x.${ENDINGS[type]}`;
}

/** Hands a file to the browser's downloads. */
export function download(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
