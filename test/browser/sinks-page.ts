// What runs in the page for sinks.test.ts: makes results of every kind, and reads them again through WebGPU.

import { bitmapFromTexture, CanvasTarget, type CanvasTargetOptions } from "../../src/gpu/present.js";
import { readTexture8 } from "../../src/gpu/read-texture.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { decode } from "../../src/picture/decode.js";
import { type BlobOptions, type OutputKind, outputKind } from "../../src/picture/output-kind.js";
import { bitmapOf, blobOf, imageDataOf } from "../../src/picture/sink.js";
import type { ColorSpace, ElementSource } from "../../src/picture/source.js";
import { device, openDevice, throughTexture, uncaptured } from "./pictures-page.js";

export { uncaptured };

/** Pixels as numbers, as tests send them. */
export interface Shown extends Omit<Pixels, "data"> {
  readonly values: readonly number[];
}

function pixelsOf({ values, ...shape }: Shown): Pixels {
  return { ...shape, data: shape.bits === 16 ? Uint16Array.from(values) : Uint8Array.from(values) };
}

/** The values of a result of the kind `kind`, read again. */
export async function readAgain(kind: string, shown: Shown, colorSpace: ColorSpace) {
  const pixels = pixelsOf(shown);
  if (kind === "imageData") {
    const image = imageDataOf(pixels, colorSpace);
    return { values: [...image.data], width: image.width, height: image.height, colorSpace: image.colorSpace };
  }
  const bitmap =
    kind === "imageBitmap" ? await bitmapOf(pixels, colorSpace) : await decode(await blobOf(pixels, {}, colorSpace));
  return { ...(await throughTexture(bitmap, colorSpace)), colorSpace };
}

/** The type and size of a file, and what it shows. */
export async function file(shown: Shown, options: BlobOptions) {
  const blob = await blobOf(pixelsOf(shown), options, "srgb");
  const { values } = await throughTexture(await decode(blob));
  return { type: blob.type, byteLength: blob.size, values };
}

export async function sizeOfFile(form: Omit<Pixels, "data">, type: string) {
  const data = new Uint8Array(form.width * form.height * form.channels);
  const { width, height } = await decode(await blobOf({ ...form, data }, { type }, "srgb"));
  return { width, height };
}

export function defaultKinds(): Record<string, OutputKind> {
  const canvas = new OffscreenCanvas(1, 1);
  canvas.getContext("2d");
  const frame = new VideoFrame(canvas, { timestamp: 0 });
  const sources = {
    imageData: new ImageData(1, 1),
    canvas,
    frame,
    image: new Image(),
    video: document.createElement("video"),
    blob: new Blob([]),
    url: new URL(location.href),
    bitmap: canvas.transferToImageBitmap(),
  };
  const kinds = Object.entries(sources).map(([name, source]) => [name, outputKind(source, undefined)] as const);
  frame.close();
  return Object.fromEntries(kinds);
}

async function textureOf(shown: Shown, format: GPUTextureFormat = "rgba8unorm"): Promise<GPUTexture> {
  const { width, height } = shown;
  const gpu = await device();
  const texture = gpu.createTexture({ size: [width, height], format, usage: 0x7 });
  gpu.queue.writeTexture({ texture }, pixelsOf(shown).data as Uint8Array<ArrayBuffer>, { bytesPerRow: width * 4 }, [
    width,
    height,
  ]);
  return texture;
}

/** A bitmap made of a texture, read again, and how often anything was mapped while it was made. */
export async function presented(shown: Shown, format: GPUTextureFormat, colorSpace: ColorSpace) {
  const texture = await textureOf(shown, format);
  const { mapAsync } = GPUBuffer.prototype;
  let maps = 0;
  GPUBuffer.prototype.mapAsync = function (...args) {
    maps++;
    return mapAsync.apply(this, args);
  };
  let bitmap: ImageBitmap;
  try {
    bitmap = await bitmapFromTexture(await device(), texture, colorSpace);
  } finally {
    GPUBuffer.prototype.mapAsync = mapAsync;
  }
  texture.destroy(); // the bitmap does not live off it
  const before = maps;
  const read = await throughTexture(bitmap, colorSpace);
  bitmap.close();
  return { ...read, maps: before };
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

/** Shows `first` and then `second` in a canvas, over frames; what the canvas holds after each. */
export async function shownInCanvas(
  kind: "html" | "offscreen",
  first: Shown,
  second: Shown,
  options: CanvasTargetOptions,
) {
  const canvas = kind === "html" ? document.createElement("canvas") : new OffscreenCanvas(3, 3);
  if (canvas instanceof HTMLCanvasElement) document.body.append(canvas);
  const target = new CanvasTarget(await device(), canvas, first, options);
  const found: { width: number; height: number; values: number[] }[] = [];
  for (const shown of [first, second, first]) {
    const texture = await textureOf(shown);
    canvas.width = 1 + found.length; // as a page may size it
    target.show(texture);
    texture.destroy();
    found.push(await throughTexture(canvas as ElementSource, options.colorSpace));
    await nextFrame();
  }
  if (canvas instanceof HTMLCanvasElement) canvas.remove();
  return found;
}

/** Puts a canvas into the page that shows `shown`, for a photo of it. */
export async function exhibit(shown: Shown, options: CanvasTargetOptions): Promise<void> {
  const canvas = document.createElement("canvas");
  canvas.style.cssText = "position: absolute; left: 0; top: 0; image-rendering: pixelated";
  document.body.style.background = "rgb(0, 0, 255)";
  document.body.append(canvas);
  const texture = await textureOf(shown);
  new CanvasTarget(await device(), canvas, shown, options).show(texture);
  texture.destroy();
  await nextFrame();
}

const OPAQUE: CanvasTargetOptions = { alpha: false, colorSpace: "srgb" };
const SIZE = { width: 4, height: 4 };

async function small(size: number, gpu?: GPUDevice, usage = 0x7): Promise<GPUTexture> {
  return (gpu ?? (await device())).createTexture({ size: [size, size], format: "rgba8unorm", usage });
}

function wide(width: number): Pixels {
  return { data: new Uint8Array(width), width, height: 1, channels: 1, bits: 8 };
}

async function lostDevice(): Promise<GPUDevice> {
  const made = await openDevice();
  made.destroy();
  await made.lost;
  return made;
}

export const CASES: Readonly<Record<string, () => unknown>> = {
  "a canvas with a 2D context": async () => {
    const canvas = document.createElement("canvas");
    canvas.getContext("2d");
    return new CanvasTarget(await device(), canvas, SIZE, OPAQUE);
  },
  "a canvas that went offscreen": async () => {
    const canvas = document.createElement("canvas");
    canvas.transferControlToOffscreen();
    return new CanvasTarget(await device(), canvas, SIZE, OPAQUE);
  },
  "a canvas larger than a texture": async () =>
    new CanvasTarget(await device(), new OffscreenCanvas(1, 1), { width: 4, height: 99_999 }, OPAQUE),
  "a div": async () =>
    new CanvasTarget(await device(), document.createElement("div") as unknown as HTMLCanvasElement, SIZE, OPAQUE),
  "a texture of another size": async () =>
    new CanvasTarget(await device(), new OffscreenCanvas(4, 4), SIZE, OPAQUE).show(await small(3)),
  "a bitmap of a destroyed texture": async () => {
    const texture = await small(4);
    texture.destroy();
    return bitmapFromTexture(await device(), texture, "srgb");
  },
  "a bitmap of a texture without COPY_SRC": async () =>
    bitmapFromTexture(await device(), await small(4, undefined, 4), "srgb"),
  "a bitmap on a lost device": async () => {
    const lost = await lostDevice();
    return bitmapFromTexture(lost, await small(4, lost), "srgb");
  },
  AVIF: () =>
    blobOf({ data: new Uint8Array(4), width: 2, height: 2, channels: 1, bits: 8 }, { type: "image/avif" }, "srgb"),
  "a WebP that is too large": () => blobOf(wide(16_384), { type: "image/webp" }, "srgb"),
  "a JPEG that is too large": () => blobOf(wide(65_501), { type: "image/jpeg" }, "srgb"),
};

/** What the case throws. */
export async function run(name: string): Promise<{ name: string; code: string; message: string } | undefined> {
  try {
    await CASES[name]!();
    return undefined;
  } catch (error) {
    const { name: kind, code, message } = error as Error & { code: string };
    return { name: kind, code, message };
  }
}

/** Whether a canvas that was refused still has its size, and no context. */
export async function leavesRefusedCanvas(): Promise<boolean> {
  const canvas = new OffscreenCanvas(3, 2);
  try {
    new CanvasTarget(await device(), canvas, { width: 99_999, height: 4 }, OPAQUE);
  } catch {
    return canvas.width === 3 && canvas.height === 2 && canvas.getContext("2d") !== null;
  }
  return false;
}

/** The texture that a bitmap was made of, which stays as it was. */
export async function keepsTexture(shown: Shown) {
  const texture = await textureOf(shown);
  (await bitmapFromTexture(await device(), texture, "srgb")).close();
  const { data } = await readTexture8(await device(), texture);
  texture.destroy();
  return [...data];
}
