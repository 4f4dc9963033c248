// Owns the Upscaler: one model on one device, its calls in a queue. How a call runs is job/, where pictures come from and go to
// picture/, how a network is planned plan/ and run gpu/. createUpscaler() loads it all as a part of its own, beside the model.

import { EsrganError } from "./errors.js";
import { capabilitiesOf } from "./gpu/capabilities.js";
import type { TextureSlice } from "./gpu/texture-checks.js";
import type { TuneOptions } from "./gpu/tuner.js";
import { AutoTuning, requireTuning, type TuningOption } from "./job/auto-tuning.js";
import type { TileForm } from "./job/network-planner.js";
import type { NetworkState } from "./job/network-state.js";
import { requireStripOutput } from "./job/output-options.js";
import type { PassOptions } from "./job/pass-options.js";
import { runPictureCall } from "./job/picture-call.js";
import { CallQueue } from "./job/queue.js";
import { type Request, requestOf } from "./job/request.js";
import type { CallEvents } from "./job/retried-pass.js";
import { NetworkSession } from "./job/session.js";
import { imageDataLike, pixelsOfTaken } from "./job/taken-picture.js";
import { type TakenSource, takeSource } from "./job/taken-source.js";
import { type Strip, upscaledStrips } from "./job/upscale-job.js";
import type { UpscalePass } from "./job/upscale-pass.js";
import { type CallForm, formOfTaken, plannedCall, type UpscalePlan, upscalePlan } from "./job/upscale-plan.js";
import { loadPart } from "./load-part.js";
import type { Model } from "./models/model.js";
import type { Pixels } from "./ops/pixels.js";
import { requireOptions } from "./options.js";
import type { OutputKind, OutputTypes } from "./picture/output-kind.js";
import type { ImageSource } from "./picture/source.js";
import { choosePrecision, type Precision, type PrecisionChoice } from "./plan/choose-kernel.js";
import type { TuningTable } from "./plan/tuning.js";
import {
  budgetOf,
  PREPARE_TAKEN,
  SNAPSHOT_SHARE,
  type TakenForCall,
  takeForCall,
  UPSCALE_TAKEN,
} from "./taken-call.js";
import {
  type DefaultOutput,
  formOf,
  type ModelInfo,
  PLAN_OPTIONS,
  type PlanOptions,
  PREPARE_OPTIONS,
  type PrepareOptions,
  type RunOptions,
  STRIP_OPTIONS,
  type StripOptions,
  TUNE_OPTIONS,
  UPSCALE_OPTIONS,
  type UpscaleOptions,
  type UpscalerOptions,
} from "./upscaler-options.js";
import { doneInTurns } from "./weights/event-loop-yield.js";
import { Stop } from "./weights/stop.js";

const RECALL: unique symbol = Symbol("recall");
const MAKE_READY: unique symbol = Symbol("make ready");

/** Any picture's convolutions are those of this one on GPUs; software adapters have others for small ones. */
const USUAL_SIDE = 256;

/** @internal The Upscaler of a model, which is made ready while its weights come where it is arriving. @throws EsrganError "bad-input" */
export async function openUpscaler(
  device: GPUDevice,
  model: Model,
  options: UpscalerOptions,
  isArriving: boolean,
): Promise<Upscaler> {
  const { precision = "auto", memoryBudget, tuning = "auto" } = options;
  requireTuning(tuning);
  const choice = choosePrecision(precision, capabilitiesOf(device));
  const upscaler = new Upscaler(device, model, { memoryBudget, choice, tuning });
  await upscaler[RECALL]();
  // What fails now fails once more, and is told, when a call needs it.
  if (isArriving) upscaler[MAKE_READY]().catch(() => {});
  return upscaler;
}

/** One model on one device. Made by createUpscaler; destroy it when done. Calls queue up. */
export class Upscaler {
  /** What the model is. */
  readonly model: ModelInfo;
  /** Output pixels for each of the source's along an axis, unless a call asks for another scale. */
  readonly scale: number;
  /** How weights and activations are stored. */
  readonly precision: Precision;
  /** Bytes that everything on the GPU may take together. */
  readonly memoryBudget: number;
  readonly #session: NetworkSession;
  readonly #queue: CallQueue;
  readonly #tuning: AutoTuning | undefined;
  readonly #destroyed = new AbortController();

  /** @internal Use createUpscaler. */
  constructor(
    device: GPUDevice,
    model: Model,
    options: Pick<UpscalerOptions, "memoryBudget"> & {
      readonly choice: PrecisionChoice;
      readonly tuning: TuningOption;
    },
  ) {
    const { architecture, scale, blocks } = model.network;
    const { choice } = options;
    const tuning = typeof options.tuning === "object" ? options.tuning : undefined;
    this.model = { name: model.name, architecture, scale, blocks };
    this.scale = scale;
    this.precision = choice.precision;
    this.memoryBudget = budgetOf(device, options);
    const { memoryBudget } = this;
    const destroyed = this.#destroyed.signal;
    this.#session = new NetworkSession(device, model, { choice, tuning, memoryBudget, destroyed });
    const isTuned = options.tuning === "auto" && this.#session.capabilities.kind === "gpu";
    this.#tuning = isTuned ? new AutoTuning(this.#session) : undefined;
    this.#queue = new CallQueue(destroyed, async (job) => {
      const result = await this.#session.during(job);
      if (!destroyed.aborted) this.#tuning?.afterCall();
      return result;
    });
  }

  /** @internal Kernels that were measured before are used from the start. */
  async [RECALL](): Promise<void> {
    await this.#tuning?.recall();
  }

  /** Why this precision: one sentence. plan().reason tells of the kernels too. */
  get reason(): string {
    return `${this.precision}: ${this.#session.choice.why}`;
  }

  /**
   * What upscaling a picture of `width` x `height` pixels will take. Touches no GPU.
   * @example
   * const { tiles, peakBytes } = upscaler.plan(4000, 3000);
   * @throws EsrganError "bad-input" for a size that is none, an option out of range or a memory budget too small for any tile,
   *   "unsupported-device" where the device's limits are too small for any
   */
  plan(width: number, height: number, options: PlanOptions = {}): UpscalePlan {
    requireOptions(options, PLAN_OPTIONS, "plan");
    const { precision, reason } = this;
    const request = requestOf(options, this.#session.model.network);
    return upscalePlan(this.#session, formOf(width, height, options), request, { precision, reason });
  }

  /**
   * Compiles, allocates and uploads what a picture of this size needs, so that the next call of that size starts at once.
   * @throws signal.reason if aborted; EsrganError as plan, or "out-of-memory", "device-lost"
   */
  async prepare(width: number, height: number, options: PrepareOptions = {}): Promise<void> {
    requireOptions(options, PREPARE_OPTIONS, "prepare");
    const form = formOf(width, height, options);
    return this.#prepare(form, requestOf(options, this.#session.model.network), options.signal);
  }

  /** @internal Prepares for a picture that was taken. */
  async [PREPARE_TAKEN]({ source, kind }: TakenForCall, options: UpscaleOptions): Promise<void> {
    await this.#prepare(formOfTaken(await source.picture, kind), requestOf(options, this.#session.model.network));
  }

  /** @internal Compiles what most pictures need, and packs and uploads weights as they come. Has no buffers but theirs. */
  async [MAKE_READY](): Promise<void> {
    const session = this.#session;
    const output = typeof createImageBitmap === "function" ? "imageBitmap" : undefined;
    const form = formOf(USUAL_SIDE, USUAL_SIDE, { output });
    const stop = this.#stopOf(undefined);
    const request = requestOf({}, session.model.network);
    const work = this.#onState(form, request, stop, (state, tile) => state.makeReady(tile, stop));
    // No picture was asked for, so kernels are not measured after it.
    await this.#queue.run(work, undefined, (job) => session.during(job));
  }

  #prepare(form: CallForm, request: Request, signal?: AbortSignal): Promise<void> {
    const stop = this.#stopOf(signal);
    const work = this.#onState(form, request, stop, (state, tile) => state.prepare(tile, stop));
    return this.#queue.run(work, signal);
  }

  /** `work` on the state and the first tile of a call, again with other kernels where the device refuses some. */
  #onState(
    form: CallForm,
    request: Request,
    stop: Stop,
    work: (state: NetworkState, tile: TileForm) => Promise<unknown>,
  ): () => Promise<void> {
    const session = this.#session;
    return () =>
      session.withWillingKernels(async () => {
        const { passes } = await doneInTurns(plannedCall(session, form, request), stop);
        await session.guarded(() => work(session.state, passes[0]!.tile));
      });
  }

  /**
   * Upscales a picture, by the network's scale or the one asked for. The source is read when the call is made: what happens to it
   * afterwards changes nothing. Gray stays gray, 16 bits stay 16, alpha is resized beside the colour. Bitmaps, elements and textures
   * stay on the GPU where the output does, but for bitmaps with alpha.
   * @example
   * const png = await upscaler.upscale(file, { output: "blob", scale: 2 });
   * @throws signal.reason if aborted; EsrganError as plan, or "bad-input" where the source cannot be read, "out-of-memory",
   *   "device-lost", "network", "bad-weights" where the network's results are not finite
   */
  upscale<K extends OutputKind>(
    source: ImageSource,
    options: UpscaleOptions<K> & { readonly output: K },
  ): Promise<OutputTypes[K]>;
  upscale<C extends OutputTypes["canvas"]>(
    source: ImageSource,
    options: UpscaleOptions<"canvas"> & { readonly canvas: C },
  ): Promise<C>;
  upscale(
    source: ImageSource,
    options: UpscaleOptions<"texture"> & { readonly texture: TextureSlice },
  ): Promise<GPUTexture>;
  upscale<S extends ImageSource>(source: S, options?: UpscaleOptions<never>): Promise<DefaultOutput<S>>;
  upscale(source: ImageSource, options?: UpscaleOptions): Promise<OutputTypes[OutputKind]>;
  async upscale(source: ImageSource, options: UpscaleOptions = {}): Promise<OutputTypes[OutputKind]> {
    requireOptions(options, UPSCALE_OPTIONS, "upscale");
    const taken = takeForCall(this.#session.device, source, options, this.memoryBudget);
    try {
      return await this[UPSCALE_TAKEN](taken, options);
    } finally {
      taken.source.release();
    }
  }

  /** @internal Upscales what was taken, which whoever took it releases. */
  async [UPSCALE_TAKEN]({ source, kind }: TakenForCall, options: UpscaleOptions): Promise<OutputTypes[OutputKind]> {
    const session = this.#session;
    const request = requestOf(options, session.model.network);
    return this.#queue.run(async () => {
      const call = { session, request, kind, output: options, events: this.#events(options) };
      return this.#untilDestroyed(
        call.events.stop.until(source.picture).then((picture) => runPictureCall(call, picture)),
      );
    }, options.signal);
  }

  /**
   * Upscales a picture and gives the result in strips from the top, so that it need never be in memory as a whole. Calls after
   * this one wait until all strips were taken or the iteration was left. The source is read when the call is made.
   * @example
   * for await (const { y, pixels } of upscaler.strips(file, { output: "imageData" })) context.putImageData(pixels, 0, y);
   * @throws as upscale
   */
  strips(
    source: ImageSource,
    options: StripOptions & { readonly output: "imageData" },
  ): AsyncGenerator<Strip<ImageData>, void, void>;
  strips(source: ImageSource, options?: StripOptions<"pixels">): AsyncGenerator<Strip, void, void>;
  strips(source: ImageSource, options: StripOptions = {}): AsyncGenerator<Strip<Pixels | ImageData>, void, void> {
    requireOptions(options, STRIP_OPTIONS, "strips");
    requireStripOutput(options);
    const request = requestOf(options, this.#session.model.network);
    const gpuBytes = this.memoryBudget * SNAPSHOT_SHARE;
    const taken = takeSource(this.#session.device, source, { signal: options.signal, gpuBytes });
    const strips = this.#strips(taken, request, options);
    // One that is left before its first strip was asked for runs nothing that frees the copy.
    const leave = strips.return.bind(strips);
    strips.return = (value) => {
      taken.release();
      return leave(value);
    };
    return strips;
  }

  /**
   * Makes the network ready to be recorded into your own command encoder, from texture to texture: see UpscalePass. Its buffers are
   * its own until you destroy it, and no call of this Upscaler touches them.
   * @throws options.signal's reason if aborted; EsrganError "bad-input" for an option out of range or a format that cannot be read or
   *   stored, "unsupported-device", "out-of-memory", "device-lost"
   */
  async createPass(options: PassOptions): Promise<UpscalePass> {
    const session = this.#session;
    const { createPass, passRequest } = await loadPart(() => import("./job/create-pass.js"));
    const request = passRequest(options);
    const stop = this.#stopOf(options.signal);
    stop.check();
    return session.during(() => session.withWillingKernels(() => createPass(session, request, stop)));
  }

  /**
   * Measures which kernels are fastest on this device for this model, about half a second of GPU time beside compiling, and
   * uses them from now on. The table may be kept as JSON and given to createUpscaler as `tuning`. Software adapters are not
   * measured: they take the built-in choices.
   * @throws signal.reason if aborted; EsrganError "out-of-memory", "device-lost"
   */
  async tune(options: TuneOptions = {}): Promise<TuningTable> {
    requireOptions(options, TUNE_OPTIONS, "tune");
    return this.#queue.run(async () => {
      const { device, fused, capabilities, choice, memoryBudget: room } = this.#session;
      const stop = this.#stopOf(options.signal);
      const { tune } = await loadPart(() => import("./gpu/tuner.js"));
      stop.check();
      // What is prepared for the kernels of before makes room.
      this.#session.reset();
      const table = await tune({ device, fused, capabilities, storage: choice.storage, room }, options, stop);
      this.#session.useTuning(table);
      return table;
    }, options.signal);
  }

  /** Frees all it made on the device; running and queued calls fail. The device is left alone. */
  destroy(): void {
    if (this.#destroyed.signal.aborted) return;
    this.#destroyed.abort(new EsrganError("bad-input", "The Upscaler was destroyed"));
    this.#tuning?.stop();
    this.#session.destroy();
  }

  /** As destroy(), for `using`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  async *#strips(
    taken: TakenSource,
    request: Request,
    options: StripOptions,
  ): AsyncGenerator<Strip<Pixels | ImageData>, void, void> {
    try {
      const leave = await this.#queue.take(options.signal);
      try {
        const events = this.#events(options);
        const picture = await events.stop.until(taken.picture);
        const whole = await pixelsOfTaken(this.#session.device, picture);
        const strips = upscaledStrips(this.#session, whole, request, events);
        if (options.output !== "imageData") return yield* strips;
        for await (const { y, pixels } of strips) {
          yield { y, pixels: imageDataLike(picture, pixels, options.pixelFormat) };
        }
      } catch (error) {
        this.#destroyed.signal.throwIfAborted();
        throw error;
      } finally {
        leave();
      }
    } finally {
      taken.release();
    }
  }

  #stopOf(signal: AbortSignal | undefined): Stop {
    return new Stop(this.#destroyed.signal, signal);
  }

  #events({ signal, onProgress, onNote }: RunOptions): CallEvents {
    return { stop: this.#stopOf(signal), onProgress, onNote };
  }

  /** What fails because the Upscaler was destroyed says so. */
  async #untilDestroyed<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#destroyed.signal.throwIfAborted();
      throw error;
    }
  }
}
