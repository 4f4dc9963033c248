// What runs in the page for pictures.test.ts: makes a source of every kind, copies it to the GPU and back, and provokes refusals.
// Owns the sources; what is right is decided in the test.
import { snapshotElement } from "../../src/gpu/external-image.js";
import { readTexture8 } from "../../src/gpu/read-texture.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { decode } from "../../src/picture/decode.js";
import { elementSize } from "../../src/picture/element.js";
import { CanvasCopy, lookAtAlpha } from "../../src/picture/opaque.js";
import { type ColorSpace, colorSpaceOf, type ElementSource, pixelsOf, sourceKind } from "../../src/picture/source.js";

/** RGBA values, and the same as a PNG. */
export interface Given {
  readonly width: number;
  readonly height: number;
  readonly values: readonly number[];
  readonly png: readonly number[];
}

const errors: string[] = [];
let opened: Promise<GPUDevice> | undefined;

export function device(): Promise<GPUDevice> {
  opened ??= openDevice();
  return opened;
}

export async function openDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  const made = await adapter!.requestDevice();
  made.addEventListener("uncapturederror", ({ error }) => errors.push(error.message));
  return made;
}

/** The errors of the device that nothing caught. */
export async function uncaptured(): Promise<string[]> {
  await (await device()).queue.onSubmittedWorkDone();
  return errors.splice(0);
}

export const imageDataOf = ({ values, width, height }: Given, settings?: ImageDataSettings) =>
  new ImageData(Uint8ClampedArray.from(values), width, height, settings);
export const blobOf = ({ png }: Given) => new Blob([Uint8Array.from(png)], { type: "image/png" });

function drawnOn<C extends HTMLCanvasElement | OffscreenCanvas>(canvas: C, given: Given): C {
  canvas.width = given.width;
  canvas.height = given.height;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.putImageData(imageDataOf(given), 0, 0);
  return canvas;
}

const htmlCanvas = (given: Given) => drawnOn(document.createElement("canvas"), given);
const offscreen = (given: Given) => drawnOn(new OffscreenCanvas(1, 1), given);

async function htmlImage(address: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}

async function svgImage(given: Given): Promise<SVGImageElement> {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
  image.setAttribute("width", String(given.width));
  image.setAttribute("height", String(given.height));
  const loaded = new Promise((resolve, reject) => {
    image.onload = resolve;
    image.onerror = reject;
  });
  image.setAttribute("href", URL.createObjectURL(blobOf(given)));
  svg.append(image);
  document.body.append(svg);
  await loaded;
  return image;
}

/** A video that shows `given`, from a canvas that is drawn again and again until it does. */
async function video(given: Given): Promise<HTMLVideoElement> {
  const canvas = htmlCanvas(given);
  const element = document.createElement("video");
  element.muted = true;
  element.srcObject = canvas.captureStream(30);
  const shown = new Promise<void>((resolve, reject) => {
    element.onloadeddata = () => resolve();
    setTimeout(() => reject(new Error("no frame of the video came in 20 s")), 20_000);
  });
  element.play().catch(() => {}); // shown says whether it does
  const drawing = setInterval(() => drawnOn(canvas, given), 30);
  await shown.finally(() => clearInterval(drawing));
  return element;
}

function frameOf(given: Given): VideoFrame {
  const { width: codedWidth, height: codedHeight } = given;
  return new VideoFrame(Uint8Array.from(given.values), { format: "RGBA", codedWidth, codedHeight, timestamp: 0 });
}

const MAKERS: Readonly<Record<string, (given: Given) => ElementSource | Promise<ElementSource>>> = {
  ImageBitmap: (given) => createImageBitmap(imageDataOf(given), { premultiplyAlpha: "none" }),
  HTMLImageElement: (given) => htmlImage(URL.createObjectURL(blobOf(given))),
  SVGImageElement: svgImage,
  HTMLVideoElement: video,
  HTMLCanvasElement: htmlCanvas,
  OffscreenCanvas: offscreen,
  VideoFrame: frameOf,
  Blob: (given) => decode(blobOf(given)),
  File: (given) => decode(new File([blobOf(given)], "picture.png")),
  URL: (given) => decode(new URL(URL.createObjectURL(blobOf(given)))),
};

/** A source of the kind `kind`; files and addresses are decoded. */
export async function make(kind: string, given: Given): Promise<ElementSource> {
  return MAKERS[kind]!(given);
}

const plain = ({ data, width, height }: Pixels) => ({ values: [...data], width, height });

export async function throughTexture(source: ElementSource, colorSpace: ColorSpace = colorSpaceOf(source)) {
  const gpu = await device();
  const { texture, ready } = snapshotElement(gpu, source, elementSize(source), colorSpace);
  try {
    await ready;
    return plain(await readTexture8(gpu, texture));
  } finally {
    texture.destroy();
  }
}

/** A source as it comes back from the GPU, and what a 2D canvas of at most `canvasPixels` at a time saw of it. */
export async function roundTrip(kind: string, given: Given, canvasPixels?: number) {
  const source = await make(kind, given);
  const size = elementSize(source);
  const look = lookAtAlpha(source, size);
  const copy = new CanvasCopy(source, size, "srgb", canvasPixels);
  const gpu = await device();
  const { texture, ready } = snapshotElement(gpu, source, size, "srgb");
  // All copies were made above: what happens to the source now must not matter.
  spoil(source);
  await ready;
  const read = plain(await readTexture8(gpu, texture));
  texture.destroy();
  const opaque = [await look.isOpaque(), await copy.isOpaque()];
  return { kind: sourceKind(source), size, read, opaque, seen: plain(await copy.pixels()) };
}

function spoil(source: ElementSource): void {
  if ("close" in source) source.close();
  else if ("getContext" in source) (source.getContext("2d") as CanvasRenderingContext2D).fillRect(0, 0, 9999, 9999);
  else if ("src" in source) source.removeAttribute("src");
  else source.removeAttribute("href");
}

/** A bitmap as a copy by canvas has it; the number of wrong bytes. */
export async function wrongInCopy(width: number, height: number): Promise<number> {
  const values = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
    (i & 3) === 3 ? 255 : (i * 7 + (i >> 8)) % 256,
  );
  const bitmap = await createImageBitmap(new ImageData(values, width, height));
  const { data } = await new CanvasCopy(bitmap, elementSize(bitmap)).pixels();
  let wrong = Math.abs(data.length - values.length);
  for (let i = 0; i < values.length; i++) if (data[i] !== values[i]) wrong++;
  return wrong;
}

/** VideoFrames whose format tells that they are opaque are not drawn to find out. */
export async function looksAtFrame(format: "I420" | "RGBA" | "RGBX") {
  const layout = { codedWidth: 4, codedHeight: 4, timestamp: 0 };
  const frame = new VideoFrame(new Uint8Array(64).fill(128), { format, ...layout });
  const { drawImage } = OffscreenCanvasRenderingContext2D.prototype;
  let draws = 0;
  OffscreenCanvasRenderingContext2D.prototype.drawImage = function (this: unknown, ...args: unknown[]) {
    draws++;
    Reflect.apply(drawImage, this, args);
  };
  try {
    return { opaque: await lookAtAlpha(frame, elementSize(frame)).isOpaque(), draws };
  } finally {
    OffscreenCanvasRenderingContext2D.prototype.drawImage = drawImage;
    frame.close();
  }
}

/** Canvases and frames of display-p3: their space, and their values through a texture of that space. */
export async function wideGamut(given: Given) {
  const { width, height } = given;
  const found: Record<string, { space: ColorSpace; values: number[] }> = {};
  const html = document.createElement("canvas");
  for (const canvas of [html, new OffscreenCanvas(1, 1)]) {
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d", { colorSpace: "display-p3" }) as CanvasRenderingContext2D;
    context.putImageData(imageDataOf(given, { colorSpace: "display-p3" }), 0, 0);
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    for (const source of [canvas, frame]) {
      const space = colorSpaceOf(source);
      const name = `${source.constructor.name} of ${canvas.constructor.name}`;
      found[name] = { space, values: (await throughTexture(source)).values };
    }
    frame.close();
  }
  return found;
}

/** Asking for the colour space of a canvas must not take its one context. */
export function keepsContextFree(): boolean {
  const canvas = document.createElement("canvas");
  return colorSpaceOf(canvas) === "srgb" && canvas.getContext("bitmaprenderer") !== null;
}

export function floatImageData(): number[] | undefined {
  const settings = { pixelFormat: "rgba-float16" } as ImageDataSettings;
  const image = new ImageData(2, 1, settings);
  if (Object.prototype.toString.call(image.data) !== "[object Float16Array]") return undefined;
  image.data.set([0, 1, 0.5, 2, -1, 0.25, 1, 1]);
  return [...pixelsOf(image).data];
}

/** Reads back a texture of more than one staging buffer; the number of wrong bytes. */
export async function readsInBands(width: number, height: number): Promise<number> {
  const gpu = await device();
  const texture = gpu.createTexture({ size: [width, height], format: "rgba8unorm", usage: 3 });
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < data.length; i++) data[i] = i * 31 + (i >> 13);
  gpu.queue.writeTexture({ texture }, data, { bytesPerRow: width * 4 }, [width, height]);
  const read = await readTexture8(gpu, texture);
  texture.destroy();
  let wrong = read.data.length === data.length ? 0 : 1;
  for (let i = 0; i < data.length; i++) if (read.data[i] !== data[i]) wrong++;
  return wrong;
}

/** The size of a decoded file, and its pixels in the corners. */
export async function decoded(file: readonly number[], type: string) {
  const bitmap = await decode(new Blob([Uint8Array.from(file)], { type }));
  return throughTexture(bitmap);
}

/** An image element whose file has two pixels for each of CSS, by itself or in a picture element. */
export async function denseImage(given: Given, isInPicture: boolean) {
  const image = new Image();
  const set = `${URL.createObjectURL(blobOf(given))} 2x`;
  if (isInPicture) {
    const picture = document.createElement("picture");
    const source = document.createElement("source");
    source.srcset = set;
    picture.append(source, image);
    image.src = "data:,"; // an image without any address does not look at its picture element
  } else {
    image.srcset = set;
  }
  await image.decode();
  return { natural: image.naturalWidth, ...(await throughTexture(image)) };
}

/** An image element with an SVG drawing: red on the left, blue on the right. */
export async function vectorImage(attributes: string) {
  const [red, blue] = ["red", "blue"].map((fill, i) => `<rect x="${i * 10}" width="10" height="10" fill="${fill}"/>`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10" ${attributes}>${red}${blue}</svg>`;
  const { values, width, height } = await throughTexture(
    await htmlImage(`data:image/svg+xml,${encodeURIComponent(svg)}`),
  );
  const at = (x: number) => values.slice((Math.floor(height / 2) * width + x) * 4).slice(0, 4);
  return { width, height, left: at(1), right: at(width - 2) };
}

/** As decoded, by an image element. */
export async function decodedByImage(file: readonly number[], type: string) {
  return throughTexture(await htmlImage(URL.createObjectURL(new Blob([Uint8Array.from(file)], { type }))));
}
