// What runs in the page for upscale-calls.test.ts: calls of a browser's pictures, with what they make on the device counted.
import type { Progress } from "../../src/job/progress.js";
import type { OutputKind } from "../../src/picture/output-kind.js";
import { upscale } from "../../src/upscale.js";
import type { UpscaleOptions, Upscaler } from "../../src/upscaler.js";
import { countMemory, type MemoryCount } from "../gpu/memory.js";
import { device, type Given, imageDataOf, openDevice, throughTexture, uncaptured } from "./pictures-page.js";
import { premultipliedOf, type Read, readResult, resultIn, type Sink, verdictOf } from "./upscale-read.js";
import { MODEL, quickTuning, quickUpscaler, type Served, sourceOf, textureOf, upscaler } from "./upscale-sources.js";

export { uncaptured };

/** Runs `work` while what is made on `gpu` is counted. */
async function counting<T>(gpu: GPUDevice, work: (count: MemoryCount) => Promise<T>): Promise<T> {
  const count = countMemory(gpu);
  try {
    return await work(count);
  } finally {
    count.stop();
  }
}

const bitmapOf = (given: Given) => createImageBitmap(imageDataOf(given), { premultiplyAlpha: "none" });
const rawOf = ({ values, width, height }: Given) =>
  ({ data: Uint8Array.from(values), width, height, channels: 4 }) as const;

async function wantedOf(owner: Upscaler, given: Given, options: UpscaleOptions = {}): Promise<Read> {
  return readResult(await owner.upscale(rawOf(given), { ...options, output: "pixels" }));
}

/** upscale(device, bitmap): what it gives, how often anything was mapped, and what is left of pictures. */
export function oneCall(given: Given) {
  return device().then((gpu) =>
    counting(gpu, async (count) => {
      const options = { model: MODEL, precision: "f32", tuning: quickTuning(gpu) } as const;
      const bitmap = await upscale(gpu, await bitmapOf(given), options);
      const maps = count.maps();
      const left = count.live().filter((label) => /snapshot|copy|between|stored|result|read-back/.test(label));
      return { verdict: verdictOf(await readResult(bitmap), await wantedOf(await upscaler(), given)), maps, left };
    }),
  );
}

const outputOf = (sink: Sink): OutputKind => (/^[HO]/.test(sink) ? "canvas" : (sink as OutputKind));

/** What a call of an opaque picture takes on the device, beside what plan() says. */
export async function memoryOf(kind: string, sink: Sink, given: Served, options: UpscaleOptions, budgetShare: number) {
  const gpu = await device();
  const { width, height } = given;
  const output = outputOf(sink);
  const { tile, scale, tta } = options;
  const form = { tile, scale, tta, output };
  const free = await quickUpscaler(gpu);
  const { peakBytes, weightBytes } = free.plan(width, height, form);
  const memoryBudget = Math.ceil(weightBytes + (peakBytes - weightBytes) * budgetShare);
  const wanted = await wantedOf(free, given, options);
  free.destroy();
  const owner = await quickUpscaler(gpu, { memoryBudget });
  const plan = owner.plan(width, height, form);
  const source = await sourceOf(kind, given);
  return counting(gpu, async (count) => {
    const canvas = new OffscreenCanvas(1, 1);
    const into: UpscaleOptions = output === "canvas" ? { output, canvas } : { output };
    const result = await owner.upscale(source, { ...options, ...into });
    const ofResult = result instanceof GPUTexture ? result.width * result.height * 4 : 0;
    const found = {
      maps: count.maps(),
      beyondPlan: Math.max(0, count.peakBytes() - ofResult - plan.peakBytes),
      planBeyondBudget: Math.max(0, plan.peakBytes - memoryBudget),
      verdict: verdictOf(
        await (output === "canvas" ? premultipliedOf(canvas) : readResult(result as ImageBitmap)),
        wanted,
      ),
      left: [] as string[],
    };
    owner.destroy();
    found.left.push(...count.live().filter((label) => !label.includes("read-back")));
    return found;
  });
}

/** A picture larger than a quarter of the budget, and whether a copy of it lay on the GPU. */
export async function beyondBudget(given: Given, memoryBudget: number) {
  const gpu = await device();
  const owner = await quickUpscaler(gpu, { memoryBudget });
  const { createTexture } = gpu;
  let textures = 0;
  gpu.createTexture = (descriptor) => {
    textures++;
    return createTexture.call(gpu, descriptor);
  };
  try {
    const result = await owner.upscale(await bitmapOf(given));
    const made = textures;
    const isBitmap = result instanceof ImageBitmap;
    return { isBitmap, made, verdict: verdictOf(await readResult(result), await wantedOf(owner, given)) };
  } finally {
    delete (gpu as Partial<Pick<GPUDevice, "createTexture">>).createTexture;
    owner.destroy();
  }
}

/** A bitmap wider than textures of a device with default limits. */
export async function wide(width: number, height: number) {
  const gpu = await openDevice();
  const values = Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37 + (i >> 8)) % 256));
  const given = { width, height, values, png: [] };
  const owner = await quickUpscaler(gpu);
  const wanted = await wantedOf(owner, given);
  const bitmap = await bitmapOf(given);
  const pixels = verdictOf(await readResult(await owner.upscale(bitmap, { output: "pixels" })), wanted);
  const large = await owner.upscale(bitmap);
  // Wider than a texture, so that only a canvas can read it.
  const context = new OffscreenCanvas(large.width, large.height).getContext("2d", { willReadFrequently: true })!;
  context.drawImage(large, 0, 0);
  const { data } = context.getImageData(0, 0, large.width, large.height);
  const found = { width: large.width, height: large.height, values: Uint8Array.from(data) };
  const refused: Record<string, unknown> = {};
  for (const output of ["texture", "canvas"] as const) {
    const into = output === "canvas" ? { output, canvas: new OffscreenCanvas(3, 3) } : { output };
    const { code, message } = await owner.upscale(bitmap, into).then(
      () => ({ code: "none", message: "" }),
      (error: { code: string; message: string }) => error,
    );
    refused[output] = { code, message };
  }
  const { maxTextureDimension2D } = gpu.limits;
  gpu.destroy();
  return { maxTextureDimension2D, pixels, imageBitmap: verdictOf(found, wanted), refused };
}

/** A canvas that is drawn in tiles: how often it was shown, and how much of it was there when. */
export async function drawnInTiles(sink: "html" | "offscreen", given: Given, options: UpscaleOptions) {
  const owner = await upscaler();
  const wanted = await wantedOf(owner, given, options);
  const canvas = sink === "html" ? document.createElement("canvas") : new OffscreenCanvas(1, 1);
  const { getCurrentTexture } = GPUCanvasContext.prototype;
  let shown = 0;
  GPUCanvasContext.prototype.getCurrentTexture = function () {
    shown++;
    return getCurrentTexture.call(this);
  };
  const parts: Promise<Read>[] = [];
  const heard: Progress[] = [];
  const onProgress = (progress: Progress) => {
    heard.push(progress);
    if (shown > 0) parts.push(premultipliedOf(canvas));
  };
  const { tiles } = owner.plan(given.width, given.height, options);
  try {
    const result = await owner.upscale(await bitmapOf(given), { ...options, canvas, onProgress });
    const whole = verdictOf(await premultipliedOf(canvas), wanted);
    const drawn = (await Promise.all(parts)).map(({ values }) => values.filter((value, i) => i % 4 === 3 || value > 0));
    const counts = drawn.map(({ length }) => length);
    return { tiles, shown, whole, counts, isMine: result === canvas, heard };
  } finally {
    GPUCanvasContext.prototype.getCurrentTexture = getCurrentTexture;
  }
}

/** Upscales into a canvas that stays in the page's corner, over frames; the values that it should show. */
export async function exhibit(given: Given): Promise<number[]> {
  const owner = await upscaler();
  const canvas = document.createElement("canvas");
  canvas.style.cssText = "position: fixed; left: 0; top: 0";
  document.body.append(canvas);
  await owner.upscale(await bitmapOf(given), { canvas });
  for (let frame = 0; frame < 3; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  return [...(await wantedOf(owner, given)).values];
}

/** Calls into `sink` that are stopped at each report of progress in turn: what they fail with, and what is left. */
export async function stopped(sink: Sink, given: Given, how: "abort" | "destroy", options: UpscaleOptions) {
  const gpu = await device();
  const found: { error: string; left: string[] }[] = [];
  for (const at of [0, 1, 2, 3]) {
    const owner = await quickUpscaler(gpu);
    const bitmap = await bitmapOf(given);
    found.push(
      await counting(gpu, async (count) => {
        const abort = new AbortController();
        let heard = 0;
        const stop = () => (how === "abort" ? abort.abort(new Error("enough")) : owner.destroy());
        const onProgress = () => {
          if (++heard === at) stop();
        };
        const call = resultIn(owner, sink, bitmap, { ...options, signal: abort.signal, onProgress });
        if (at === 0) stop();
        const error = await call.then(
          () => "none",
          ({ message }: Error) => message,
        );
        return { error, left: count.live() };
      }),
    );
    owner.destroy();
  }
  return found;
}

/** ImageData and canvases of display-p3 through the network, beside the same numbers in srgb. */
export async function wideGamut(given: Given) {
  const owner = await upscaler();
  const wanted = await wantedOf(owner, given);
  const settings = { colorSpace: "display-p3" } as const;
  const image = await owner.upscale(imageDataOf(given, settings));
  const canvas = new OffscreenCanvas(given.width, given.height);
  canvas.getContext("2d", settings)!.putImageData(imageDataOf(given, settings), 0, 0);
  const read = async (bitmap: ImageBitmap) => {
    const { values, ...size } = await throughTexture(bitmap, "display-p3");
    return verdictOf({ ...size, values: Uint8Array.from(values) }, wanted);
  };
  const shown = new OffscreenCanvas(1, 1);
  await owner.upscale(canvas, { canvas: shown });
  const inCanvas = await premultipliedOf(shown, "display-p3");
  return {
    colorSpace: image.colorSpace,
    imageData: verdictOf(await readResult(image), wanted),
    asked: (await owner.upscale(canvas, { output: "imageData" })).colorSpace,
    imageBitmap: await read(await owner.upscale(canvas)),
    fromPixels: await read(await owner.upscale(imageDataOf(given, settings), { output: "imageBitmap" })),
    canvas: verdictOf(inCanvas, wanted),
  };
}

/** A file through the network, beside its upright pixels. */
export async function upright(file: readonly number[], type: string) {
  const owner = await upscaler();
  const blob = new Blob([Uint8Array.from(file)], { type });
  const held = await throughTexture(await createImageBitmap(blob, { imageOrientation: "from-image" }));
  const wanted = await wantedOf(owner, { ...held, png: [] });
  return {
    width: held.width,
    height: held.height,
    verdict: verdictOf(await readResult(await owner.upscale(blob)), wanted),
  };
}

/** The strips of a texture, one after another. */
export async function strips(given: Given) {
  const owner = await upscaler();
  const gpu = await device();
  const texture = textureOf(gpu, given);
  const rows: number[] = [];
  const running = owner.strips(texture, { tile: { size: 16, overlap: 4 } });
  texture.destroy();
  for await (const { pixels } of running) rows.push(...pixels.data);
  const { width, height } = given;
  const found = { width: width * 2, height: height * 2, values: Uint8Array.from(rows) };
  return verdictOf(found, await wantedOf(owner, given));
}

/** Strips of a gray picture of 16 bits put onto a canvas, beside the whole as ImageData. */
export async function stripsOntoCanvas({ width, height }: Given) {
  const owner = await upscaler();
  const data = Uint16Array.from({ length: width * height }, (_, i) => (i * 977) % 65536);
  const gray = { data, width, height, channels: 1 } as const;
  const whole = await owner.upscale(gray, { output: "imageData" });
  const context = new OffscreenCanvas(whole.width, whole.height).getContext("2d")!;
  let count = 0;
  for await (const { y, pixels } of owner.strips(gray, { tile: { size: 16, overlap: 4 }, output: "imageData" })) {
    context.putImageData(pixels, 0, y);
    count++;
  }
  const tiled = await owner.upscale(gray, { tile: { size: 16, overlap: 4 }, output: "imageData" });
  const { data: shown } = context.getImageData(0, 0, whole.width, whole.height);
  const read = { width: whole.width, height: whole.height, values: Uint8Array.from(shown) };
  return { verdict: verdictOf(read, { ...read, values: Uint8Array.from(tiled.data) }), count };
}

const kindOfData = ({ data }: ImageData) => Object.prototype.toString.call(data).slice(8, -1);

/**
 * ImageData of float16 and display-p3 through the network: which arrays and colour spaces come out, and by how much the values differ from those of the same picture as
 * 16 bits; undefined where the browser has none.
 */
export async function float16({ width, height }: Given) {
  const owner = await upscaler();
  const settings = { pixelFormat: "rgba-float16", colorSpace: "display-p3" } as ImageDataSettings;
  const image = new ImageData(width, height, settings);
  if (kindOfData(image) !== "Float16Array") return undefined;
  // Steps of a 2048th, which 8 bits do not hold.
  const value = (i: number) => (i % 4 === 3 ? 1 : 0.5 + ((i * 7) % 1024) / 2048);
  image.data.set(Array.from({ length: image.data.length }, (_, i) => value(i)));
  const levels = Uint16Array.from({ length: image.data.length }, (_, i) => Math.round(value(i) * 65535));
  const wanted = await owner.upscale({ data: levels, width, height, channels: 4 });
  const found = await owner.upscale(image);
  const asked = { output: "imageData", pixelFormat: "rgba-float16" } as const;
  const fromPixels = await owner.upscale({ data: levels, width, height, channels: 4 }, asked);
  const rounded = await owner.upscale(image, { output: "imageData", pixelFormat: "rgba-unorm8" });
  const strips: ImageData[] = [];
  for await (const { pixels } of owner.strips(image, { output: "imageData" })) strips.push(pixels);
  const off = (values: ArrayLike<number>, most: number) =>
    Math.max(...wanted.data.map((level, i) => Math.abs(values[i]! / most - level / 65535) * 2 ** 16)) / 2 ** 16;
  return {
    kinds: [found, fromPixels, rounded, strips[0]!].map(kindOfData),
    spaces: [found, fromPixels, rounded, strips[0]!].map(({ colorSpace }) => colorSpace),
    off: [off(found.data, 1), off(fromPixels.data, 1)],
    offRounded: off(rounded.data, 255),
  };
}

/** The most that was on the GPU with a bitmap to a bitmap behind a call that took all there is, beside copies of sources. */
export async function afterLargeCall(given: Given, memoryBudget: number) {
  const gpu = await device();
  const bitmap = await bitmapOf(given);
  return counting(gpu, async (count) => {
    const owner = await quickUpscaler(gpu, { memoryBudget });
    await owner.upscale({ data: new Uint8Array(300 * 200 * 3), width: 300, height: 200, channels: 3 });
    const before = count.liveBytes();
    await owner.upscale(bitmap);
    owner.destroy();
    return { before, peak: count.peakBytes() - given.width * given.height * 4 };
  });
}
