// Makes passes for tests and runs them. Owns the network that they have, small and with the kernel that compiles fastest, and freeing
// all that a test makes.

import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import type { PassOptions } from "../../src/job/pass-options.js";
import type { UpscalePass } from "../../src/job/upscale-pass.js";
import type { Model } from "../../src/models/model.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { deviceName, type TuningTable } from "../../src/plan/tuning.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { createUpscaler, type Upscaler, type UpscalerOptions } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { randomPicture } from "../cases/random.js";
import { type Calls, countCalls } from "./calls.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { readTexture, TEXTURE, type TexturePlace, textureOf } from "./textures.js";

export const MODEL = modelOf(compactWeights({ scale: 2, blocks: 1 }));

/** Counts until the test ends. */
export function counted(device: GPUDevice): Calls {
  const calls = countCalls(device);
  kept({ destroy: calls.stop });
  return calls;
}

/** What chooses the plain kernel everywhere. */
export function plainTuning(device: GPUDevice, storage: Storage = "f32"): TuningTable {
  const forms = [1, 2].flatMap((upsample) => [1, 2, 3, 4].map((shuffle) => ({ kernel: 3, upsample, shuffle })));
  const choices = forms.map((form) => ({ form, variant: { kind: "plain" } as const, measured: [] }));
  return { version: 1, device: deviceName(capabilitiesOf(device)), storage, choices };
}

export interface SmallOptions extends Pick<UpscalerOptions, "memoryBudget"> {
  readonly model?: Model;
  readonly device?: GPUDevice;
}

export async function smallUpscaler(options: SmallOptions = {}): Promise<Upscaler> {
  const { model = MODEL, device = await softwareDevice(), memoryBudget } = options;
  return kept(await createUpscaler(device, { model, precision: "f32", memoryBudget, tuning: plainTuning(device) }));
}

export async function passOf(owner: Upscaler, options: PassOptions): Promise<UpscalePass> {
  return kept(await owner.createPass(options));
}

/** An opaque RGBA picture, or one with that alpha. */
export function rgba(width: number, height: number, alpha: (pixel: number) => number = () => 255, seed = 1): Pixels {
  const { data, ...form } = randomPicture(width, height, 4, 8, seed);
  return { ...form, data: data.map((value, i) => (i % 4 === 3 ? alpha(i >> 2) : value)) };
}

/** A texture that `pass` can store to, and a test can read. */
export function outputFor(
  device: GPUDevice,
  pass: Pick<UpscalePass, "width" | "height" | "outputUsage">,
  format: GPUTextureFormat,
): GPUTexture {
  const usage = pass.outputUsage | TEXTURE.copySrc;
  return kept(device.createTexture({ size: [pass.width, pass.height], format, usage }));
}

export function inputOf(
  device: GPUDevice,
  pixels: Parameters<typeof textureOf>[1],
  format: GPUTextureFormat,
  toFloat?: (level: number) => number,
): GPUTexture {
  return kept(textureOf(device, pixels, format, TEXTURE.binding, toFloat));
}

/** What `record` records, submitted. */
export function submitted(device: GPUDevice, record: (encoder: GPUCommandEncoder) => void): void {
  const encoder = device.createCommandEncoder();
  record(encoder);
  device.queue.submit([encoder.finish()]);
}

/** The whole picture by encode(), read back. */
export async function encoded(
  device: GPUDevice,
  pass: UpscalePass,
  from: GPUTexture | TexturePlace,
  to: GPUTexture | TexturePlace,
): Promise<Uint8Array | Float32Array> {
  submitted(device, (encoder) => pass.encode(encoder, from, to));
  return readTexture(device, to);
}

/** How many values are further than `tolerance` from those wanted, or missing; NaN is wrong. */
export function wrongValues(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 0): number {
  let wrong = Math.abs(got.length - wanted.length);
  for (let i = 0; i < wanted.length; i++) if (!(Math.abs(got[i]! - wanted[i]!) <= tolerance)) wrong++;
  return wrong;
}

/** sRGB as IEC 61966-2-1 has it, 0..1. */
export function linearOf(encodedValue: number): number {
  return encodedValue <= 0.04045 ? encodedValue / 12.92 : ((encodedValue + 0.055) / 1.055) ** 2.4;
}

export function encodedOf(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** The device of the tests as if it could not store to bgra8unorm. */
export function withoutBgraStorage(device: GPUDevice): void {
  const { features } = device;
  const define = (value: GPUSupportedFeatures | ReadonlySet<string>) =>
    Object.defineProperty(device, "features", { value, configurable: true });
  define(new Set([...features].filter((name) => name !== "bgra8unorm-storage")));
  kept({ destroy: () => define(features) });
}
