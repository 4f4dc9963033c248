// What runs in an example's page before the example does: counts the objects of its device, hears its errors, and gives it frames one by
// one. Owns comparing the canvas with plain upscale() of the low-resolution picture; what is right is decided in the tests.

import type { Pixels } from "../../src/ops/pixels.js";
import { halvesToFloats } from "../../src/weights/half.js";
import { type Calls, countCalls } from "../gpu/calls.js";
import type { Comparison, CopyComparison, ExamplePage } from "./example-page.js";

interface Opened {
  readonly device: GPUDevice;
  readonly calls: Calls;
}

const opened: Opened[] = [];
const errors: string[] = [];
const requestDevice = GPUAdapter.prototype.requestDevice;

GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const device = await requestDevice.call(this, descriptor);
  device.addEventListener("uncapturederror", ({ error }) => errors.push(error.message));
  const createTexture = device.createTexture.bind(device);
  device.createTexture = (texture) => createTexture({ ...texture, usage: texture.usage | GPUTextureUsage.COPY_SRC });
  opened.push({ device, calls: countCalls(device) });
  return device;
};

// Frames come when the test says so, a sixtieth of a second after one another.
let waiting = new Map<number, FrameRequestCallback>();
let frames = 0;
let requests = 0;
globalThis.requestAnimationFrame = (callback) => {
  waiting.set(++requests, callback);
  return requests;
};
globalThis.cancelAnimationFrame = (request) => {
  waiting.delete(request);
};

function step(): void {
  const now = waiting;
  waiting = new Map();
  frames++;
  for (const callback of now.values()) callback((frames * 1000) / 60);
}

interface Example {
  /** Where the picture is that was upscaled. */
  readonly lowResolution: GPUTexture | (() => GPUTexture);
  /** Of that texture, where it is larger than the picture. */
  readonly lowResolutionSize?: () => { readonly width: number; readonly height: number };
  readonly firstRow?: "bottom";
  /** Whether the result is there for the frames to come. */
  readonly ready?: () => Promise<void>;
  readonly [name: string]: unknown;
}

const example = () => (globalThis as unknown as { example: Example }).example;
let isLost = false;
/** The first, or once that was lost the one that came after it. */
const own = () => (isLost ? opened.at(-1)! : opened[0]!);

/** What the canvas shows: in the task of the frame, as it is empty afterwards. */
function shown(): Uint8Array {
  const canvas = document.querySelector("canvas")!;
  const flat = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true })!;
  flat.drawImage(canvas, 0, 0);
  return new Uint8Array(flat.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
}

const lowTexture = () => {
  const { lowResolution: low } = example();
  return typeof low === "function" ? low() : low;
};

/** Bytes of a texture's upper left part: `pitch` a row. */
async function readTexture(texture: GPUTexture, width: number, height: number) {
  const texelBytes = { rgba16float: 8, rgba32float: 16 }[texture.format as string] ?? 4;
  const pitch = Math.ceil((width * texelBytes) / 256) * 256;
  const { device } = own();
  const buffer = device.createBuffer({
    size: pitch * height,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow: pitch }, [width, height]);
  device.queue.submit([encoder.finish()]);
  await buffer.mapAsync(GPUMapMode.READ);
  const bytes = buffer.getMappedRange().slice(0);
  buffer.destroy();
  return { bytes, pitch, texelBytes };
}

/** The low-resolution picture in RGBA as networks take it; linear floats as the nearest levels of sRGB. */
async function lowResolution(): Promise<Pixels> {
  const { lowResolutionSize, firstRow } = example();
  const texture = lowTexture();
  const { width, height } = lowResolutionSize?.() ?? texture;
  const { bytes, pitch, texelBytes } = await readTexture(texture, width, height);
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const from = (firstRow === "bottom" ? height - 1 - y : y) * pitch;
    const row = levels(bytes, from, width * 4, texelBytes);
    for (let i = 0; i < width * 4; i++) {
      const isSwapped = texture.format.startsWith("bgra") && i % 4 !== 3;
      data[y * width * 4 + i] = row[isSwapped ? i + 2 - 2 * (i % 4) : i]!;
    }
  }
  return { data, width, height, channels: 4, bits: 8 } as const;
}

async function readHalves(texture: GPUTexture): Promise<Float32Array> {
  const { width, height } = texture;
  const { bytes, pitch } = await readTexture(texture, width, height);
  const values = new Float32Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    values.set(halvesToFloats(new Uint16Array(bytes, y * pitch, width * 4)), y * width * 4);
  }
  return values;
}

/** Holds the result's colours against the low-resolution texel of each, both as linear floats; for a network that copies. */
async function comparedCopy(): Promise<CopyComparison> {
  const low = lowTexture();
  const high = (example().result as () => GPUTexture)();
  const [from, got] = [await readHalves(low), await readHalves(high)];
  const scale = high.width / low.width;
  let brightest = 0;
  let most = 0;
  for (let y = 0; y < high.height; y++) {
    for (let x = 0; x < high.width * 4; x++) {
      if (x % 4 === 3) continue;
      const texel = Math.floor(y / scale) * low.width + Math.floor(Math.floor(x / 4) / scale);
      const value = from[texel * 4 + (x % 4)]!;
      const difference = Math.abs(got[y * high.width * 4 + x]! - value);
      brightest = Math.max(brightest, value);
      // Beneath a level of 8 bits the difference itself counts.
      most = Math.max(most, difference / Math.max(value, 1 / 255));
      if (Number.isNaN(difference)) most = Infinity;
    }
  }
  return { brightest, most, scale };
}

function levels(bytes: ArrayBuffer, from: number, length: number, texelBytes: number): ArrayLike<number> {
  if (texelBytes === 4) return new Uint8Array(bytes, from, length);
  const linear =
    texelBytes === 8 ? halvesToFloats(new Uint16Array(bytes, from, length)) : new Float32Array(bytes, from, length);
  return linear.map(levelOf);
}

function levelOf(linear: number, index: number): number {
  if (index % 4 === 3) return 255;
  const value = Math.min(Math.max(linear, 0), 1);
  const encoded = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
  return Math.floor(encoded * 255 + 0.5);
}

async function wanted(low: Promise<Pixels> = lowResolution()): Promise<Uint8Array> {
  const { upscale } = (await import(
    /* @vite-ignore */ `${location.origin}/dist/index.js`
  )) as typeof import("../../src/index.js");
  const model = new URLSearchParams(location.search).get("model") ?? "general-x4v3";
  return (await upscale(own().device, await low, { model })).data as Uint8Array;
}

/** How many values of the colours differ, and by how much at most. */
async function compared(got: Uint8Array, low?: Promise<Pixels>): Promise<Comparison> {
  const expected = await wanted(low);
  let differing = Math.abs(got.length - expected.length);
  let most = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = i % 4 === 3 ? 0 : Math.abs(got[i]! - expected[i]!);
    if (difference > 0) differing++;
    most = Math.max(most, difference);
  }
  const levels = new Set(expected.filter((_, i) => i % 4 !== 3)).size;
  return { differing, most, levels, pixels: got.length / 4 };
}

/** A frame of the example's video. The element may go on to its next between the example's task and the copy that is held against it: then again. */
async function comparedVideo(): Promise<Comparison> {
  let found = await comparedFrameOfVideo();
  for (let tries = 1; found.differing > 0 && tries < MOST_TRIES; tries++) found = await comparedFrameOfVideo();
  return found;
}

const MOST_TRIES = 5;

async function comparedFrameOfVideo(): Promise<Comparison> {
  const video = example().video as HTMLVideoElement;
  const listen = example().listen as (listener: () => void) => void;
  const { videoWidth: width, videoHeight: height } = video;
  const [got, pixels] = await new Promise<[Uint8Array, Uint8Array]>((resolve) => {
    listen(() => {
      const flat = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
      flat.drawImage(video, 0, 0);
      resolve([shown(), new Uint8Array(flat.getImageData(0, 0, width, height).data.buffer)]);
      listen(() => {});
    });
  });
  return compared(got, Promise.resolve({ data: pixels, width, height, channels: 4, bits: 8 }));
}

export const page: ExamplePage = {
  isOpen: () => example() !== undefined,
  async run(count) {
    for (let i = 0; i < count; i++) {
      step();
      await own().device.queue.onSubmittedWorkDone();
      // Engines wait for promises of theirs between frames.
      await new Promise((resolve) => setTimeout(resolve));
    }
    return { live: own().calls.live(), calls: own().calls.take() };
  },
  async compareFrame() {
    step();
    return compared(shown());
  },
  async compareVideo(count) {
    const found = [];
    for (let frame = 0; frame < count; frame++) found.push({ ...(await comparedVideo()), live: own().calls.live() });
    return found;
  },
  async compareCopy() {
    step();
    return comparedCopy();
  },
  ready: async () => example().ready?.(),
  value: (name) => example()[name],
  call: async (name, ...values) => (example()[name] as (...values: unknown[]) => unknown)(...values),
  snapshot() {
    step();
    return [...shown()];
  },
  async loseDevice() {
    own().device.destroy();
    await own().device.lost;
    isLost = true;
  },
  takeErrors: () => errors.splice(0),
};
