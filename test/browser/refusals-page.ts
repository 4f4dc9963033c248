// What runs in the page for refusals.test.ts: sources that cannot be read. Each case makes one and tries to.
import { snapshotElement } from "../../src/gpu/external-image.js";
import { readTexture8 } from "../../src/gpu/read-texture.js";
import { decode } from "../../src/picture/decode.js";
import { elementSize } from "../../src/picture/element.js";
import { CanvasCopy, lookAtAlpha } from "../../src/picture/opaque.js";
import { type ImageSource, sourceKind } from "../../src/picture/source.js";
import { device, openDevice, uncaptured } from "./pictures-page.js";

export { uncaptured };

/** Addresses: of this page's server, and of another origin that allows nobody. */
export interface Places {
  readonly here: string;
  readonly elsewhere: string;
}

const SIZE = { width: 4, height: 4 };

function canvas(): OffscreenCanvas {
  const made = new OffscreenCanvas(4, 4);
  made.getContext("2d")!.fillRect(0, 0, 4, 4);
  return made;
}

async function foreignImage({ elsewhere }: Places): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = `${elsewhere}picture.png`;
  await image.decode();
  return image;
}

async function taintedCanvas(places: Places): Promise<HTMLCanvasElement> {
  const made = document.createElement("canvas");
  made.getContext("2d")!.drawImage(await foreignImage(places), 0, 0);
  return made;
}

async function closedFrame(): Promise<VideoFrame> {
  const frame = new VideoFrame(canvas(), { timestamp: 0 });
  frame.close();
  return frame;
}

async function brokenImage(): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = "data:image/png,nothing";
  await image.decode().catch(() => {});
  return image;
}

function loadingImage({ here }: Places): HTMLImageElement {
  const image = new Image();
  image.src = `${here}picture.png?${Math.random()}`;
  return image;
}

function svgImage(size: number): SVGImageElement {
  const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
  image.setAttribute("width", String(size));
  image.setAttribute("height", String(size));
  return image;
}

function transferredBitmap(): ImageBitmap {
  const bitmap = canvas().transferToImageBitmap();
  structuredClone(bitmap, { transfer: [bitmap] });
  return bitmap;
}

function transferredCanvas(): HTMLCanvasElement {
  const made = document.createElement("canvas");
  made.transferControlToOffscreen();
  return made;
}

async function snapshot(source: Parameters<typeof elementSize>[0], size = elementSize(source)): Promise<void> {
  const { texture, ready } = snapshotElement(await device(), source, size, "srgb");
  await ready.finally(() => texture.destroy());
}

async function textureOf(format: GPUTextureFormat, usage: number): Promise<GPUTexture> {
  return (await device()).createTexture({ label: "mine", size: [4, 4], format, usage });
}

async function lostDevice(): Promise<GPUDevice> {
  const made = await openDevice();
  made.destroy();
  await made.lost;
  return made;
}

/** The device, whose textures lack the usage that copies into them need. */
async function deviceThatRefuses(): Promise<GPUDevice> {
  const whole = await device();
  const createTexture = (wanted: GPUTextureDescriptor) => whole.createTexture({ ...wanted, usage: 1 });
  return new Proxy(whole, {
    get(target, name) {
      if (name === "createTexture") return createTexture;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

export const CASES: Readonly<Record<string, (places: Places) => unknown>> = {
  "a string": () => sourceKind("photo.png" as unknown as ImageSource),
  "an element of another kind": () => sourceKind(document.createElement("div") as unknown as ImageSource),
  "a rendering context": () => sourceKind(canvas().getContext("2d") as unknown as ImageSource),

  "a closed ImageBitmap": () => {
    const bitmap = canvas().transferToImageBitmap();
    bitmap.close();
    return elementSize(bitmap);
  },
  "a transferred ImageBitmap": () => elementSize(transferredBitmap()),
  "a closed VideoFrame": async () => elementSize(await closedFrame()),
  "an empty canvas": () => elementSize(Object.assign(document.createElement("canvas"), { width: 0, height: 3 })),
  "an empty OffscreenCanvas": () => elementSize(new OffscreenCanvas(5, 0)),
  "an image without an address": () => elementSize(new Image()),
  "an image that is loading": (places) => elementSize(loadingImage(places)),
  "a broken image": async () => elementSize(await brokenImage()),
  "a video without a frame": () => elementSize(document.createElement("video")),
  "an SVG image without a size": () => elementSize(svgImage(0)),
  "an SVG image that has not loaded": () => snapshot(svgImage(4)),
  "a canvas without a context": () => snapshot(document.createElement("canvas")),
  "a canvas that went offscreen": () => snapshot(transferredCanvas()),

  "a bitmap closed after it was measured": () => {
    const bitmap = canvas().transferToImageBitmap();
    bitmap.close();
    return snapshot(bitmap, SIZE);
  },
  "a frame closed after it was measured": async () => snapshot(await closedFrame(), SIZE),
  "a closed frame's alpha": async () => lookAtAlpha(await closedFrame(), SIZE),
  "an image of another origin": async (places) => snapshot(await foreignImage(places)),
  "an image of another origin, on a canvas": async (places) => new CanvasCopy(await foreignImage(places), SIZE),
  "a tainted canvas": async (places) => snapshot(await taintedCanvas(places)),
  "a tainted canvas's alpha": async (places) => lookAtAlpha(await taintedCanvas(places), SIZE),
  "a picture larger than a texture": () => snapshot(canvas(), { width: 99_999, height: 4 }),
  "a picture wider than a canvas": async () => {
    const bitmap = await createImageBitmap(new ImageData(70_000, 1));
    return lookAtAlpha(bitmap, elementSize(bitmap));
  },
  "a copy that the GPU refuses": async () => snapshotElement(await deviceThatRefuses(), canvas(), SIZE, "srgb").ready,
  "a copy on a lost device": async () => snapshotElement(await lostDevice(), canvas(), SIZE, "srgb").ready,

  "a texture of another format": async () => readTexture8(await device(), await textureOf("rgba16float", 1)),
  "a texture without COPY_SRC": async () => readTexture8(await device(), await textureOf("rgba8unorm", 4)),
  "a destroyed texture": async () => {
    const texture = await textureOf("rgba8unorm", 1);
    texture.destroy();
    return readTexture8(await device(), texture);
  },
  "a texture of a lost device": async () => {
    const lost = await lostDevice();
    return readTexture8(lost, lost.createTexture({ label: "mine", size: [4, 4], format: "rgba8unorm", usage: 1 }));
  },

  "a Blob that is no picture": () => decode(new Blob(["text"], { type: "text/plain" })),
  "an empty File": () => decode(new File([], "photo.png")),
  "a URL that is not found": ({ here }) => decode(new URL("nothing.png", here)),
  "a URL of a page": ({ here }) => decode(new URL("blank", here)),
  "a URL of another origin": ({ elsewhere }) => decode(new URL("picture.png", elsewhere)),
  "a URL, aborted": ({ here }) => decode(new URL("picture.png", here), AbortSignal.abort(new Error("no longer"))),
  "a URL, aborted on its way": ({ here }) => {
    const abort = new AbortController();
    const decoding = decode(new URL("picture.png", here), abort.signal);
    abort.abort(new Error("no longer"));
    return decoding;
  },
};

export interface Refused {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
}

/** What the case throws, and how many textures it made and did not destroy. */
export async function run(name: string, places: Places): Promise<{ refused: Refused | undefined; left: number }> {
  await device();
  const left = new Set<GPUTexture>();
  const { createTexture } = GPUDevice.prototype;
  const { destroy } = GPUTexture.prototype;
  GPUDevice.prototype.createTexture = function (wanted) {
    const texture = createTexture.call(this, wanted);
    if (wanted.label !== "mine") left.add(texture);
    return texture;
  };
  GPUTexture.prototype.destroy = function () {
    left.delete(this);
    return destroy.call(this);
  };
  try {
    return { refused: await refusal(() => CASES[name]!(places)), left: left.size };
  } finally {
    GPUDevice.prototype.createTexture = createTexture;
    GPUTexture.prototype.destroy = destroy;
  }
}

async function refusal(act: () => unknown): Promise<Refused | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    const { name, code, message } = error as Refused;
    return { name, code, message };
  }
}
