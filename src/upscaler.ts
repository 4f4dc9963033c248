// Owns the Upscaler: one model on one device, with the state that makes repeated calls fast. Where pictures come from and go
// to is image/, how a network runs is graph/ and gpu/.

import { EsrganError } from "./errors.js";
import { capabilitiesOf } from "./gpu/capabilities.js";
import { untilLost } from "./gpu/device-loss.js";
import { PreparedPlan } from "./gpu/executor.js";
import { type TuneOptions, tune } from "./gpu/tuner.js";
import { WeightStore } from "./gpu/weights.js";
import type { DeviceCapabilities } from "./graph/capabilities.js";
import { choosePrecision, type Precision, type PrecisionChoice } from "./graph/choose-kernel.js";
import { type ExecutionPlan, planExecution } from "./graph/execution-plan.js";
import { type FusedGraph, fuse } from "./graph/fuse.js";
import { type TuningTable, tunedChooser } from "./graph/tuning.js";
import { resizedAlpha } from "./image/alpha.js";
import { packRgba, unpackRgba } from "./image/pack.js";
import { type OutputKind, type OutputTypes, outputKind, toOutput } from "./image/sink.js";
import { type ImageSource, pixelsOf } from "./image/source.js";
import { loadModel, type ModelSource } from "./models/bundled.js";
import type { LoadModelOptions, Model } from "./models/model.js";
import type { Architecture } from "./models/network.js";
import type { ConvForm, ConvVariant } from "./ops/conv2d.kernels.js";
import type { Pixels } from "./ops/pixels.js";
import { roundUp } from "./ops/plane.js";

export interface UpscalerOptions {
  /** A bundled name, a loaded model, a companion package's export, or whatever loadModel takes. */
  readonly model?: ModelSource | undefined;
  /** "f16" means f16 storage and works without shader-f16; "auto" chooses by device. */
  readonly precision?: "auto" | Precision | undefined;
  /** What tune() returned for this device and precision: measured choices of kernels. */
  readonly tuning?: TuningTable | undefined;
  /** For the loading of the model. */
  readonly load?: LoadModelOptions | undefined;
}

/** Work done so far and in all, in units of the same size, and the milliseconds that seem to remain. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly etaMs: number;
}

export interface UpscaleOptions<K extends OutputKind = OutputKind> {
  /** What to give back; by default the kind that came in. */
  readonly output?: K | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What runs for a picture of one size, and what it costs. Plain data. */
export interface UpscalePlan {
  /** The result's extent in pixels. */
  readonly width: number;
  readonly height: number;
  readonly precision: Precision;
  readonly reason: string;
  readonly tiles: number;
  readonly dispatches: number;
  readonly pipelines: number;
  /** Everything the library owns on the GPU while it runs, weights included. */
  readonly peakBytes: number;
  readonly weightBytes: number;
  readonly flops: number;
  readonly buffers: readonly { readonly label: string; readonly byteLength: number }[];
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
export async function createUpscaler(device: GPUDevice, options: UpscalerOptions = {}): Promise<Upscaler> {
  if (typeof device?.createComputePipelineAsync !== "function") {
    throw new EsrganError(
      "bad-input",
      `createUpscaler takes a GPUDevice, got ${device === null ? "null" : typeof device}`,
    );
  }
  const { precision = "auto" } = options;
  if (precision !== "auto" && precision !== "f32" && precision !== "f16") {
    throw new EsrganError("bad-input", `precision must be "auto", "f32" or "f16", got "${precision}"`);
  }
  const model = await loadModel(options.model, options.load);
  return new Upscaler(device, model, choosePrecision(precision, capabilitiesOf(device)), options.tuning);
}

/** The size and form of pictures a prepared plan serves. */
interface PictureForm {
  readonly width: number;
  readonly height: number;
  readonly bits: 8 | 16;
  readonly gray: boolean;
}

/** One model on one device. Made by createUpscaler; destroy it when done. Calls queue up. */
export class Upscaler {
  readonly model: ModelInfo;
  readonly scale: number;
  readonly precision: Precision;
  readonly #device: GPUDevice;
  readonly #model: Model;
  readonly #choice: PrecisionChoice;
  readonly #capabilities: DeviceCapabilities;
  readonly #fused: FusedGraph;
  #weights: WeightStore;
  /** The state of the last picture's form: one, so that memory is what its plan says. */
  #prepared: { readonly key: string; readonly plan: PreparedPlan } | undefined;
  #chooseConv: ((form: ConvForm) => ConvVariant | undefined) | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #destroyed = new AbortController();

  /** @internal Use createUpscaler. */
  constructor(device: GPUDevice, model: Model, choice: PrecisionChoice, tuning?: TuningTable) {
    const { architecture, scale, blocks, graph } = model.network;
    this.model = { name: model.name, architecture, scale, blocks };
    this.scale = scale;
    this.precision = choice.precision;
    this.#device = device;
    this.#model = model;
    this.#choice = choice;
    this.#capabilities = capabilitiesOf(device);
    this.#fused = fuse(graph);
    this.#weights = new WeightStore(device);
    if (tuning) this.#chooseConv = tunedChooser(tuning, this.#capabilities, choice.storage);
  }

  /** Why this precision: one sentence. plan().reason tells of the kernels too. */
  get reason(): string {
    return `${this.precision}: ${this.#choice.why}`;
  }

  /**
   * What upscaling a picture of `width` x `height` pixels will take. Touches no GPU.
   * @throws EsrganError "bad-input" for a size that is none, "unsupported-device" where it does not fit the device's limits
   */
  plan(width: number, height: number, options: { readonly bits?: 8 | 16 } = {}): UpscalePlan {
    const form = { width, height, bits: options.bits ?? 8, gray: false };
    const plan = this.#planFor(form);
    const reason = `${this.reason}; kernels: ${plan.reason}`;
    return summary(plan, { ...this.#outputSize(form), precision: this.precision, reason });
  }

  /**
   * Compiles, allocates and uploads what a picture of this size needs, so that the next call of that size starts at once.
   * @throws EsrganError as plan, or "out-of-memory", "device-lost"
   */
  prepare(width: number, height: number, options: { readonly bits?: 8 | 16 } = {}): Promise<void> {
    return this.#enqueue(async () => {
      await this.#prepare({ width, height, bits: options.bits ?? 8, gray: false });
    });
  }

  /**
   * Upscales a picture by `scale`. Gray stays gray, 16 bits stay 16; alpha is resized bicubically.
   * @throws signal.reason if aborted; EsrganError "bad-input", "unsupported-device", "out-of-memory", "device-lost"
   */
  upscale(source: Pixels, options?: UpscaleOptions<"pixels">): Promise<Pixels>;
  upscale<K extends OutputKind>(
    source: ImageSource,
    options: UpscaleOptions<K> & { readonly output: K },
  ): Promise<OutputTypes[K]>;
  upscale<S extends ImageSource>(source: S, options?: UpscaleOptions): Promise<S extends Pixels ? Pixels : ImageData>;
  upscale(source: ImageSource, options: UpscaleOptions = {}): Promise<Pixels | ImageData> {
    return this.#enqueue(async () => {
      const pixels = pixelsOf(source);
      const kind = outputKind(source, options.output);
      return toOutput(await this.#run(pixels, options), kind);
    }, options.signal);
  }

  /**
   * Measures which kernels are fastest on this device for this model, about half a second of GPU time beside compiling, and
   * uses them from now on. The table may be kept as JSON and given to createUpscaler as `tuning`. Software adapters are not
   * measured: they take the built-in choices.
   * @throws signal.reason if aborted; EsrganError "out-of-memory", "device-lost"
   */
  tune(options: TuneOptions = {}): Promise<TuningTable> {
    return this.#enqueue(async () => {
      const table = await tune(this.#device, this.#fused, this.#capabilities, this.#choice.storage, options);
      this.#destroyed.signal.throwIfAborted();
      this.#chooseConv = tunedChooser(table, this.#capabilities, this.#choice.storage);
      // Other kernels may want their weights packed in another way.
      this.#prepared?.plan.destroy();
      this.#prepared = undefined;
      this.#weights.destroy();
      this.#weights = new WeightStore(this.#device);
      return table;
    }, options.signal);
  }

  /** Frees all it made on the device; running and queued calls fail. The device is left alone. */
  destroy(): void {
    if (this.#destroyed.signal.aborted) return;
    this.#destroyed.abort(new EsrganError("bad-input", "The Upscaler was destroyed"));
    this.#free();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  #free(): void {
    this.#prepared?.plan.destroy();
    this.#prepared = undefined;
    this.#weights.destroy();
  }

  /** Runs `job` after those before it, whatever became of them; aborted while it waits, it fails at once. */
  #enqueue<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const aborted = () => reject(signal?.reason);
      if (signal?.aborted) {
        aborted();
        return;
      }
      signal?.addEventListener("abort", aborted, { once: true });
      this.#queue = this.#queue
        .then(() => {
          signal?.removeEventListener("abort", aborted);
          this.#destroyed.signal.throwIfAborted();
          signal?.throwIfAborted();
          return job();
        })
        .then(resolve, reject);
    });
  }

  async #run(pixels: Pixels, { signal, onProgress }: UpscaleOptions): Promise<Pixels> {
    const { channels, bits } = pixels;
    const gray = channels < 3;
    const start = performance.now();
    const checkpoint = () => {
      this.#destroyed.signal.throwIfAborted();
      signal?.throwIfAborted();
    };
    try {
      const prepared = await this.#prepare({ width: pixels.width, height: pixels.height, bits, gray });
      checkpoint();
      const input = packRgba(pixels);
      const { queue } = this.#device;
      queue.writeBuffer(prepared.buffer("picture-in"), 0, input.buffer, input.byteOffset, input.byteLength);
      await prepared.run({
        checkpoint,
        onProgress: (done, total) => {
          const elapsed = performance.now() - start;
          onProgress?.({ done, total, etaMs: (elapsed / done) * (total - done) });
        },
      });
      checkpoint();
      const size = this.#outputSize(pixels);
      const byteLength = size.width * size.height * (bits / 2);
      const staging = prepared.buffer("staging");
      const bytes = await prepared.read(prepared.buffer("picture-out"), 0, staging, byteLength);
      const alpha = resizedAlpha(pixels, size.width, size.height);
      return unpackRgba(bytes, { ...size, channels, bits }, alpha);
    } catch (error) {
      // What fails because its buffers are gone should say why they are.
      this.#destroyed.signal.throwIfAborted();
      throw error;
    }
  }

  async #prepare(form: PictureForm): Promise<PreparedPlan> {
    const key = JSON.stringify([form.width, form.height, form.bits, form.gray]);
    if (this.#prepared?.key === key) return this.#prepared.plan;
    const plan = this.#planFor(form);
    this.#prepared?.plan.destroy();
    this.#prepared = undefined;
    try {
      const prepared = await untilLost(this.#device, PreparedPlan.create(this.#device, plan, this.#weights));
      this.#prepared = { key, plan: prepared };
      this.#destroyed.signal.throwIfAborted();
      return prepared;
    } catch (error) {
      if (this.#destroyed.signal.aborted) this.#free();
      this.#destroyed.signal.throwIfAborted();
      throw error;
    }
  }

  #planFor(form: PictureForm): ExecutionPlan {
    const { multiple } = this.#model.network;
    const { width, height, bits, gray } = form;
    if (!isPixelCount(width) || !isPixelCount(height)) {
      throw new EsrganError(
        "bad-input",
        `A picture's width and height must be positive integers, got ${width}x${height}`,
      );
    }
    if (bits !== 8 && bits !== 16) {
      throw new EsrganError("bad-input", `A picture has 8 or 16 bits a channel, got ${bits}`);
    }
    const size = this.#outputSize(form);
    return planExecution(this.#fused, {
      width: roundUp(width, multiple),
      height: roundUp(height, multiple),
      storage: this.#choice.storage,
      device: this.#capabilities,
      ...(this.#chooseConv ? { chooseConv: this.#chooseConv } : {}),
      io: { kind: "pixels", width, height, bits, outWidth: size.width, outHeight: size.height, outBits: bits, gray },
    });
  }

  #outputSize({ width, height }: { width: number; height: number }): { width: number; height: number } {
    return { width: width * this.scale, height: height * this.scale };
  }
}

function isPixelCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function summary(
  plan: ExecutionPlan,
  facts: Pick<UpscalePlan, "width" | "height" | "precision" | "reason">,
): UpscalePlan {
  return {
    ...facts,
    tiles: 1,
    dispatches: plan.dispatches.length,
    pipelines: plan.pipelines.length,
    peakBytes: plan.peakBytes,
    weightBytes: plan.weightBytes,
    flops: plan.flops,
    buffers: plan.buffers.map(({ label, byteLength }) => ({ label, byteLength })),
    steps: plan.dispatches.map(({ node, op, variant, workgroups, flops, bytes }) => ({
      node,
      op,
      variant,
      workgroups,
      flops,
      bytes,
    })),
  };
}
