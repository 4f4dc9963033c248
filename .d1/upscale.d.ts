import type { OutputKind, OutputTypes } from "./image/sink.js";
import type { ImageSource } from "./image/source.js";
import type { Pixels } from "./ops/pixels.js";
import { type UpscaleOptions, type UpscalerOptions } from "./upscaler.js";
export type OneCallOptions<K extends OutputKind = OutputKind> = UpscaleOptions<K> & UpscalerOptions;
/**
 * Upscales a picture: 4x with the bundled default model, unless `options` say otherwise. The Upscaler behind it is kept for
 * the device, model and its options, and freed after half a minute without a call.
 * @throws as createUpscaler and Upscaler.upscale
 */
export declare function upscale(device: GPUDevice, source: Pixels, options?: OneCallOptions<"pixels">): Promise<Pixels>;
export declare function upscale<K extends OutputKind>(device: GPUDevice, source: ImageSource, options: OneCallOptions<K> & {
    readonly output: K;
}): Promise<OutputTypes[K]>;
export declare function upscale<S extends ImageSource>(device: GPUDevice, source: S, options?: OneCallOptions): Promise<S extends Pixels ? Pixels : ImageData>;
