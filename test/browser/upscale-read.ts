// Reads results of every kind again, as RGBA of 8 bits, for the pages that test upscale().
import { readTexture8 } from "../../src/gpu/read-texture.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { decode } from "../../src/picture/decode.js";
import type { OutputKind } from "../../src/picture/output-kind.js";
import { type ColorSpace, type ImageSource, pixelsOf } from "../../src/picture/source.js";
import type { UpscaleOptions, Upscaler } from "../../src/upscaler.js";
import { device, throughTexture } from "./pictures-page.js";

export interface Read {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
}

/** Kinds of results; canvases of both classes. */
export type Sink = Exclude<OutputKind, "canvas"> | "HTMLCanvasElement" | "OffscreenCanvas";
export const SINKS: readonly Sink[] = [
  ...(["imageBitmap", "imageData", "pixels", "blob", "texture"] as const),
  ...(["HTMLCanvasElement", "OffscreenCanvas"] as const),
];

/** Upscales into `sink` and frees the result. Nothing is awaited before the call is made. */
export async function resultIn(
  owner: Upscaler,
  sink: Sink,
  source: ImageSource,
  options: UpscaleOptions = {},
): Promise<Read> {
  if (sink === "HTMLCanvasElement" || sink === "OffscreenCanvas") {
    const canvas = sink === "OffscreenCanvas" ? new OffscreenCanvas(1, 1) : document.createElement("canvas");
    await owner.upscale(source, { ...options, output: "canvas", canvas });
    return premultipliedOf(canvas);
  }
  return readResult(await owner.upscale(source, { ...options, output: sink }));
}

export async function readResult(result: ImageBitmap | ImageData | Pixels | Blob | GPUTexture): Promise<Read> {
  if (result instanceof GPUTexture) {
    const read = readOf(await readTexture8(await device(), result));
    result.destroy();
    return read;
  }
  if (result instanceof Blob) return readResult(await decode(result));
  if (!(result instanceof ImageBitmap)) return readOf(pixelsOf(result));
  const { values, ...size } = await throughTexture(result);
  result.close();
  return { ...size, values: Uint8Array.from(values) };
}

function readOf({ data, width, height, channels, bits }: Pixels): Read {
  if (bits !== 8 || channels < 3) throw new Error(`a result has ${bits} bits and ${channels} channels`);
  const values = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < data.length; i++) values[Math.floor(i / channels) * 4 + (i % channels)] = data[i]!;
  return { width, height, values };
}

/** What a canvas shows: colours multiplied by alpha, as it holds them. */
export async function premultipliedOf(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  colorSpace: ColorSpace = "srgb",
): Promise<Read> {
  const gpu = await device();
  const { width, height } = canvas;
  const texture = gpu.createTexture({ size: [width, height], format: "rgba8unorm", usage: 0x1 | 0x2 | 0x10 });
  gpu.queue.copyExternalImageToTexture(
    { source: canvas as HTMLCanvasElement },
    { texture, premultipliedAlpha: true, colorSpace },
    [width, height],
  );
  const { data } = await readTexture8(gpu, texture);
  texture.destroy();
  return { width, height, values: data as Uint8Array };
}

export function premultiplied({ values, ...size }: Read): Read {
  const product = (value: number, i: number) =>
    i % 4 === 3 ? value : Math.round((value * values[i - (i % 4) + 3]!) / 255);
  return { ...size, values: values.map(product) };
}

/** One line that says how far `found` is from `wanted`, or "equal" and over how many bytes. */
export function verdictOf(found: Read, wanted: Read): string {
  const size = ({ width, height }: Read) => `${width}x${height}`;
  if (size(found) !== size(wanted)) return `${size(found)} instead of ${size(wanted)}`;
  const off = found.values.map((value, i) => Math.abs(value - wanted.values[i]!));
  const wrong = off.filter((each) => each > 0).length;
  const first = off.findIndex((each) => each > 0);
  if (wrong === 0) return `equal in ${found.values.length} bytes`;
  const most = off.reduce((a, b) => Math.max(a, b), 0);
  return `${wrong} of ${found.values.length} bytes differ, by ${most} at most: byte ${first} is ${found.values[first]} instead of ${wanted.values[first]}`;
}
