// Owns the Upscaler: one model on one device, with the state that makes repeated calls fast. How a picture is cut up and put
// together again is upscaler/, where pictures come from and go to image/, how a network runs graph/ and gpu/.

import { EsrganError } from "./errors.js";
import { capabilitiesOf } from "./gpu/capabilities.js";
import { type TuneOptions, tune } from "./gpu/tuner.js";
import { type FusedGraph, fuse } from "./graph/fuse.js";
import { NotFinite, networkStrips, type PassSettings, type RgbaStrip, runsOf, tileForm } from "./job/network-pass.js";
import { NetworkPlanner } from "./job/network-planner.js";
import { NetworkState } from "./job/network-state.js";
import { type Progress, ProgressMeter } from "./job/progress.js";
import { type Request, type ResultOptions, requestOf, resultSize, seamLevels } from "./job/request.js";
import { resizedStrips, StripSource, type WindowSource } from "./job/resizer.js";
import { loadModel, type ModelSource } from "./models/bundled.js";
import type { Architecture } from "./models/detect.js";
import type { LoadModelOptions, Model } from "./models/model.js";
import type { ConvForm, ConvVariant } from "./ops/conv2d.kernels.js";
import type { Pixels } from "./ops/pixels.js";
import { alphaOf, ResizedGray } from "./picture/alpha.js";
import { filledUnderTransparency } from "./picture/alpha-fill.js";
import { unpackRgba } from "./picture/pack.js";
import { type OutputKind, type OutputTypes, outputKind, toOutput } from "./picture/sink.js";
import { type ImageSource, pixelsOf } from "./picture/source.js";
import { Turns } from "./picture/turns.js";
import { ORIENTATIONS, packWindow, UPRIGHT } from "./picture/window.js";
import type { DeviceCapabilities } from "./plan/capabilities.js";
import { choosePrecision, type Precision, type PrecisionChoice } from "./plan/choose-kernel.js";
import { planResize, type ResizePlan } from "./plan/resize-plan.js";
import type { TileChoice } from "./plan/tile-choice.js";
import { type TuningTable, tunedChooser } from "./plan/tuning.js";

export type { Progress } from "./job/progress.js";
export type { AlphaMode, ResultOptions, TileOption } from "./job/request.js";

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
  const { precision = "auto", memoryBudget } = options;
  if (precision !== "auto" && precision !== "f32" && precision !== "f16") {
    throw new EsrganError("bad-input", `precision must be "auto", "f32" or "f16", got "${precision}"`);
  }
  if (memoryBudget !== undefined && !(typeof memoryBudget === "number" && memoryBudget > 0)) {
    throw new EsrganError("bad-input", `memoryBudget must be a positive number of bytes, got ${memoryBudget}`);
  }
  const model = await loadModel(options.model, options.load);
  return new Upscaler(device, model, { ...options, choice: choosePrecision(precision, capabilitiesOf(device)) });
}

/** What a call is about, shared by its passes. */
interface RunContext {
  readonly request: Request;
  readonly meter: ProgressMeter;
  /** Throws where the call should stop. */
  readonly checkpoint: () => void;
  readonly onNote: ((note: string) => void) | undefined;
  /** Of the result. */
  readonly bits: 8 | 16;
}

const MOST_BUDGET = 2 ** 30;

/** Less overlap than this is not worth a picture. */
const LEAST_OVERLAP = 8;

/** A strip has no more pixels than this, if it is more than a row: what is done with it takes milliseconds. */
const PIECE_PIXELS = 2 ** 20;

/** How much of the budget resizing may take. */
const RESIZE_SHARE = 1 / 8;

/** The picture of a pass, as far as its plan needs to know it. */
interface PassPicture {
  readonly width: number;
  readonly height: number;
  readonly bits: 8 | 16;
  readonly channels: Pixels["channels"];
}

/** A pass planned: how its picture is cut up. */
interface PlannedPass {
  readonly picture: PassPicture;
  readonly outBits: 8 | 16;
  readonly tiles: TileChoice;
}

/** One model on one device. Made by createUpscaler; destroy it when done. Calls queue up. */
export class Upscaler {
  readonly model: ModelInfo;
  readonly scale: number;
  readonly precision: Precision;
  /** Bytes that everything on the GPU may take together. */
  readonly memoryBudget: number;
  readonly #device: GPUDevice;
  readonly #model: Model;
  readonly #choice: PrecisionChoice;
  readonly #capabilities: DeviceCapabilities;
  readonly #fused: FusedGraph;
  /** For the storage chosen. */
  #planner: NetworkPlanner;
  #state: NetworkState;
  #chooseConv: ((form: ConvForm) => ConvVariant | undefined) | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #destroyed = new AbortController();

  /** @internal Use createUpscaler. */
  constructor(
    device: GPUDevice,
    model: Model,
    options: Pick<UpscalerOptions, "memoryBudget" | "tuning"> & { readonly choice: PrecisionChoice },
  ) {
    const { architecture, scale, blocks, graph } = model.network;
    this.model = { name: model.name, architecture, scale, blocks };
    this.scale = scale;
    this.precision = options.choice.precision;
    this.#device = device;
    this.#model = model;
    this.#choice = options.choice;
    this.#capabilities = capabilitiesOf(device);
    this.memoryBudget = options.memoryBudget ?? Math.min(this.#capabilities.maxBufferSize, MOST_BUDGET);
    this.#fused = fuse(graph);
    if (options.tuning) this.#chooseConv = tunedChooser(options.tuning, this.#capabilities, this.#choice.storage);
    this.#planner = this.#plannerFor(this.#choice.storage);
    this.#state = new NetworkState(device, this.#planner);
  }

  /** Why this precision: one sentence. plan().reason tells of the kernels too. */
  get reason(): string {
    return `${this.precision}: ${this.#choice.why}`;
  }

  /**
   * What upscaling a picture of `width` x `height` pixels will take. Touches no GPU.
   * @throws EsrganError "bad-input" for a size that is none, an option out of range or a memory budget too small for any tile,
   *   "unsupported-device" where the device's limits are too small for any
   */
  plan(width: number, height: number, options: PlanOptions = {}): UpscalePlan {
    const { request, passes, plans, resize } = this.#planned(width, height, options);
    const { tiles } = passes.at(-1)!;
    const last = plans.at(-1)!.plan;
    const columns = tiles.columns.spans.length;
    const rows = tiles.rows.spans.length;
    const isWhole = passes.every((pass) => runsOf({ tiles: pass.tiles, tta: false }) === 1) && !request.tileable;
    return {
      ...resultSize({ width, height }, request.scale),
      precision: this.precision,
      reason: `${this.reason}; kernels: ${last.reason}`,
      passes: passes.length,
      tiles: passes.reduce((sum, pass) => sum + runsOf({ tiles: pass.tiles, tta: false }), 0),
      tile: {
        width: tiles.columns.size,
        height: tiles.rows.size,
        columns,
        rows,
        overlap: tiles.overlap,
        windows: last.windows,
      },
      seamLevels: isWhole ? 0 : seamLevels(this.#model.network, tiles.overlap),
      dispatches: last.dispatches.length,
      pipelines: last.pipelines.length,
      peakBytes: Math.max(...plans.map(({ peakBytes }) => peakBytes)) + (resize?.peakBytes ?? 0),
      weightBytes: last.weightBytes,
      flops: plans.reduce((sum, { plan, runs }) => sum + plan.flops * runs, 0),
      buffers: last.buffers.map(({ label, byteLength }) => ({ label, byteLength })),
      steps: last.dispatches.map(({ node, op, variant, workgroups, flops, bytes }) => ({
        node,
        op,
        variant,
        workgroups,
        flops,
        bytes,
      })),
    };
  }

  /**
   * Compiles, allocates and uploads what a picture of this size needs, so that the next call of that size starts at once.
   * @throws EsrganError as plan, or "out-of-memory", "device-lost"
   */
  prepare(width: number, height: number, options: PlanOptions = {}): Promise<void> {
    return this.#enqueue(async () => {
      const { request, passes } = this.#planned(width, height, options);
      const { picture, tiles, outBits } = passes[0]!;
      await this.#guarded(() => this.#state.prepare(tileForm({ source: picture, tiles, outBits, tta: request.tta })));
    });
  }

  /**
   * Upscales a picture, by the network's scale or the one asked for. Gray stays gray, 16 bits stay 16; alpha is made larger on its own.
   * @throws signal.reason if aborted; EsrganError as plan, or "out-of-memory", "device-lost", "bad-weights" where the network's
   *   results are no finite numbers
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
      const size = resultSize(pixels, requestOf(options, this.#model.network).scale);
      let whole: Pixels | undefined;
      for await (const { y, pixels: rows } of this.#strips(pixels, options)) {
        // What comes in one piece need not be copied.
        if (rows.height === size.height) whole = rows;
        else {
          whole ??= emptyPixels({ ...pixels, ...size });
          whole.data.set(rows.data, y * size.width * pixels.channels);
        }
      }
      return toOutput(whole!, kind);
    }, options.signal);
  }

  /**
   * Upscales a picture and gives the result in strips from the top, so that it need never be in memory as a whole. Calls after
   * this one wait until all strips were taken or the iteration was left.
   * @throws as upscale
   */
  async *strips(source: ImageSource, options: ResultOptions & RunOptions = {}): AsyncGenerator<Strip, void, void> {
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    await new Promise<void>((resolve, reject) => {
      this.#enqueue(() => {
        resolve();
        return left;
      }, options.signal).catch(reject);
    });
    try {
      yield* this.#strips(pixelsOf(source), options);
    } finally {
      leave();
    }
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
      this.#planner = this.#plannerFor(this.#choice.storage);
      this.#reset();
      return table;
    }, options.signal);
  }

  /** Frees all it made on the device; running and queued calls fail. The device is left alone. */
  destroy(): void {
    if (this.#destroyed.signal.aborted) return;
    this.#destroyed.abort(new EsrganError("bad-input", "The Upscaler was destroyed"));
    this.#state.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  #plannerFor(storage: PrecisionChoice["storage"]): NetworkPlanner {
    return new NetworkPlanner({
      capabilities: this.#capabilities,
      fused: this.#fused,
      multiple: this.#model.network.multiple,
      storage,
      // What was measured is for one storage.
      chooseConv: storage === this.#choice.storage ? this.#chooseConv : undefined,
    });
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

  /** What fails because the Upscaler was destroyed says so; whatever fails leaves nothing on the device. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.#destroyed.signal.throwIfAborted();
      return result;
    } catch (error) {
      this.#reset();
      this.#destroyed.signal.throwIfAborted();
      throw error;
    }
  }

  /** Frees what is on the device; what comes next is planned by `planner`. */
  #reset(planner = this.#planner): void {
    this.#state.destroy();
    if (!this.#destroyed.signal.aborted) this.#state = new NetworkState(this.#device, planner);
  }

  /** Colour, then alpha beside it, strip by strip. */
  async *#strips(pixels: Pixels, options: ResultOptions & RunOptions): AsyncGenerator<Strip, void, void> {
    const { signal } = options;
    const { channels, bits } = pixels;
    const checkpoint = () => {
      this.#destroyed.signal.throwIfAborted();
      signal?.throwIfAborted();
    };
    const { request, plans } = this.#planned(pixels.width, pixels.height, { ...options, bits, channels });
    const size = resultSize(pixels, request.scale);
    const alpha = request.alpha === "ignore" ? undefined : alphaOf(pixels);
    const alphaByNetwork = alpha !== undefined && request.alpha === "network";
    const total = plans.reduce((sum, { plan, runs }) => sum + plan.flops * runs, 0);
    const piece = Math.max(1, Math.floor(PIECE_PIXELS / size.width));
    const turns = new Turns();
    let isWhole = false;
    try {
      const meter = new ProgressMeter(alphaByNetwork ? total * 2 : total, options.onProgress);
      const run: RunContext = { request, meter, checkpoint, onNote: options.onNote, bits };
      const large = alpha && (alphaByNetwork ? await this.#grayByNetwork(alpha, run) : alpha);
      const alphaRows = large && new ResizedGray(large, size.width, size.height, request.tileable);
      const source = alpha ? await filledUnderTransparency(pixels) : pixels;
      checkpoint();
      for await (const { y, rows, data } of this.#colour(source, run)) {
        for (let from = 0; from < rows; from += piece) {
          const to = Math.min(from + piece, rows);
          const shape = { width: size.width, height: to - from, channels, bits };
          // A part is a copy: whoever gets it may transfer its buffer.
          const part = rows <= piece ? data : data.slice(from * size.width * 4, to * size.width * 4);
          const strip = unpackRgba(part, shape, alphaRows?.rows(y + from, y + to));
          if (y + to === size.height) meter.end();
          yield { y: y + from, pixels: strip };
          if (turns.isOver()) await turns.next();
          checkpoint();
        }
      }
      isWhole = true;
    } catch (error) {
      this.#destroyed.signal.throwIfAborted();
      throw error;
    } finally {
      // A run that was not finished leaves nothing on the device; one that had to be done in f32 leaves no f32 state.
      if (!isWhole || this.#state.planner !== this.#planner) this.#reset();
    }
  }

  /** The result as RGBA strips, of the size asked for. */
  async *#colour(source: Pixels, run: RunContext): AsyncGenerator<RgbaStrip, void, void> {
    const { request, bits, checkpoint } = run;
    let picture = source;
    for (let pass = 1; pass < request.passes; pass++) {
      picture = await gathered(this.#pass(picture, 16, run), picture, this.scale, 16);
    }
    if (!request.resizes) {
      yield* this.#pass(picture, bits, run);
      return;
    }
    const extent = { width: picture.width * this.scale, height: picture.height * this.scale };
    const strips = this.#pass(picture, 16, run);
    const plan = this.#resizePlan(extent, source, request, bits);
    try {
      let large: WindowSource = new StripSource(strips, extent.width, extent.height, 16);
      if (request.tileable) {
        // The first rows need the last ones.
        const whole = await gathered(strips, picture, this.scale, 16);
        large = { ...extent, window: async (columns, rows) => packWindow(whole, columns, rows) };
      }
      yield* resizedStrips(this.#device, plan, large, { wraps: request.tileable, bits, checkpoint });
    } finally {
      await strips.return();
    }
  }

  /** A gray picture by the network, in its own size. */
  async #grayByNetwork(gray: Pixels, run: RunContext): Promise<Pixels> {
    let picture = gray;
    for (let pass = 1; pass <= run.request.passes; pass++) {
      picture = await gathered(this.#pass(picture, run.bits, run), picture, this.scale, run.bits);
    }
    return picture;
  }

  /**
   * One run of the network over `source`. Where the device has too little memory it goes on with half as much, and where f16
   * overflows in f32, from the first row that was not given yet.
   */
  async *#pass(source: Pixels, outBits: 8 | 16, run: RunContext): AsyncGenerator<RgbaStrip, void, void> {
    const { request, meter, checkpoint } = run;
    const last = source.height * this.scale;
    let budget = this.#tileBudget(request);
    let firstRow = 0;
    let memoryError: unknown;
    for (;;) {
      let tiles: TileChoice;
      try {
        tiles = this.#chooseTiles(this.#state.planner, source, outBits, request, budget);
      } catch (error) {
        // Where tiles were to be made smaller than they can be, what the device said is of more use.
        throw memoryError ?? error;
      }
      const settings: PassSettings = {
        source,
        scale: this.scale,
        outBits,
        tiles,
        wraps: request.tileable,
        tta: request.tta,
      };
      const { flops, peakBytes, weightBytes } = this.#state.planner.planTile(tileForm(settings));
      const events = { checkpoint, advance: (runs: number) => meter.advance(runs * flops) };
      try {
        for await (const strip of networkStrips(this.#state, settings, events, firstRow)) {
          firstRow = strip.y + strip.rows;
          yield strip;
        }
        return;
      } catch (error) {
        checkpoint();
        if (this.#secondTry(error, run) === "smaller") {
          memoryError = error;
          budget = weightBytes + Math.floor((peakBytes - weightBytes) / 2);
        }
        meter.remains(runsOf(settings) * flops * (1 - firstRow / last));
      }
    }
  }

  /** Makes ready to go on after `error`, in smaller tiles or in f32; throws it where there is nothing left to try. */
  #secondTry(error: unknown, { onNote }: RunContext): "smaller" | "f32" {
    if (error instanceof NotFinite) {
      if (this.#state.planner.storage === "f32") {
        throw new EsrganError(
          "bad-weights",
          `The model ${this.model.name} gives values that are no finite numbers for this picture, even in f32`,
        );
      }
      this.#reset(this.#plannerFor("f32"));
      onNote?.(`f16 overflowed with the model ${this.model.name}, so it was redone in f32`);
      return "f32";
    }
    if (!(error instanceof EsrganError && error.code === "out-of-memory")) throw error;
    this.#reset(this.#state.planner);
    onNote?.("The device had too little memory, so the tiles were made smaller");
    return "smaller";
  }

  /** What is left for weights and tiles once resizing has its share. */
  #tileBudget({ resizes }: Request): number {
    return resizes ? this.memoryBudget * (1 - RESIZE_SHARE) : this.memoryBudget;
  }

  /** With the overlap asked for; the default gives way where the budget is too small for it. */
  #chooseTiles(
    planner: NetworkPlanner,
    picture: PassPicture,
    outBits: 8 | 16,
    request: Request,
    budget: number,
  ): TileChoice {
    const { width, height, bits } = picture;
    const { tileSize: size, tileable: wraps, tta: turned } = request;
    const form = { width, height, bits, outBits: turned ? 16 : outBits, size, wraps, turned, budget } as const;
    let tooSmall: unknown;
    for (let overlap = request.overlap; ; overlap = Math.floor(overlap / 2)) {
      try {
        return planner.chooseTiles({ ...form, overlap });
      } catch (error) {
        tooSmall ??= error;
        if (size !== undefined || overlap < LEAST_OVERLAP) throw tooSmall;
      }
    }
  }

  #resizePlan(
    from: { readonly width: number; readonly height: number },
    source: { readonly width: number; readonly height: number },
    { scale, tileable }: Request,
    bits: 8 | 16,
  ): ResizePlan {
    return planResize({
      from: { ...from, bits: 16 },
      to: { ...resultSize(source, scale), bits },
      wraps: tileable,
      budget: this.memoryBudget * RESIZE_SHARE,
    });
  }

  /** Every pass over a picture of this size, and what they take. */
  #planned(width: number, height: number, options: PlanOptions) {
    const { bits = 8, channels = 3 } = options;
    requirePicture(width, height, bits, channels);
    const request = requestOf(options, this.#model.network);
    // Not that of the state at work, which may be doing a picture over in f32.
    const planner = this.#planner;
    const budget = this.#tileBudget(request);
    const passes: PlannedPass[] = [];
    let picture: PassPicture = { width, height, bits, channels };
    for (let pass = 1; pass <= request.passes; pass++) {
      const outBits = pass < request.passes || request.resizes ? 16 : bits;
      passes.push({ picture, outBits, tiles: this.#chooseTiles(planner, picture, outBits, request, budget) });
      picture = { ...picture, width: picture.width * this.scale, height: picture.height * this.scale, bits: 16 };
    }
    const resize = request.resizes ? this.#resizePlan(picture, { width, height }, request, bits) : undefined;
    const plans = passes.map(({ picture: source, tiles, outBits }) => {
      const forms = request.tta ? ORIENTATIONS : [UPRIGHT];
      const each = forms.map((orientation) =>
        planner.planTile(tileForm({ source, tiles, outBits, tta: request.tta }, orientation)),
      );
      const runs = runsOf({ tiles, tta: request.tta });
      return { plan: each[0]!, runs, peakBytes: Math.max(...each.map(({ peakBytes }) => peakBytes)) };
    });
    return { request, passes, plans, resize };
  }
}

/** The strips of a pass over `source` as one picture. */
async function gathered(
  strips: AsyncIterable<RgbaStrip>,
  source: Pixels,
  scale: number,
  bits: 8 | 16,
): Promise<Pixels> {
  const shape = { width: source.width * scale, height: source.height * scale, channels: source.channels, bits };
  const whole = emptyPixels(shape);
  for await (const { y, rows, data } of strips) {
    const strip = unpackRgba(data, { ...shape, height: rows }, undefined);
    whole.data.set(strip.data, y * shape.width * shape.channels);
  }
  return whole;
}

/** @throws EsrganError "out-of-memory" where there is no array so large */
function emptyPixels(shape: Omit<Pixels, "data">): Pixels {
  const { width, height, channels, bits } = shape;
  const length = width * height * channels;
  try {
    return { ...shape, data: bits === 16 ? new Uint16Array(length) : new Uint8Array(length) };
  } catch (cause) {
    throw new EsrganError(
      "out-of-memory",
      `There is no memory for a result of ${width}x${height} pixels (${length * (bits / 8)} bytes) in one piece; strips() gives it in parts`,
      { cause },
    );
  }
}

/** @throws EsrganError "bad-input" */
function requirePicture(width: number, height: number, bits: number, channels: number): void {
  if (!isPixelCount(width) || !isPixelCount(height)) {
    throw new EsrganError(
      "bad-input",
      `A picture's width and height must be positive integers, got ${width}x${height}`,
    );
  }
  if (bits !== 8 && bits !== 16) {
    throw new EsrganError("bad-input", `A picture has 8 or 16 bits a channel, got ${bits}`);
  }
  if (![1, 2, 3, 4].includes(channels)) {
    throw new EsrganError("bad-input", `A picture has 1 to 4 channels, got ${channels}`);
  }
}

function isPixelCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
