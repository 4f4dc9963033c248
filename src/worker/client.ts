// Owns the page's side: an Upscaler whose work is done in a worker, with the same calls.

import { EsrganError } from "../errors.js";
import type { TuneOptions } from "../gpu/tuner.js";
import { requestedOutput } from "../job/output-options.js";
import { bundledSource, DEFAULT_MODEL, hasWeights, isAddress, type ModelSource, statedOf } from "../models/bundled.js";
import type { LoadModelOptions } from "../models/model.js";
import type { Pixels } from "../ops/pixels.js";
import { requireOptions } from "../options.js";
import type { OutputKind, OutputTypes } from "../picture/output-kind.js";
import type { ImageSource } from "../picture/source.js";
import type { TuningTable } from "../plan/tuning.js";
import { requireUpscalerOptions } from "../taken-call.js";
import type { Strip, UpscalePlan } from "../upscaler.js";
import {
  type ModelInfo,
  PLAN_OPTIONS,
  type PlanOptions,
  PREPARE_OPTIONS,
  type PrepareOptions,
  STRIP_OPTIONS,
  type StripOptions,
  TUNE_OPTIONS,
  UPSCALE_OPTIONS,
  UPSCALER_OPTIONS,
  type UpscaleOptions,
  type UpscalerOptions,
} from "../upscaler-options.js";
import { originOf, titleOf } from "../weights/byte-source.js";
import { requireReadable } from "../weights/fetch-weights.js";
import { WorkerLink } from "./link.js";
import type { PostedModel, PostedUpscaleOptions } from "./protocol.js";
import { type Postable, postable, requirePostable } from "./source.js";

/** How to make an Upscaler in a worker. */
export interface WorkerUpscalerOptions extends UpscalerOptions {
  /** Takes an adapter that computes on the CPU where there is no other; false by default. */
  readonly allowSoftware?: boolean | undefined;
  /** A worker of your own that calls serve(). By default one is started from the package's script, for this Upscaler alone. */
  readonly worker?: Worker | undefined;
}

/** Results that can be posted. */
export type WorkerOutput = Exclude<OutputKind, "texture">;

/** Options of one call of a WorkerUpscaler: those of an Upscaler but for textures. */
export interface WorkerUpscaleOptions<K extends WorkerOutput = WorkerOutput>
  extends Omit<UpscaleOptions, "output" | "texture" | "textureFormat" | "textureUsage"> {
  /**
   * What to give back: by default the kind that came in, and an ImageBitmap for elements, frames, blobs and URLs. A bitmap of more than 2^26
   * pixels is to be drawn before destroy() ends the worker, which browsers may keep its pixels with.
   */
  readonly output?: K | undefined;
}

const CLIENT_OPTIONS = [...UPSCALER_OPTIONS, "worker", "allowSoftware"];

/**
 * Makes an Upscaler in a worker, on a device of its own.
 * @example
 * const upscaler = await createWorkerUpscaler({ model: "https://example.com/model.safetensors" });
 * await upscaler.upscale(file, { canvas });
 * @throws EsrganError as createUpscaler, or "unsupported-device" where the worker has no WebGPU, "internal" where its script fails
 */
export async function createWorkerUpscaler(options: WorkerUpscalerOptions = {}): Promise<WorkerUpscaler> {
  requireOptions(options, CLIENT_OPTIONS, "createWorkerUpscaler");
  requireUpscalerOptions(options);
  const { worker, model = DEFAULT_MODEL, load = {}, allowSoftware = false, ...rest } = options;
  const { signal, onProgress, ...loading } = load;
  const named = isNamed(model) ? { name: model, ...loading, stated: statedOf(model, load) } : loading;
  if (worker !== undefined && typeof worker?.postMessage !== "function") {
    throw new EsrganError("bad-input", "The option worker must be a Worker that calls serve()");
  }
  const link = worker ? WorkerLink.to(worker) : WorkerLink.start();
  const number = link.number();
  try {
    const posted = { ...rest, model: await postedModel(model, load), load: named, allowSoftware };
    const ask = { what: "create", upscaler: number, options: posted } as const;
    const info = await link.ask(ask, { signal, onProgress });
    return new WorkerUpscaler(link, number, info as WorkerUpscalerInfo, worker === undefined);
  } catch (error) {
    if (!worker) link.terminate();
    throw error;
  }
}

interface WorkerUpscalerInfo {
  readonly model: ModelInfo;
  readonly scale: number;
  readonly precision: "f32" | "f16";
  readonly memoryBudget: number;
  readonly reason: string;
}

/** An Upscaler whose work is done in a worker. Calls queue up there; destroy it when done. */
export class WorkerUpscaler {
  /** What the model is. */
  readonly model: ModelInfo;
  /** Output pixels for each of the source's along an axis, unless a call asks for another scale. */
  readonly scale: number;
  /** How weights and activations are stored. */
  readonly precision: "f32" | "f16";
  /** Bytes that everything on the GPU may take together. */
  readonly memoryBudget: number;
  /** Why this precision: one sentence. */
  readonly reason: string;
  #isDestroyed = false;

  /** @internal Use createWorkerUpscaler. */
  constructor(
    private readonly link: WorkerLink,
    private readonly number: number,
    { model, scale, precision, memoryBudget, reason }: WorkerUpscalerInfo,
    private readonly isOwnWorker: boolean,
  ) {
    this.model = model;
    this.scale = scale;
    this.precision = precision;
    this.memoryBudget = memoryBudget;
    this.reason = reason;
  }

  /** As Upscaler.plan. */
  async plan(width: number, height: number, options: PlanOptions = {}): Promise<UpscalePlan> {
    requireOptions(options, PLAN_OPTIONS, "plan");
    return (await this.#call("plan", [width, height, options])) as UpscalePlan;
  }

  /** As Upscaler.prepare. */
  async prepare(width: number, height: number, options: PrepareOptions = {}): Promise<void> {
    requireOptions(options, PREPARE_OPTIONS, "prepare");
    const { signal, ...rest } = options;
    await this.#call("prepare", [width, height, rest], signal);
  }

  /** As Upscaler.tune. */
  async tune(options: TuneOptions = {}): Promise<TuningTable> {
    requireOptions(options, TUNE_OPTIONS, "tune");
    const { signal, ...rest } = options;
    return (await this.#call("tune", [rest], signal)) as TuningTable;
  }

  /**
   * As Upscaler.upscale, but for textures, which belong to one thread's device. The source is read when the call is made. A canvas
   * element is drawn by the worker from then on (transferControlToOffscreen), so nobody may have drawn into it before.
   * @throws as Upscaler.upscale; "internal" where the worker failed or was terminated
   */
  async upscale<K extends WorkerOutput>(
    source: ImageSource,
    options: WorkerUpscaleOptions<K> = {},
  ): Promise<OutputTypes[K]> {
    requireOptions(options, UPSCALE_OPTIONS, "upscale");
    this.#requireUsable();
    const { signal, onProgress, onNote, canvas, ...rest } = options;
    signal?.throwIfAborted();
    requirePostable(source);
    const output = requestedOutput(source, options);
    if (output === "texture") {
      throw new EsrganError(
        "bad-input",
        "A texture belongs to the device of one thread, so a worker cannot give it back",
      );
    }
    const asked: PostedUpscaleOptions = { ...rest, output };
    const { source: given, transfer } = await postable(source);
    const drawn = canvas && this.link.canvases.of(canvas);
    const found = await this.link.ask(
      { what: "upscale", upscaler: this.number, source: given, options: asked, canvas: drawn },
      { transfer: [...transfer, ...(drawn?.canvas ? [drawn.canvas] : [])], signal, onProgress, onNote },
    );
    return (output === "canvas" ? canvas : found) as OutputTypes[K];
  }

  /** As Upscaler.strips. The worker computes the next strip when it is asked for. */
  strips(
    source: ImageSource,
    options: StripOptions & { readonly output: "imageData" },
  ): AsyncGenerator<Strip<ImageData>, void, void>;
  strips(source: ImageSource, options?: StripOptions<"pixels">): AsyncGenerator<Strip, void, void>;
  strips(source: ImageSource, options: StripOptions = {}): AsyncGenerator<Strip<Pixels | ImageData>, void, void> {
    requireOptions(options, STRIP_OPTIONS, "strips");
    this.#requireUsable();
    const taken = postable(source);
    taken.catch(() => {}); // nobody may ever ask for a strip
    return this.#strips(taken, options);
  }

  /** Frees what the worker made for it, and ends the worker where that was started for it. Running calls fail. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    if (this.isOwnWorker) this.link.terminate(new EsrganError("bad-input", "The Upscaler was destroyed"));
    else this.link.destroy(this.number);
  }

  /** As destroy(), for `using`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  async *#strips(
    taken: Promise<Postable>,
    { signal, onProgress, onNote, ...options }: StripOptions,
  ): AsyncGenerator<Strip<Pixels | ImageData>, void, void> {
    const { source, transfer } = await taken;
    const ask = { what: "strips", upscaler: this.number, source, options } as const;
    const strips = await this.link.open(ask, { transfer, onProgress, onNote });
    try {
      for (;;) {
        const strip = (await this.link.ask({ what: "next", strips }, { signal })) as
          | Strip<Pixels | ImageData>
          | undefined;
        if (!strip) return;
        yield strip;
      }
    } finally {
      await this.link.ask({ what: "leave", strips }).catch(() => {}); // the worker may have ended
      this.link.close(strips);
    }
  }

  #call(method: "plan" | "prepare" | "tune", args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    this.#requireUsable();
    return this.link.ask({ what: "call", upscaler: this.number, method, args }, { signal });
  }

  #requireUsable(): void {
    if (this.#isDestroyed) throw new EsrganError("bad-input", "The Upscaler was destroyed");
  }
}

function isNamed(model: ModelSource): model is string {
  return typeof model === "string" && hasWeights(model);
}

/** What can be posted of a model: named ones are found and a companion package's loader is called here, and an address is made whole. */
async function postedModel(model: ModelSource, load: LoadModelOptions): Promise<PostedModel> {
  if (isNamed(model)) return postedModel(await bundledSource(model, load), load);
  if (typeof model === "function") return postedModel(await model(load), load);
  if (typeof model === "string" && !isAddress(model)) return model;
  if (typeof model === "object" && "network" in model) {
    throw new EsrganError(
      "bad-input",
      "A loaded model cannot be sent to a worker: give its name, its URL or the bytes of its file",
    );
  }
  const origin = originOf(model);
  switch (origin.kind) {
    case "url":
      return origin.url.href;
    case "file":
      return origin.path;
    case "response":
      requireReadable(origin.response, titleOf(origin).title);
      return new Uint8Array(await origin.response.arrayBuffer());
    case "blob":
      return origin.blob;
    case "bytes":
      return origin.bytes;
  }
}
