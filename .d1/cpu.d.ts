import type { Model } from "./models/model.js";
import type { Pixels } from "./ops/pixels.js";
/**
 * Upscales `source` with `model` on the calling thread, in float32. Blocks until done: use a worker.
 * @throws EsrganError "bad-input"
 */
export declare function upscaleOnCpu(model: Model, source: Pixels, options?: {
    readonly onProgress?: (progress: {
        done: number;
        total: number;
    }) => void;
}): Pixels;
