import { type TuneOptions } from "./gpu/tuner.js";
import { type Precision, type PrecisionChoice } from "./graph/choose-kernel.js";
import { type TuningTable } from "./graph/tuning.js";
import { type OutputKind, type OutputTypes } from "./image/sink.js";
import { type ImageSource } from "./image/source.js";
import { type ModelSource } from "./models/bundled.js";
import type { LoadModelOptions, Model } from "./models/model.js";
import type { Architecture } from "./models/network.js";
import type { Pixels } from "./ops/pixels.js";
import { type Progress } from "./upscaler/progress.js";
import { type ResultOptions } from "./upscaler/request.js";
export type { Progress } from "./upscaler/progress.js";
export type { AlphaMode, ResultOptions, TileOption } from "./upscaler/request.js";
export interface UpscalerOptions {
    /** A bundled name, a loaded model, a companion package's export, or whatever loadModel takes. */
    readonly model?: ModelSource | undefined;
    /** "f16" means f16 storage and works without shader-f16; "auto" chooses by device. */
    readonly precision?: "auto" | Precision | undefined;
    /**
     * Bytes that everything on the GPU may take together, weights included. By default as many as the device allows for one
     * buffer, and at most 1 GiB.
     */
    readonly memoryBudget?: number | undefined;
    /** What tune() returned for this device and precision: measured choices of kernels. */
    readonly tuning?: TuningTable | undefined;
    /** For the loading of the model. */
    readonly load?: LoadModelOptions | undefined;
}
/** How to run, beside what. */
export interface RunOptions {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((progress: Progress) => void) | undefined;
    /** Hears one sentence when something was done in another way than asked: f32 where f16 overflowed, smaller tiles. */
    readonly onNote?: ((note: string) => void) | undefined;
}
export interface UpscaleOptions<K extends OutputKind = OutputKind> extends ResultOptions, RunOptions {
    /** What to give back; by default the kind that came in. */
    readonly output?: K | undefined;
}
/** Rows of a result from the top, as wide as the whole; the first is row `y`. */
export interface Strip {
    readonly y: number;
    readonly pixels: Pixels;
}
export interface PlanOptions extends ResultOptions {
    readonly bits?: 8 | 16 | undefined;
    /** Of the picture; 3 by default. */
    readonly channels?: Pixels["channels"] | undefined;
}
/** What runs for a picture of one size, and what it costs. Plain data. */
export interface UpscalePlan {
    /** The result's extent in pixels. */
    readonly width: number;
    readonly height: number;
    readonly precision: Precision;
    readonly reason: string;
    /** How often the network runs over the picture, each time on the result before. */
    readonly passes: number;
    /** Tiles of all passes. */
    readonly tiles: number;
    /** The last pass's tiles, in pixels of its input. */
    readonly tile: {
        readonly width: number;
        readonly height: number;
        readonly columns: number;
        readonly rows: number;
        readonly overlap: number;
        /** Pieces that the layers at high resolution are computed in: exact. */
        readonly windows: number;
    };
    /** Levels of 255 that the result may differ by from the same in one piece; undefined for overlaps that were not measured. */
    readonly seamLevels: number | undefined;
    /** Of a tile. */
    readonly dispatches: number;
    readonly pipelines: number;
    /** The most that the library owns on the GPU while it runs, weights included. */
    readonly peakBytes: number;
    readonly weightBytes: number;
    /** Of all tiles of all passes. */
    readonly flops: number;
    /** Of a tile. */
    readonly buffers: readonly {
        readonly label: string;
        readonly byteLength: number;
    }[];
    readonly steps: readonly {
        readonly node: string;
        readonly op: string;
        readonly variant: string;
        readonly workgroups: readonly [number, number, number];
        readonly flops: number;
        readonly bytes: number;
    }[];
}
/** What the model is. */
export interface ModelInfo {
    readonly name: string;
    readonly architecture: Architecture;
    readonly scale: number;
    readonly blocks: number;
}
/**
 * Loads the model and makes an Upscaler for `device`, which stays the caller's. Weights are uploaded with the first picture.
 * @throws EsrganError "bad-input", or what loadModel throws
 */
export declare function createUpscaler(device: GPUDevice, options?: UpscalerOptions): Promise<Upscaler>;
/** One model on one device. Made by createUpscaler; destroy it when done. Calls queue up. */
export declare class Upscaler {
    #private;
    readonly model: ModelInfo;
    readonly scale: number;
    readonly precision: Precision;
    /** Bytes that everything on the GPU may take together. */
    readonly memoryBudget: number;
    /** @internal Use createUpscaler. */
    constructor(device: GPUDevice, model: Model, options: Pick<UpscalerOptions, "memoryBudget" | "tuning"> & {
        readonly choice: PrecisionChoice;
    });
    /** Why this precision: one sentence. plan().reason tells of the kernels too. */
    get reason(): string;
    /**
     * What upscaling a picture of `width` x `height` pixels will take. Touches no GPU.
     * @throws EsrganError "bad-input" for a size that is none, an option out of range or a memory budget too small for any tile,
     *   "unsupported-device" where the device's limits are too small for any
     */
    plan(width: number, height: number, options?: PlanOptions): UpscalePlan;
    /**
     * Compiles, allocates and uploads what a picture of this size needs, so that the next call of that size starts at once.
     * @throws EsrganError as plan, or "out-of-memory", "device-lost"
     */
    prepare(width: number, height: number, options?: PlanOptions): Promise<void>;
    /**
     * Upscales a picture, by the network's scale or the one asked for. Gray stays gray, 16 bits stay 16; alpha is made larger on its own.
     * @throws signal.reason if aborted; EsrganError as plan, or "out-of-memory", "device-lost", "bad-weights" where the network's
     *   results are no finite numbers
     */
    upscale(source: Pixels, options?: UpscaleOptions<"pixels">): Promise<Pixels>;
    upscale<K extends OutputKind>(source: ImageSource, options: UpscaleOptions<K> & {
        readonly output: K;
    }): Promise<OutputTypes[K]>;
    upscale<S extends ImageSource>(source: S, options?: UpscaleOptions): Promise<S extends Pixels ? Pixels : ImageData>;
    /**
     * Upscales a picture and gives the result in strips from the top, so that it need never be in memory as a whole. Calls after
     * this one wait until all strips were taken or the iteration was left.
     * @throws as upscale
     */
    strips(source: ImageSource, options?: ResultOptions & RunOptions): AsyncGenerator<Strip, void, void>;
    /**
     * Measures which kernels are fastest on this device for this model, about half a second of GPU time beside compiling, and
     * uses them from now on. The table may be kept as JSON and given to createUpscaler as `tuning`. Software adapters are not
     * measured: they take the built-in choices.
     * @throws signal.reason if aborted; EsrganError "out-of-memory", "device-lost"
     */
    tune(options?: TuneOptions): Promise<TuningTable>;
    /** Frees all it made on the device; running and queued calls fail. The device is left alone. */
    destroy(): void;
    [Symbol.dispose](): void;
}
