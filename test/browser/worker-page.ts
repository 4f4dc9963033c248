// What runs in the page for worker.test.ts: calls of Upscalers in workers, beside the same in the page.

import { createUpscaler, deviceRequirements } from "../../src/index.js";
import { createWorkerUpscaler, EsrganError, serve, type WorkerUpscaler } from "../../src/worker/index.js";
import { compactWeights } from "../cases/networks.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";

const MODEL = serializeSafetensors(compactWeights({ scale: 2, blocks: 1, features: 4 }));
const OPTIONS = { model: MODEL, precision: "f32" } as const;
const WORKER = { ...OPTIONS, allowSoftware: true } as const;

let made: Promise<WorkerUpscaler> | undefined;
/** One for most tests: a device takes a while to open. */
function shared(): Promise<WorkerUpscaler> {
  made ??= createWorkerUpscaler(WORKER);
  return made;
}

async function inPage() {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const device = await adapter.requestDevice(deviceRequirements(adapter));
  return createUpscaler(device, OPTIONS);
}

function pixels(width = 13, height = 9, channels: 3 | 4 = 3) {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) =>
    channels === 4 && i % 4 === 3 ? 255 : (i * 37 + (i >> 3)) % 256,
  );
  return { data, width, height, channels, bits: 8 } as const;
}

function drawn(width = 13, height = 9): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(new Uint8ClampedArray(pixels(width, height, 4).data), width, height);
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}

async function bytesOf(result: unknown): Promise<number[]> {
  if (result instanceof Blob) return bytesOf(await createImageBitmap(result));
  if (result instanceof ImageData) return [...result.data];
  if (result instanceof ImageBitmap || result instanceof HTMLCanvasElement) {
    const context = new OffscreenCanvas(result.width, result.height).getContext("2d")!;
    context.drawImage(result, 0, 0);
    return [...context.getImageData(0, 0, result.width, result.height).data];
  }
  return [...(result as { data: Uint8Array }).data];
}

/** The source of a kind. */
async function source(kind: string) {
  const canvas = drawn();
  switch (kind) {
    case "pixels":
      return pixels();
    case "sharp":
      return { data: pixels().data, info: { width: 13, height: 9, channels: 3 } } as const;
    case "ImageData":
      return new ImageData(new Uint8ClampedArray(pixels(13, 9, 4).data), 13, 9);
    case "ImageBitmap":
      return createImageBitmap(canvas);
    case "OffscreenCanvas":
      return canvas;
    case "VideoFrame":
      return new VideoFrame(canvas, { timestamp: 0 });
    case "Blob":
      return canvas.convertToBlob();
    case "URL":
      return new URL("picture.png", location.href);
    default: {
      const image = new Image();
      image.src = URL.createObjectURL(await canvas.convertToBlob());
      await image.decode();
      return image;
    }
  }
}

/** How many bytes of the results in worker and page differ, for each output. */
export async function compare(kind: string): Promise<Record<string, number>> {
  const [worker, page] = [await shared(), await inPage()];
  const off: Record<string, number> = {};
  for (const output of ["pixels", "imageData", "imageBitmap", "blob"] as const) {
    const given = await source(kind);
    const wanted = await bytesOf(await page.upscale(given, { output }));
    const found = await bytesOf(await worker.upscale(given, { output }));
    if (given instanceof VideoFrame) given.close();
    off[output] = wanted.length === found.length ? wanted.filter((byte, i) => byte !== found[i]).length : -1;
  }
  page.destroy();
  return off;
}

/** What is changed one line after the call changes nothing. */
export async function isReadAtOnce(): Promise<boolean[]> {
  const worker = await shared();
  const same = async (first: Promise<unknown>, again: Promise<unknown>) =>
    String(await bytesOf(await first)) === String(await bytesOf(await again));
  const found: boolean[] = [];
  const given = pixels();
  const wanted = worker.upscale(pixels());
  const call = worker.upscale(given);
  given.data.fill(0);
  found.push(await same(call, wanted));
  const strips = worker.strips(pixels());
  const late = pixels();
  const lateStrips = worker.strips(late);
  late.data.fill(0);
  const bytes: string[] = [];
  for (const each of [strips, lateStrips]) {
    for await (const { pixels: part } of each) bytes.push(String(part.data));
  }
  found.push(bytes.length === 2 && bytes[0] === bytes[1]);
  const image = (await source("ImageData")) as ImageData;
  const ofImage = worker.upscale(image);
  image.data.fill(0);
  found.push(await same(ofImage, worker.upscale((await source("ImageData")) as ImageData)));
  const bitmap = (await source("ImageBitmap")) as ImageBitmap;
  const ofBitmap = worker.upscale(bitmap);
  bitmap.close();
  found.push(await same(ofBitmap, worker.upscale((await source("ImageBitmap")) as ImageBitmap)));
  const canvas = drawn();
  const ofCanvas = worker.upscale(canvas);
  canvas.getContext("2d")!.clearRect(0, 0, 13, 9);
  found.push(await same(ofCanvas, worker.upscale(drawn())));
  return found;
}

/** A canvas element that the worker draws, twice. */
export async function drawsCanvas(): Promise<unknown> {
  const worker = await shared();
  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  const sizes: number[][] = [];
  let isSame = true;
  for (const [width, height] of [
    [13, 9],
    [6, 5],
  ] as const) {
    const result = await worker.upscale(drawn(width, height), { canvas });
    isSame &&= result === canvas;
    // The element takes the size on with a frame of the worker's.
    for (let turn = 0; turn < 100 && canvas.width !== 2 * width; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    sizes.push([canvas.width, canvas.height]);
  }
  const wanted = await bytesOf(await worker.upscale(drawn(6, 5), { output: "imageBitmap" }));
  const shown = await bytesOf(canvas);
  return { isSame, sizes, off: shown.filter((byte, i) => byte !== wanted[i]).length, length: shown.length };
}

/** A bitmap beside a canvas, opaque and not: whether it is what the bitmap alone is, and the canvas's size. */
export async function bitmapBesideCanvas(): Promise<unknown> {
  const worker = await shared();
  const canvas = new OffscreenCanvas(1, 1);
  const image = new ImageData(new Uint8ClampedArray(13 * 9 * 4).fill(100), 13, 9);
  const off: number[] = [];
  for (const given of [drawn(), image]) {
    const bitmap = await worker.upscale(given, { canvas, output: "imageBitmap" });
    const wanted = await bytesOf(await worker.upscale(given, { output: "imageBitmap" }));
    const found = await bytesOf(bitmap);
    off.push(bitmap instanceof ImageBitmap ? Math.max(...wanted.map((byte, i) => Math.abs(byte - found[i]!))) : -1);
  }
  const refused = await refusal(() => worker.upscale(drawn(), { canvas: new OffscreenCanvas(1, 1), output: "blob" }));
  return { off, refused };
}

/** How many bytes of bitmaps are lost with the worker that made them: opaque, with alpha, beside a canvas, of other colours. */
export async function bitmapsAfterEnd(): Promise<number[]> {
  const [worker, upscaler] = [await createWorkerUpscaler(WORKER), await inPage()];
  const image = new ImageData(new Uint8ClampedArray(13 * 9 * 4).fill(100), 13, 9);
  const wide = new ImageData(new Uint8ClampedArray(pixels(13, 9, 4).data), 13, 9, { colorSpace: "display-p3" });
  const canvas = new OffscreenCanvas(1, 1);
  const found: ImageBitmap[] = [];
  const wanted: ImageBitmap[] = [];
  for (const given of [drawn(), image, wide]) {
    found.push(await worker.upscale(given, { output: "imageBitmap" }));
    wanted.push(await upscaler.upscale(given, { output: "imageBitmap" }));
  }
  found.push(await worker.upscale(drawn(), { output: "imageBitmap", canvas }));
  wanted.push(wanted[0]!);
  worker.destroy();
  upscaler.destroy();
  await new Promise((resolve) => setTimeout(resolve, 500)); // a worker takes a while to end
  return Promise.all(
    found.map(async (bitmap, i) => {
      const [left, right] = [await bytesOf(bitmap), await bytesOf(wanted[i])];
      return left.filter((byte, at) => byte !== right[at]).length;
    }),
  );
}

export async function strips(): Promise<{ rows: number[]; isEqual: boolean }> {
  const worker = await shared();
  const options = { tile: { size: 16, overlap: 4 } } as const;
  const whole = await worker.upscale(pixels(20, 40), options);
  const rows: number[] = [];
  const bytes: number[] = [];
  for await (const { y, pixels: part } of worker.strips(pixels(20, 40), options)) {
    rows.push(y);
    bytes.push(...part.data);
  }
  return { rows, isEqual: String(bytes) === String(await bytesOf(whole)) };
}

/** Whether strips of ImageData come as such from the worker, and hold what the whole does. */
export async function stripsOfImageData(): Promise<{ areImages: boolean; isEqual: boolean }> {
  const worker = await shared();
  const tile = { size: 16, overlap: 4 };
  const whole = await worker.upscale(pixels(20, 40), { tile, output: "imageData" });
  let areImages = true;
  const bytes: number[] = [];
  for await (const { pixels: part } of worker.strips(pixels(20, 40), { tile, output: "imageData" })) {
    areImages &&= part instanceof ImageData;
    bytes.push(...part.data);
  }
  return { areImages, isEqual: String(bytes) === String([...whole.data]) };
}

/** Several calls at once, of which one is aborted while it runs; progress of the others. */
export async function several(): Promise<unknown> {
  const worker = await shared();
  const controller = new AbortController();
  const progress: number[] = [];
  const calls = [
    worker.upscale(pixels(40, 40), { onProgress: ({ done, total }) => progress.push(done / total) }),
    worker.upscale(pixels(64, 64), { signal: controller.signal, onProgress: () => controller.abort("enough") }),
    worker.upscale(pixels(8, 8)),
  ];
  const settled = await Promise.allSettled(calls);
  const isGrowing = progress.every((value, i) => i === 0 || value >= progress[i - 1]!);
  return {
    settled: settled.map((each) => (each.status === "fulfilled" ? "done" : each.reason)),
    isGrowing,
    last: progress.at(-1),
  };
}

export async function plainData(): Promise<unknown> {
  const worker = await shared();
  const { model, scale, precision, reason } = worker;
  await worker.prepare(8, 8);
  const { width, height, tiles } = await worker.plan(20, 10);
  return { model, scale, precision, reason, plan: { width, height, tiles } };
}

const refusal = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    const { code, message } = error as EsrganError;
    return { isOurs: error instanceof EsrganError, code, message };
  }
};

export async function refusals(): Promise<Record<string, unknown>> {
  const worker = await shared();
  const used = document.createElement("canvas");
  used.getContext("2d");
  const found = {
    name: await refusal(() => createWorkerUpscaler({ model: "nonsense", allowSoftware: true })),
    address: await refusal(() => createWorkerUpscaler({ model: "missing.safetensors", allowSoftware: true })),
    answer: await refusal(async () => createWorkerUpscaler({ model: await fetch("missing.safetensors") })),
    worker: await refusal(() => createWorkerUpscaler({ worker: "own-worker.js" as unknown as Worker })),
    software: await refusal(() => createWorkerUpscaler(OPTIONS)),
    option: await refusal(() => worker.upscale(pixels(), { scail: 2 } as object)),
    inWorker: await refusal(() => worker.upscale(pixels(), { scale: 99 })),
    texture: await refusal(() => worker.upscale({ createView() {} } as unknown as GPUTexture)),
    output: await refusal(() => worker.upscale(pixels(), { output: "texture" as "pixels" })),
    canvas: await refusal(() => worker.upscale(pixels(), { canvas: used })),
    script: await refusal(() => createWorkerUpscaler({ worker: new Worker("nowhere.js"), model: MODEL })),
  };
  return found;
}

/** Destroying ends what runs, and the worker. */
export async function destroys(): Promise<unknown> {
  const worker = await createWorkerUpscaler(WORKER);
  const running = refusal(() => worker.upscale(pixels(64, 64)));
  worker.destroy();
  worker.destroy();
  return [await running, await refusal(() => worker.upscale(pixels()))];
}

/** Two Upscalers in a worker of the page's own, which has messages of its own. */
export async function ownWorker(): Promise<unknown> {
  const worker = new Worker("own-worker.js", { type: "module" });
  const echo = new Promise((resolve) => {
    worker.addEventListener("message", ({ data }) => {
      if (typeof data === "string") resolve(data);
    });
  });
  worker.postMessage("hello");
  const [first, second] = await Promise.all([
    createWorkerUpscaler({ ...WORKER, worker }),
    createWorkerUpscaler({ ...WORKER, worker }),
  ]);
  const results = await Promise.all([first.upscale(pixels()), second.upscale(pixels())]);
  const widths: number[] = [];
  const canvases = [document.createElement("canvas"), document.createElement("canvas")] as const;
  // Each again, and one with the other Upscaler.
  for (const [upscaler, canvas, width] of [
    [first, canvases[0], 5],
    [second, canvases[1], 6],
    [first, canvases[0], 7],
    [first, canvases[1], 8],
  ] as const) {
    await upscaler.upscale(pixels(width, 4), { canvas });
    for (let turn = 0; turn < 100 && canvas.width !== 2 * width; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    widths.push(canvas.width);
  }
  first.destroy();
  const after = await second.upscale(pixels());
  const all = await Promise.all([...results, after].map(bytesOf));
  worker.terminate();
  return { echo: await echo, widths, isEqual: all.every((bytes) => String(bytes) === String(all[0])) };
}

/** What a worker's side has asked of its device by the time that a model lacks its last bytes, and once a picture was drawn. */
export async function whileWeightsCome(): Promise<unknown> {
  const model = serializeSafetensors(compactWeights({ scale: 2, blocks: 24, features: 8 }));
  const work = { pipelines: 0, weightBytes: 0 };
  const { createComputePipelineAsync } = GPUDevice.prototype;
  const { writeBuffer } = GPUQueue.prototype;
  const { fetch } = globalThis;
  let release = () => {};
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(model.slice(0, -1000));
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      controller.enqueue(model.slice(-1000));
      controller.close();
    },
  });
  globalThis.fetch = async () => new Response(body);
  GPUDevice.prototype.createComputePipelineAsync = function (descriptor) {
    work.pipelines++;
    return createComputePipelineAsync.call(this, descriptor);
  };
  GPUQueue.prototype.writeBuffer = function (buffer, offset, data, from, size) {
    if (buffer.label === "esrgan-webgpu weights") work.weightBytes += size ?? data.byteLength;
    writeBuffer.call(this, buffer, offset, data as Uint8Array<ArrayBuffer>, from, size);
  };
  try {
    const { port1, port2 } = new MessageChannel();
    serve(port2);
    for (const port of [port1, port2]) port.start();
    const worker = port1 as unknown as Worker;
    let isMade = false;
    const making = createWorkerUpscaler({
      model: "held.safetensors",
      load: { cache: false },
      allowSoftware: true,
      worker,
    });
    making.then(() => {
      isMade = true;
    });
    const hasSettled = async () => {
      const before = JSON.stringify(work);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return work.weightBytes > 0 && JSON.stringify(work) === before;
    };
    while (!(await hasSettled()));
    const early = { ...work, isMade };
    release();
    const upscaler = await making;
    await upscaler.upscale(drawn(), { canvas: new OffscreenCanvas(1, 1) });
    upscaler.destroy();
    return { early, all: { ...work } };
  } finally {
    globalThis.fetch = fetch;
    GPUDevice.prototype.createComputePipelineAsync = createComputePipelineAsync;
    GPUQueue.prototype.writeBuffer = writeBuffer;
  }
}

export function uncaptured(): string[] {
  return [];
}
