// What runs in the page for upscale-refusals.test.ts: upscale() of what cannot be read or drawn into.
import type { ImageSource } from "../../src/picture/source.js";
import { upscale } from "../../src/upscale.js";
import type { UpscaleOptions } from "../../src/upscaler.js";
import { countMemory } from "../gpu/memory.js";
import { device, openDevice, uncaptured } from "./pictures-page.js";
import type { Places, Refused } from "./refusals-page.js";
import { MODEL, quickTuning, quickUpscaler, textureOf, upscaler } from "./upscale-sources.js";

export { uncaptured };

const VALUES = { width: 4, height: 4, values: new Array(64).fill(200), png: [] };
const raw = () => ({ data: new Uint8Array(64).fill(99), width: 4, height: 4, channels: 4 }) as const;

function canvas(width = 4, height = 4): HTMLCanvasElement {
  const made = Object.assign(document.createElement("canvas"), { width, height });
  made.getContext("2d")!.fillRect(0, 0, width, height);
  return made;
}

async function closedBitmap(): Promise<ImageBitmap> {
  const bitmap = await createImageBitmap(canvas());
  bitmap.close();
  return bitmap;
}

function closedFrame(): VideoFrame {
  const frame = new VideoFrame(canvas(), { timestamp: 0 });
  frame.close();
  return frame;
}

async function taintedCanvas({ elsewhere }: Places): Promise<HTMLCanvasElement> {
  const image = new Image();
  image.src = `${elsewhere}picture.png`;
  await image.decode();
  const made = canvas();
  made.getContext("2d")!.drawImage(image, 0, 0);
  return made;
}

function loadingImage({ here }: Places): HTMLImageElement {
  const image = new Image();
  image.src = `${here}picture.png?${Math.random()}`;
  return image;
}

const into = (options: object) => [raw(), options as UpscaleOptions] as const;

type Case = readonly [source: ImageSource, options?: UpscaleOptions];

export const CASES: Readonly<Record<string, (places: Places) => Case | Promise<Case>>> = {
  "a closed ImageBitmap": async () => [await closedBitmap()],
  "a closed VideoFrame": () => [closedFrame()],
  "a tainted canvas": async (places) => [await taintedCanvas(places)],
  "a tainted canvas into pixels": async (places) => [await taintedCanvas(places), { output: "pixels" }],
  "an empty canvas": () => [canvas(0, 3)],
  "an image that is loading": (places) => [loadingImage(places)],
  "an image without an address": () => [new Image()],
  "a video without a frame": () => [document.createElement("video")],
  "a Blob that is no picture": () => [new Blob(["text"], { type: "text/plain" })],
  "a URL that is not found": ({ here }) => [new URL("nothing.png", here)],
  "a URL of another origin": ({ elsewhere }) => [new URL("picture.png", elsewhere)],
  "an address in a string": () => ["picture.png" as unknown as ImageSource],
  "a texture of another device": async () => [textureOf(await openDevice(), VALUES)],
  "a texture of another device into pixels": async () => [textureOf(await openDevice(), VALUES), { output: "pixels" }],
  "an output texture of another device": async () => {
    const texture = (await openDevice()).createTexture({ label: "mine", size: [8, 8], format: "rgba8unorm", usage: 8 });
    return into({ texture });
  },
  "no canvas": () => into({ output: "canvas" }),
  "a canvas for pixels": () => into({ output: "pixels", canvas: new OffscreenCanvas(1, 1) }),
  "a canvas with a 2D context": () => into({ canvas: canvas() }),
  "an element that is no canvas": () => into({ canvas: document.createElement("div") }),
  "a type that is no picture's": () => into({ output: "blob", type: "text/plain" }),
  "a type that the browser cannot write": () => into({ output: "blob", type: "image/avif" }),
};

/** What the case throws from both calls, what it leaves, and whether the next call of the same Upscaler works. */
export async function run(name: string, places: Places) {
  const gpu = await device();
  const owner = await upscaler();
  await owner.upscale(raw()); // what is prepared for the next call is not left by this one
  const count = countMemory(gpu);
  try {
    const refused: (Refused | undefined)[] = [];
    const calls = [
      async () => owner.upscale(...(await CASES[name]!(places))),
      async () => {
        const [source, options] = await CASES[name]!(places);
        const model = { model: MODEL, precision: "f32", tuning: quickTuning(gpu) } as const;
        return upscale(gpu, source, { ...options, ...model } as Parameters<typeof upscale>[2]);
      },
    ];
    for (const call of calls) {
      refused.push(
        await call().then(
          () => undefined,
          ({ name: kind, code, message }: Refused) => ({ name: kind, code, message }),
        ),
      );
    }
    await gpu.queue.onSubmittedWorkDone();
    const left = count.live().filter((label) => !RUNS.test(label));
    const { width } = await owner.upscale(raw());
    return { refused, left, next: width };
  } finally {
    count.stop();
  }
}

// What a result that cannot be written as a file was computed with.
const RUNS =
  /weights|activations|slot|picture in|picture out|packed out|staging|regions|uniforms|alpha|taps|nothing|body|conv/;

/** Calls on a device that is lost before, and while they wait. */
export async function lost() {
  const messages: string[] = [];
  for (const when of ["before", "after"] as const) {
    const gpu = await openDevice();
    const owner = await quickUpscaler(gpu);
    const bitmap = await createImageBitmap(canvas());
    if (when === "before") gpu.destroy();
    const calls = [
      ...(["imageBitmap", "texture", "pixels"] as const).map((output) => owner.upscale(bitmap, { output })),
      owner.upscale(bitmap, { canvas: new OffscreenCanvas(1, 1) }),
    ];
    if (when === "after") gpu.destroy();
    for (const call of calls) {
      const failed = await (call as Promise<unknown>).then(
        () => "none",
        ({ code, message }: Refused) => `${code}: ${message}`,
      );
      messages.push(failed);
    }
  }
  return messages;
}
