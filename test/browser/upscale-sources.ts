// Sources of every kind and a quick Upscaler, for the pages that test upscale(). Owns making them; reading results is upscale-read.ts.
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import type { Model } from "../../src/models/model.js";
import type { ImageSource } from "../../src/picture/source.js";
import { choosePrecision } from "../../src/plan/choose-kernel.js";
import { deviceName, type TuningTable } from "../../src/plan/tuning.js";
import { createUpscaler, type Upscaler, type UpscalerOptions } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { blobOf, device, type Given, imageDataOf, make, throughTexture } from "./pictures-page.js";

/** A picture as a test sends it, and its address on the test's server. */
export interface Served extends Given {
  readonly address: string;
}

export const WEIGHTS = compactWeights({ scale: 2, blocks: 1, features: 4 });
export const MODEL: Model = modelOf(WEIGHTS);

/** The kernel that compiles fastest, as if it had been measured: none of these tests is about kernels. */
export function quickTuning(gpu: GPUDevice): TuningTable {
  const forms = [1, 2].flatMap((upsample) => [1, 2, 4].map((shuffle) => ({ kernel: 3, upsample, shuffle })));
  const choices = forms.map((form) => ({ form, variant: { kind: "plain" } as const, measured: [] }));
  const capabilities = capabilitiesOf(gpu);
  const { storage } = choosePrecision("f32", capabilities);
  return { version: 1, device: deviceName(capabilities), storage, choices };
}

export function quickUpscaler(gpu: GPUDevice, options: UpscalerOptions = {}): Promise<Upscaler> {
  return createUpscaler(gpu, { model: MODEL, precision: "f32", tuning: quickTuning(gpu), ...options });
}

let shared: Promise<Upscaler> | undefined;

/** One for all tests of a page that need no other. */
export function upscaler(): Promise<Upscaler> {
  shared ??= device().then((gpu) => quickUpscaler(gpu));
  return shared;
}

export function textureOf(gpu: GPUDevice, { values, width, height }: Given, usage: number = 0x4): GPUTexture {
  const texture = gpu.createTexture({ label: "mine", size: [width, height], format: "rgba8unorm", usage: usage | 0x2 });
  gpu.queue.writeTexture({ texture }, Uint8Array.from(values), { bytesPerRow: width * 4 }, [width, height]);
  return texture;
}

const rawOf = ({ values, width, height }: Given) =>
  ({ data: Uint8Array.from(values), width, height, channels: 4 }) as const;

const RAW: Readonly<Record<string, (given: Served) => ImageSource | Promise<ImageSource>>> = {
  ImageData: (given) => imageDataOf(given),
  Blob: blobOf,
  File: (given) => new File([blobOf(given)], "picture.png"),
  URL: ({ address }) => new URL(address, location.href),
  GPUTexture: async (given) => textureOf(await device(), given),
  pixels: rawOf,
  "pixels of 3 channels": ({ values, width, height }) => ({
    data: Uint8Array.from(values.filter((_, i) => i % 4 !== 3)),
    width,
    height,
    channels: 3,
  }),
  sharp: ({ values, width, height }) => ({ data: Uint8Array.from(values), info: { width, height, channels: 4 } }),
};

/** A source of the kind `kind`, of those that pictures-page.ts does not have as they are given, or of its own. */
export async function sourceOf(kind: string, given: Served): Promise<ImageSource> {
  const source = await (RAW[kind]?.(given) ?? make(kind, given));
  if (kind === "HTMLVideoElement") {
    (source as HTMLVideoElement).pause();
    await new Promise((resolve) => setTimeout(resolve, 200)); // for a frame that is on its way
  }
  return source;
}

/** Kinds that the browser holds with premultiplied colours, or compressed: what can be read of them is what counts. */
const LOSSY = ["SVGImageElement", "HTMLVideoElement", "HTMLCanvasElement", "OffscreenCanvas", "VideoFrame"];

/** What `source` holds, as raw pixels. */
export async function heldBy(kind: string, source: ImageSource, given: Given): Promise<ReturnType<typeof rawOf>> {
  if (LOSSY.includes(kind)) {
    const { values, width, height } = await throughTexture(source as OffscreenCanvas);
    return rawOf({ ...given, values, width, height });
  }
  const values = kind.endsWith("3 channels") ? given.values.map((v, i) => (i % 4 === 3 ? 255 : v)) : given.values;
  return rawOf({ ...given, values });
}

/** Makes a source be something else, or nothing. */
export async function spoil(source: ImageSource): Promise<void> {
  if ("close" in source) source.close();
  else if ("destroy" in source) source.destroy();
  else if ("data" in source) structuredClone(source.data.fill(0).buffer, { transfer: [source.data.buffer] });
  else if ("getContext" in source) {
    const context = source.getContext("2d") as CanvasRenderingContext2D;
    context.fillRect(0, 0, 9999, 9999);
    source.width = 3;
  } else if ("src" in source) source.removeAttribute("src");
  else if ("removeAttribute" in source) source.removeAttribute("href");
  else if ("href" in source) source.href = "data:,nothing";
}
