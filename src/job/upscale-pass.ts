// Owns a pass: the network from texture to texture, recorded into the caller's encoder, whole or in slices over several frames.

import { EsrganError } from "../errors.js";
import { createBuffers, MAP_READ, USAGE } from "../gpu/buffers.js";
import { untilLost } from "../gpu/device-loss.js";
import { type BoundPictures, PreparedPlan } from "../gpu/executor.js";
import { TEXTURE_USAGE } from "../gpu/external-image.js";
import { type ChosenTexture, chosenTexture, type TextureSlice, viewOf } from "../gpu/texture-checks.js";
import { TextureCopy } from "../gpu/texture-copy.js";
import { OUTPUT_USAGE, TextureOutput } from "../gpu/texture-output.js";
import { WeightStore } from "../gpu/weights.js";
import { PICTURE_HEADER_BYTES } from "../ops/picture.kernels.js";
import { type RegionPlaces, regionWords } from "../ops/region.js";
import { resizeTaps } from "../ops/resize.js";
import type { ExecutionPlan } from "../plan/execution-plan.js";
import { tapTables } from "../plan/resize-plan.js";
import { UNIFORM_ALIGN } from "../plan/runnable-plan.js";
import { NO_ROWS } from "./alpha-source.js";
import type { PassRequest } from "./pass-options.js";
import type { PassPlan } from "./pass-plan.js";

/** What is read: a texture, one level and layer of it, or an external texture, which must be recorded and submitted in its task. */
export type PassInput = TextureSlice | GPUExternalTexture;

/** A picture in slices: each records as much as fits the time, until it is done. */
export interface PassJob {
  /** Whether the last slice was recorded. */
  readonly done: boolean;
  /** The share of the work that was recorded, 0..1. */
  readonly progress: number;
  /**
   * Records the next slice, about `budgetMs` of GPU time at the speed measured so far, and no less than one dispatch. Slices must be
   * submitted in order. The input may change once the first one was submitted.
   * @throws EsrganError "bad-input" if the pass was destroyed or records another picture meanwhile
   */
  encodeSlice(encoder: GPUCommandEncoder, budgetMs: number): void;
}

/** A dispatch of a region, and what it costs. */
interface Step {
  readonly region: number;
  readonly dispatch: number;
  readonly cost: number;
}

// What a dispatch costs beside its arithmetic, in FLOPs of a GPU of 10 TFLOP/s: 10 microseconds.
const DISPATCH_FLOPS = 1e8;

/** One network at one size between two textures. Made by Upscaler.createPass; owns its buffers until it is destroyed. */
export class UpscalePass {
  /** The output's size in texels. */
  readonly width: number;
  readonly height: number;
  /** The GPUTextureUsage that the output needs. */
  readonly outputUsage: number;
  /** The GPUTextureUsage that the input needs; none for an external texture. */
  readonly inputUsage: number;
  /** Everything it owns on the GPU, weights included. */
  readonly bytes: number;
  readonly #steps: readonly Step[];
  #groups = new WeakMap<object, WeakMap<object, BoundPictures>>();
  #job: SlicedJob | undefined;
  #isDestroyed = false;
  #flopsPerMs: number;

  private constructor(
    private readonly device: GPUDevice,
    private readonly request: PassRequest,
    /** What runs: tiles, dispatches and buffers. */
    readonly plan: PassPlan & { readonly execution: ExecutionPlan },
    private readonly parts: {
      readonly prepared: PreparedPlan<ExecutionPlan>;
      readonly weights: WeightStore;
      readonly output: TextureOutput;
      readonly copy: TextureCopy | undefined;
    },
    flopsPerMs: number,
  ) {
    const { execution, size, store, regions, isCopied } = plan;
    this.width = size.width;
    this.height = size.height;
    this.outputUsage = TEXTURE_USAGE[OUTPUT_USAGE[store.usage]];
    this.inputUsage = request.input === "external" ? 0 : TEXTURE_USAGE.textureBinding;
    const copyBytes = isCopied ? request.width * request.height * copyTexelBytes(parts.copy!) : 0;
    this.bytes = execution.peakBytes + parts.output.byteLength + copyBytes;
    this.#flopsPerMs = flopsPerMs;
    this.#steps = regions.flatMap((_, region) =>
      execution.dispatches.map(({ flops }, dispatch) => ({ region, dispatch, cost: flops + DISPATCH_FLOPS })),
    );
  }

  /** @internal Use Upscaler.createPass. */
  static async create(
    device: GPUDevice,
    request: PassRequest,
    plan: PassPlan & { readonly execution: ExecutionPlan },
    flopsPerMs: number,
  ): Promise<UpscalePass> {
    const weights = new WeightStore(device);
    const made: { destroy(): void }[] = [weights];
    try {
      const prepared = await PreparedPlan.create(device, plan.execution, weights);
      made.push(prepared);
      const output = await TextureOutput.create(device, plan.store, plan.size);
      made.push(output);
      const copy = plan.isCopied ? await TextureCopy.create(device, request.input, request) : undefined;
      if (copy) made.push(copy);
      writeUniforms(prepared, request, plan);
      return new UpscalePass(device, request, plan, { prepared, weights, output, copy }, flopsPerMs);
    } catch (error) {
      for (const each of made) each.destroy();
      throw error;
    }
  }

  /**
   * Records the whole picture into `encoder`, in which no pass may be open. Nothing is submitted, read back, compiled or allocated.
   * Several calls may go into one encoder.
   * @throws EsrganError "bad-input" before anything is recorded, where the pass was destroyed, or a texture has another size or
   * format, lacks a usage, is multisampled or has other dimensions
   */
  encode(encoder: GPUCommandEncoder, input: PassInput, output: TextureSlice): void {
    this.#requireUsable();
    const textures = this.#textures(input, output);
    this.#job?.abandon();
    this.#encodeSteps(encoder, 0, this.#steps.length, textures);
  }

  /**
   * Starts a picture that is recorded in slices. A pass records one at a time: a later call of `begin` or `encode` ends it.
   * @throws EsrganError as encode
   */
  begin(input: PassInput, output: TextureSlice): PassJob {
    this.#requireUsable();
    if (this.request.input === "external") {
      throw new EsrganError(
        "bad-input",
        "An external texture dies with its task, so slices cannot read it: copy it into a texture first",
      );
    }
    const textures = this.#textures(input, output);
    this.#job?.abandon();
    this.#job = new SlicedJob(
      this.#steps,
      (encoder, from, to, cost) => {
        this.#requireUsable();
        this.#encodeSteps(encoder, from, to, textures);
        this.#measure(cost);
      },
      () => this.#flopsPerMs,
    );
    return this.#job;
  }

  /**
   * Whether some value was not finite in a picture since the last call: weights that overflow in f16, or NaN in the input. Such values
   * were stored as 0. Reads back four bytes.
   * @throws EsrganError "device-lost"
   */
  async overflowed(): Promise<boolean> {
    this.#requireUsable();
    const { device } = this;
    const counter = this.parts.prepared.buffer("overflows");
    const [staging] = await createBuffers(device, [
      { label: "overflows staging", byteLength: counter.size, usage: USAGE.mapRead | USAGE.copyDst },
    ]);
    try {
      const encoder = device.createCommandEncoder({ label: "esrgan-webgpu overflows" });
      encoder.copyBufferToBuffer(counter, 0, staging!, 0, counter.size);
      encoder.clearBuffer(counter);
      device.queue.submit([encoder.finish()]);
      await untilLost(device, staging!.mapAsync(MAP_READ));
      return new Uint32Array(staging!.getMappedRange())[0] !== 0;
    } finally {
      staging!.destroy();
    }
  }

  /** Frees what it owns. What was recorded must have been submitted. The device and the textures are left alone. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#job?.abandon();
    this.#groups = new WeakMap();
    const { prepared, weights, output, copy } = this.parts;
    for (const each of [prepared, weights, output, copy]) each?.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  #requireUsable(): void {
    if (this.#isDestroyed) throw new EsrganError("bad-input", "The pass was destroyed");
  }

  /** Checks both textures and finds what is bound for them. */
  #textures(input: PassInput, output: TextureSlice): PassTextures {
    const { width, height, input: format, output: outputFormat } = this.request;
    const usage = OUTPUT_USAGE[this.plan.store.usage];
    const target = chosenTexture(output, {
      name: "The output",
      format: outputFormat,
      usage,
      width: this.width,
      height: this.height,
    });
    if (format === "external") {
      requireExternal(input);
      return { pictures: this.#bind(input, target), target, source: undefined };
    }
    const source = chosenTexture(input as TextureSlice, {
      name: "The input",
      format,
      usage: "textureBinding",
      width,
      height,
    });
    const { copy } = this.parts;
    const pictures = copy
      ? this.#bindKept(copy.texture, wholeOf(copy.texture), target)
      : this.#bindKept(keyOf(input), source, target);
    return { pictures, target, source };
  }

  #bindKept(key: object, source: ChosenTexture, target: ChosenTexture): BoundPictures {
    if (source.mipLevel + source.arrayLayer + target.mipLevel + target.arrayLayer > 0) {
      return this.#bind(viewOf(source), target);
    }
    const byOutput = this.#groups.get(key) ?? new WeakMap<object, BoundPictures>();
    this.#groups.set(key, byOutput);
    const found = byOutput.get(target.texture) ?? this.#bind(viewOf(source), target);
    byOutput.set(target.texture, found);
    return found;
  }

  #bind(resource: GPUBindingResource | PassInput, target: ChosenTexture): BoundPictures {
    return this.parts.prepared.bindPictures({
      "texture-in": resource as GPUBindingResource,
      "texture-out": this.parts.output.view(target),
    });
  }

  /** Records the steps from one until another, the copy of the input before the first and the last step of the output after all. */
  #encodeSteps(encoder: GPUCommandEncoder, from: number, to: number, { pictures, target, source }: PassTextures): void {
    const { prepared, output, copy } = this.parts;
    if (from === 0 && copy && source) copy.record(encoder, viewOf(source));
    const perRegion = this.plan.execution.dispatches.length;
    for (let at = from; at < to; ) {
      const { region, dispatch } = this.#steps[at]!;
      const end = Math.min(to, (region + 1) * perRegion);
      const range = { from: dispatch, to: dispatch + end - at };
      prepared.encode(encoder, { region, range, pictures }, dispatch === 0);
      at = end;
    }
    if (to === this.#steps.length) output.record(encoder, target);
  }

  /** Follows the speed of the device: the time from a slice's recording until the device has done all that was submitted with it. */
  #measure(cost: number): void {
    const start = performance.now();
    // The caller submits in this turn of the event loop, so what follows it waits for the slice.
    queueMicrotask(() => {
      this.device.queue.onSubmittedWorkDone().then(
        () => {
          const measured = cost / Math.max(performance.now() - start, 0.1);
          // Other work of the caller's counts too, so one slow frame says little; fast ones are believed.
          this.#flopsPerMs = Math.max(measured, this.#flopsPerMs * 0.8);
        },
        () => {},
      );
    });
  }
}

interface PassTextures {
  readonly pictures: BoundPictures;
  readonly target: ChosenTexture;
  /** Undefined for an external texture. */
  readonly source: ChosenTexture | undefined;
}

class SlicedJob implements PassJob {
  #at = 0;
  #costDone = 0;
  #isAbandoned = false;
  readonly #total: number;

  constructor(
    private readonly steps: readonly Step[],
    private readonly record: (encoder: GPUCommandEncoder, from: number, to: number, cost: number) => void,
    private readonly speed: () => number,
  ) {
    this.#total = steps.reduce((sum, { cost }) => sum + cost, 0);
  }

  get done(): boolean {
    return this.#at === this.steps.length;
  }

  get progress(): number {
    return this.done ? 1 : this.#costDone / this.#total;
  }

  encodeSlice(encoder: GPUCommandEncoder, budgetMs: number): void {
    if (!(typeof budgetMs === "number" && budgetMs > 0)) {
      throw new EsrganError("bad-input", `budgetMs must be a positive number of milliseconds, got ${budgetMs}`);
    }
    if (this.#isAbandoned) {
      throw new EsrganError(
        "bad-input",
        "The pass has begun another picture or was destroyed, so this one cannot go on",
      );
    }
    if (this.done) return;
    const budget = budgetMs * this.speed();
    let to = this.#at + 1;
    let cost = this.steps[this.#at]!.cost;
    while (to < this.steps.length && cost + this.steps[to]!.cost <= budget) cost += this.steps[to++]!.cost;
    this.record(encoder, this.#at, to, cost);
    this.#at = to;
    this.#costDone += cost;
  }

  abandon(): void {
    if (!this.done) this.#isAbandoned = true;
  }
}

/** Writes what never changes: the regions' uniforms, and the tables that alpha is resized by. */
function writeUniforms(prepared: PreparedPlan<ExecutionPlan>, request: PassRequest, plan: PassPlan): void {
  const { width, height } = request;
  const { regions, size, form } = plan;
  const all = { x: 0, y: 0, width, height, pitch: 0, offset: 0 };
  const words = new Uint32Array((regions.length * UNIFORM_ALIGN) / 4);
  const places: RegionPlaces = {
    source: all,
    target: { offset: PICTURE_HEADER_BYTES / 4, pitch: 0 },
    tables: { x: 0, y: 0, ...size },
    alpha: form.target.alpha.kind === "opaque" ? NO_ROWS : all,
    alphaBorder: "repeat",
  };
  regions.forEach((region, index) => {
    words.set(regionWords(region, places), (index * UNIFORM_ALIGN) / 4);
  });
  prepared.write("regions", words);
  if (form.target.alpha.kind === "opaque") return;
  const taps = (from: number, to: number) => resizeTaps("bicubic", true, from, to);
  const tables = tapTables(taps(width, size.width), taps(height, size.height), { x: 0, y: 0, ...size });
  prepared.write("alpha-tables", tables);
}

function wholeOf(texture: GPUTexture): ChosenTexture {
  return { texture, mipLevel: 0, arrayLayer: 0, width: texture.width, height: texture.height };
}

/** What stands for an input in the table of bind groups. */
function keyOf(input: PassInput): object {
  return "texture" in input ? input.texture : input;
}

function requireExternal(input: PassInput): void {
  const isExternal = Object.prototype.toString.call(input) === "[object GPUExternalTexture]";
  if (isExternal) return;
  throw new EsrganError("bad-input", "The input must be a GPUExternalTexture, as the pass was made for one");
}

const TEXEL_BYTES: { readonly [format: string]: number } = { rgba8unorm: 4, rgba16float: 8, rgba32float: 16 };

function copyTexelBytes({ texture }: TextureCopy): number {
  return TEXEL_BYTES[texture.format]!;
}
