// Owns a pass: the network from texture to texture, recorded into the caller's encoder, whole or in slices over several frames.

import { EsrganError } from "../errors.js";
import { takeFlag } from "../gpu/buffers.js";
import { PreparedPlan } from "../gpu/executor.js";
import { TEXTURE_USAGE } from "../gpu/external-image.js";
import type { TextureSlice } from "../gpu/texture-checks.js";
import { TextureCopy } from "../gpu/texture-copy.js";
import { OUTPUT_USAGE, TextureOutput } from "../gpu/texture-output.js";
import { TransparencyFill } from "../gpu/transparency-fill.js";
import { WeightStore } from "../gpu/weights.js";
import { PICTURE_HEADER_BYTES } from "../ops/picture.kernels.js";
import { type RegionPlaces, regionWords } from "../ops/region.js";
import { resizeTaps } from "../ops/resize.js";
import type { ExecutionPlan } from "../plan/execution-plan.js";
import { tapTables } from "../plan/resize-plan.js";
import { UNIFORM_ALIGN } from "../plan/runnable-plan.js";
import { CURVES } from "../plan/texture-forms.js";
import type { Stop } from "../weights/stop.js";
import { NO_ROWS } from "./alpha-source.js";
import { DeviceIdle } from "./device-idle.js";
import type { PassRequest } from "./pass-options.js";
import type { PassPlan } from "./pass-plan.js";
import { DISPATCH_MS, type PassJob, type PassStep, SlicedJob, type SliceSpeed } from "./pass-slices.js";
import { type BoundTextures, type PassInput, type PassParts, PassTextures, requireEncoder } from "./pass-textures.js";

export type { PassJob } from "./pass-slices.js";
export type { PassInput } from "./pass-textures.js";

/** What is known of the device that a pass is made for. */
export interface PassDevice {
  readonly speed: SliceSpeed;
  /** Holds the pass's kernels against the CPU, with its weights. @throws KernelRefused */
  readonly check: (weights: WeightStore) => Promise<void>;
  readonly stop: Stop;
}

/**
 * One network at one size between two textures. Made by Upscaler.createPass; owns its buffers until it is destroyed.
 * @example
 * const pass = await upscaler.createPass({ width: 640, height: 360, input: "rgba8unorm", output: "rgba8unorm" });
 * pass.encode(encoder, input, output); // 640x360 into 2560x1440 with a 4x network
 */
export class UpscalePass {
  /** The output's size in texels. */
  readonly width: number;
  /** The output's size in texels. */
  readonly height: number;
  /** The GPUTextureUsage that the output needs. */
  readonly outputUsage: number;
  /** The GPUTextureUsage that the input needs; none for an external texture. */
  readonly inputUsage: number;
  /** Everything it owns on the GPU, weights included. */
  readonly bytes: number;
  readonly #steps: readonly PassStep[];
  readonly #textures: PassTextures;
  #job: SlicedJob | undefined;
  #isDestroyed = false;

  #flag: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly device: GPUDevice,
    private readonly request: PassRequest,
    /** What runs: tiles, dispatches and buffers. */
    readonly plan: PassPlan,
    private readonly parts: PassParts & { readonly weights: WeightStore },
    private readonly speed: SliceSpeed,
  ) {
    const { execution, size, store, regions, bytes } = plan;
    this.width = size.width;
    this.height = size.height;
    this.outputUsage = TEXTURE_USAGE[OUTPUT_USAGE[store.usage]];
    this.inputUsage = request.input === "external" ? 0 : TEXTURE_USAGE.textureBinding;
    this.bytes = bytes;
    this.#textures = new PassTextures(request, plan, parts);
    const dispatchCost = DISPATCH_MS * speed.flopsPerMs;
    this.#steps = regions.flatMap((_, region) =>
      execution.dispatches.map(({ flops }, dispatch) => ({ region, dispatch, cost: flops + dispatchCost })),
    );
  }

  /** @internal Use Upscaler.createPass. */
  static async create(
    device: GPUDevice,
    request: PassRequest,
    plan: PassPlan,
    { speed, check, stop }: PassDevice,
  ): Promise<UpscalePass> {
    const weights = new WeightStore(device);
    const made: { destroy(): void }[] = [weights];
    try {
      await check(weights);
      const prepared = await PreparedPlan.create(device, plan.execution, weights, stop);
      made.push(prepared);
      const output = await TextureOutput.create(device, plan.store, plan.size, stop);
      made.push(output);
      const copy = plan.isCopied ? await TextureCopy.create(device, request.input, request, stop) : undefined;
      if (copy) made.push(copy);
      const fill = copy && (await fillOf(device, copy, request, stop));
      if (fill) made.push(fill);
      writeUniforms(prepared, request, plan);
      return new UpscalePass(device, request, plan, { prepared, weights, output, copy, fill }, speed);
    } catch (error) {
      for (const each of made) each.destroy();
      throw error;
    }
  }

  /**
   * Records the whole picture into `encoder`. Nothing is submitted, read back, compiled or allocated. Several calls may go into one
   * encoder. What WebGPU does not show is up to the caller: no pass may be open in the encoder, textures must be of the same device
   * and not destroyed, and an external texture must not have expired; else WebGPU drops all that the encoder holds.
   * @throws EsrganError "bad-input" before anything is recorded, where the pass was destroyed, or a texture has another size or
   * format, lacks a usage, is multisampled or has other dimensions
   */
  encode(encoder: GPUCommandEncoder, input: PassInput, output: TextureSlice): void {
    this.#requireUsable();
    requireEncoder(encoder);
    const textures = this.#textures.bind(input, output);
    this.#job?.abandon();
    this.#record(encoder, 0, this.#steps.length, textures);
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
        "An external texture expires with its task, so slices cannot read it: copy it into a texture first",
      );
    }
    const textures = this.#textures.bind(input, output);
    this.#job?.abandon();
    this.#job = new SlicedJob(this.#steps, this.speed, (encoder, from, to, cost) => {
      requireEncoder(encoder);
      this.#record(encoder, from, to, textures);
      this.speed.follow(this.device.queue, cost);
    });
    return this.#job;
  }

  /**
   * Whether some value was not finite in a picture since the last call: weights that overflow in f16, or NaN in the input, for which 0
   * was read. Results that are not finite were stored as 0. Reads back four bytes.
   * @throws EsrganError "device-lost"
   */
  async overflowed(): Promise<boolean> {
    // One at a time, as the plan has room for.
    const taken = this.#flag.then(() => {
      this.#requireUsable();
      return takeFlag(this.device, this.parts.prepared.buffer("overflows"));
    });
    this.#flag = taken.catch(() => {});
    return (await taken) !== 0;
  }

  /** Frees what it owns. What was recorded must have been submitted. The device and the textures are left alone. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#job?.abandon();
    const { prepared, weights, output, copy, fill } = this.parts;
    for (const each of [prepared, weights, output, copy, fill]) each?.destroy();
  }

  /** As destroy(), for `using`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  #requireUsable(): void {
    if (this.#isDestroyed) throw new EsrganError("bad-input", "The pass was destroyed");
  }

  /** Records the steps from one until another, the copy of the input before the first and the last step of the output after all. */
  #record(encoder: GPUCommandEncoder, from: number, to: number, { pictures, target, copying }: BoundTextures): void {
    const { prepared, output, copy, fill } = this.parts;
    DeviceIdle.of(this.device).touch();
    if (from === 0 && copying) {
      copy?.record(encoder, copying);
      fill?.record(encoder);
    }
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
}

/** What fills the copy's colours in under transparent texels; undefined where alpha is not stored. */
async function fillOf(
  device: GPUDevice,
  { texture }: TextureCopy,
  { source: { alpha, transfer } }: PassRequest,
  stop: Stop,
): Promise<TransparencyFill | undefined> {
  if (alpha === "opaque") return undefined;
  const form = { isPremultiplied: alpha === "premultiplied", curve: CURVES[transfer] };
  return TransparencyFill.create(device, texture, form, stop);
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
