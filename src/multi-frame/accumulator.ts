// Owns accumulating frames in a renderer's own loop: one frame a time, from texture to texture, recorded into the caller's encoder.

import { EsrganError } from "../errors.js";
import { createBuffers, flushWrites, USAGE } from "../gpu/buffers.js";
import { capabilitiesOf, requireDevice } from "../gpu/capabilities.js";
import { PreparedPlan } from "../gpu/executor.js";
import { requireTextureSize, TEXTURE_USAGE } from "../gpu/external-image.js";
import type { TextureSlice } from "../gpu/texture-checks.js";
import { OUTPUT_USAGE, TextureOutput } from "../gpu/texture-output.js";
import { WeightStore } from "../gpu/weights.js";
import { NO_ROWS } from "../job/alpha-source.js";
import { DeviceIdle } from "../job/device-idle.js";
import { type PassOptions, type PassRequest, passRequest } from "../job/pass-options.js";
import { PassTextures, requireEncoder } from "../job/pass-textures.js";
import { shown } from "../job/shown.js";
import { recordedBytes, SHIFT_REACH } from "../ops/accumulator.kernels.js";
import type { PointSpread, Shift } from "../ops/observation.js";
import { PICTURE_HEADER_BYTES } from "../ops/picture.kernels.js";
import { type Region, regionWords, UPRIGHT } from "../ops/region.js";
import { bytesOfBuffers, requireFits } from "../plan/runnable-plan.js";
import { requireReadable, requireStorable } from "../plan/texture-forms.js";
import { type AccumulatorPlan, planAccumulator } from "./accumulator-plan.js";
import { accumulationStep } from "./method.js";
import { requirePsf, requireScale } from "./options.js";

/** What an accumulator is made for: as createPass has it. Frames are opaque; 1 is stored for alpha. */
export interface AccumulatorOptions
  extends Pick<PassOptions, "width" | "height" | "output" | "inputTransfer" | "outputTransfer" | "range"> {
  /** The format of a frame, as createPass has it but for "external". */
  readonly input: GPUTextureFormat;
  /** Output pixels for each of a frame's along an axis, 1 to 8; 2 by default. */
  readonly scale?: number | undefined;
  /**
   * What a pixel of a frame averages over: its own square ("box") by default, or `{ gaussian }`, a standard deviation of at most 4 pixels of
   * a frame, for a renderer's pixel filter or a soft lens. Samples that look beyond the picture's edges are left out, so what is within 3.3
   * standard deviations of an edge is mostly the first frame enlarged.
   */
  readonly psf?: PointSpread | undefined;
}

const OPTIONS: readonly (keyof AccumulatorOptions)[] = [
  "width",
  "height",
  "scale",
  "psf",
  "input",
  "output",
  "inputTransfer",
  "outputTransfer",
  "range",
];

// Every value of a byte as a word: what is recorded with a frame is copied from here, so that it comes in the order of the commands.
const BYTE_VALUES = 256;
const WORD_BYTES = 4;

/**
 * Makes an accumulator for jittered frames of a still scene, a renderer's way to more detail: each frame is drawn at a low resolution with
 * its camera moved by a fraction of a pixel, and the picture gets better with each.
 * @example
 * const still = await createAccumulator(device, { width: 640, height: 360, input: "rgba8unorm", output: "rgba8unorm" });
 * still.encode(encoder, frame, output, halton(still.frames % 32)); // 640x360 into 1280x720
 * @throws EsrganError "bad-input" for an option out of range or a format that cannot be read or stored, "unsupported-device",
 *   "out-of-memory", "device-lost"
 */
export async function createAccumulator(device: GPUDevice, options: AccumulatorOptions): Promise<FrameAccumulator> {
  requireDevice(device, "createAccumulator");
  const request = passRequest(options, { known: OPTIONS, what: "createAccumulator" });
  const { scale = 2, psf = "box" } = options;
  requireScale(scale);
  requirePsf(psf);
  if (request.input === "external") {
    throw new EsrganError(
      "bad-input",
      "An accumulator reads textures, not external ones: copy the frame into a texture",
    );
  }
  requireReadable(request.input);
  requireStorable(request.output);
  const { width, height } = request;
  requireTextureSize(device, { width: width * scale, height: height * scale }, "The output");
  const plan = planAccumulator(request, { scale, psf }, { storesBgra: device.features.has("bgra8unorm-storage") });
  requireFits(plan, capabilitiesOf(device), "Accumulating frames of this size");
  return FrameAccumulator.create(device, request, plan, scale);
}

interface AccumulatorParts {
  readonly prepared: PreparedPlan<AccumulatorPlan>;
  readonly output: TextureOutput;
  readonly byteValues: GPUBuffer;
}

/** One still scene at a time. Made by createAccumulator; owns its buffers until it is destroyed. */
export class FrameAccumulator {
  /** The output's size in texels. */
  readonly width: number;
  /** The output's size in texels. */
  readonly height: number;
  /** The GPUTextureUsage that the output needs. */
  readonly outputUsage: number;
  /** The GPUTextureUsage that a frame needs. */
  readonly inputUsage: number;
  /** Everything it owns on the GPU, however many frames come. */
  readonly bytes: number;
  readonly #textures: PassTextures;
  #frames = 0;
  #isDestroyed = false;

  private constructor(
    private readonly device: GPUDevice,
    request: PassRequest,
    /** What runs: dispatches and buffers. */
    readonly plan: AccumulatorPlan,
    private readonly scale: number,
    private readonly parts: AccumulatorParts,
  ) {
    const { size, store, buffers, textureBytes } = plan;
    this.width = size.width;
    this.height = size.height;
    this.outputUsage = TEXTURE_USAGE[OUTPUT_USAGE[store.usage]];
    this.inputUsage = TEXTURE_USAGE.textureBinding;
    this.bytes = bytesOfBuffers(buffers) + textureBytes + BYTE_VALUES * WORD_BYTES;
    this.#textures = new PassTextures(request, plan, { ...parts, copy: undefined, fill: undefined });
  }

  /** @internal Use createAccumulator. */
  static async create(
    device: GPUDevice,
    request: PassRequest,
    plan: AccumulatorPlan,
    scale: number,
  ): Promise<FrameAccumulator> {
    const made: { destroy(): void }[] = [];
    try {
      const prepared = await PreparedPlan.create(device, plan, new WeightStore(device));
      made.push(prepared);
      const output = await TextureOutput.create(device, plan.store, plan.size);
      made.push(output);
      const usage = USAGE.copySrc | USAGE.copyDst;
      const byteLength = BYTE_VALUES * WORD_BYTES;
      const [byteValues] = await createBuffers(device, [{ label: "byte values", byteLength, usage }]);
      made.push(byteValues!);
      device.queue.writeBuffer(
        byteValues!,
        0,
        Uint32Array.from({ length: BYTE_VALUES }, (_, value) => value),
      );
      prepared.write("regions", wholeRegion(request, plan));
      flushWrites(device);
      return new FrameAccumulator(device, request, plan, scale, { prepared, output, byteValues: byteValues! });
    } catch (error) {
      for (const each of made) each.destroy();
      throw error;
    }
  }

  /** How many frames are in the picture. */
  get frames(): number {
    return this.#frames;
  }

  /**
   * Records one more frame into `encoder`; once that was submitted, `output` holds the best picture so far. `jitter` is where the frame
   * looks, in its own texels along its rows and columns, within -8..8: texel (i, j) shows what is at (i + x, j + y) where nothing is
   * jittered. Nothing is submitted, read back, compiled or allocated. What was recorded must be submitted, in that order. What
   * WebGPU does not show is up to the caller, as with UpscalePass.encode.
   * @throws EsrganError "bad-input" before anything is recorded, where it was destroyed, the jitter is none, or a texture has another
   *   size or format, lacks a usage, is multisampled or has other dimensions
   */
  encode(encoder: GPUCommandEncoder, input: TextureSlice, output: TextureSlice, jitter: Shift): void {
    if (this.#isDestroyed) throw new EsrganError("bad-input", "The accumulator was destroyed");
    requireEncoder(encoder);
    requireJitter(jitter);
    const { pictures, target } = this.#textures.bind(input, output);
    DeviceIdle.of(this.device).touch();
    const { prepared, output: store, byteValues } = this.parts;
    const recorded = prepared.buffer("picture-in");
    recordedBytes(jitter, accumulationStep(this.scale, this.#frames)).forEach((value, word) => {
      encoder.copyBufferToBuffer(byteValues, value * WORD_BYTES, recorded, word * WORD_BYTES, WORD_BYTES);
    });
    const { first, each } = this.plan;
    prepared.encode(encoder, { range: this.#frames === 0 ? { from: first.from, to: each.to } : each, pictures });
    store.record(encoder, target);
    this.#frames++;
  }

  /** Begins anew with the next frame: for when the camera moved, or the scene changed. Takes no time. */
  reset(): void {
    this.#frames = 0;
  }

  /** Frees what it owns. What was recorded must have been submitted. The device and the textures are left alone. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    const { prepared, output, byteValues } = this.parts;
    for (const each of [prepared, output, byteValues]) each.destroy();
  }

  /** As destroy(), for `using`. */
  [Symbol.dispose](): void {
    this.destroy();
  }
}

function requireJitter(jitter: Shift): void {
  const isWithin = (value: unknown) => typeof value === "number" && Math.abs(value) < SHIFT_REACH;
  if (isWithin(jitter?.x) && isWithin(jitter?.y)) return;
  throw new EsrganError(
    "bad-input",
    `The jitter must be { x, y } within ${SHIFT_REACH} pixels of a frame, got ${shown(jitter)}`,
  );
}

/** The region that reads all of a frame and keeps all of the picture. */
function wholeRegion({ width, height }: PassRequest, { size }: AccumulatorPlan): Uint32Array<ArrayBuffer> {
  const all = { x: 0, y: 0, width, height, pitch: 0, offset: 0 };
  const region: Region = {
    from: { x: 0, y: 0 },
    border: { x: "repeat", y: "repeat" },
    orientation: UPRIGHT,
    result: size,
    kept: { x: 0, y: 0, ...size },
    to: { x: 0, y: 0 },
    isFirst: true,
  };
  return regionWords(region, {
    source: all,
    target: { offset: PICTURE_HEADER_BYTES / WORD_BYTES, pitch: 0 },
    tables: { x: 0, y: 0, ...size },
    alpha: NO_ROWS,
    alphaBorder: "repeat",
  });
}
