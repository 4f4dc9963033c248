// Owns what all engines have in common: a pass that is prepared in the background for the size of the frames, replaced when that
// changes, and left out when the device is lost. What is the engine's own stands in the file of its name.

import {
  createUpscaler,
  EsrganError,
  type PassOptions,
  type UpscalePass,
  type Upscaler,
  type UpscalerOptions,
} from "esrgan-webgpu";
import { Fit } from "./fit.js";

/** What every adapter takes, beside the options of createUpscaler(). */
export interface FrameOptions extends UpscalerOptions {
  /** "opaque" (the default), or how colours lie beside an alpha that is resized. */
  readonly alpha?: PassOptions["alpha"];
  /** "hdr" for frames of rgba16float with linear values beyond 1; the result is rgba16float too. "standard" by default. */
  readonly range?: PassOptions["range"];
  /**
   * Hears why frames are shown as they came: a model that does not load, no memory, a lost device, an engine whose inner members
   * have moved. Each reason is told once; reportError() hears of it by default.
   */
  readonly onError?: ((error: EsrganError) => void) | undefined;
}

/** How an engine's textures lie. */
export type FrameFormat = Pick<PassOptions, "output" | "inputTransfer" | "outputTransfer" | "range" | "flipY">;

const HDR_OUTPUT: GPUTextureFormat = "rgba16float";

/** A texture to upscale into; the engine's own or one of the device. */
export interface Target {
  readonly texture: GPUTexture;
  destroy(): void;
}

type MakeTarget = (
  device: GPUDevice,
  size: { readonly width: number; readonly height: number; readonly usage: number },
) => Target;

/** What frames a pass is for. */
interface FrameForm {
  readonly key: string;
  readonly width: number;
  readonly height: number;
  readonly input: GPUTextureFormat;
}

/** A pass for frames of one size, with all that it needs. */
class Prepared {
  private constructor(
    readonly form: FrameForm,
    readonly pass: UpscalePass,
    readonly target: Target,
    readonly fit: Fit,
  ) {}

  static async create(device: GPUDevice, form: FrameForm, upscaler: Upscaler, options: PassOptions, make: MakeTarget) {
    const pass = await upscaler.createPass(options);
    const made: { destroy(): void }[] = [pass];
    try {
      const { width, height, outputUsage } = pass;
      const usage = outputUsage | GPUTextureUsage.TEXTURE_BINDING;
      const target = make(device, { width, height, usage });
      made.push(target);
      return new Prepared(form, pass, target, await Fit.create(device, { ...form, format: form.input }));
    } catch (error) {
      for (const each of made) each.destroy();
      throw error;
    }
  }

  destroy(): void {
    for (const each of [this.pass, this.target, this.fit]) each.destroy();
  }
}

/**
 * Upscales the frames of an engine, whatever size they come in. Nothing is allocated while that stays the same. After a change the
 * pass for the old size goes on, with the frame resampled to it, until the one for the new size is ready.
 */
export class FrameUpscaler {
  readonly #options: UpscalerOptions;
  readonly #alpha: PassOptions["alpha"];
  readonly #format: FrameFormat;
  readonly #onError: (error: EsrganError) => void;
  readonly #makeTarget: MakeTarget;
  readonly #told = new Set<string>();
  #device: GPUDevice | undefined;
  #upscaler: Promise<Upscaler> | undefined;
  #current: Prepared | undefined;
  /** Prepared, and used from the next frame on: what a frame has recorded must stay until it was submitted. */
  #next: Prepared | undefined;
  /** Used until the frame before. */
  #retired: Prepared | undefined;
  #work: Promise<void> | undefined;
  #failed: { readonly key: string; readonly error: EsrganError } | undefined;
  #wanted: FrameForm | undefined;
  #isOut = false;

  constructor(
    { alpha, range = "standard", onError = (error) => reportError(error), ...options }: FrameOptions,
    standard: FrameFormat,
    makeTarget?: MakeTarget,
  ) {
    const format = range === "standard" ? standard : { output: HDR_OUTPUT, range, flipY: standard.flipY };
    this.#options = options;
    this.#alpha = alpha;
    this.#format = format;
    this.#onError = onError;
    this.#makeTarget = makeTarget ?? deviceTarget(format);
  }

  /**
   * Records the upscaling of `input`, or of its upper left `width` x `height` texels, into `encoder`, where no pass may be open.
   * Gives the texture with the result, the same one as long as no other size comes; undefined where the frame is to be shown as it is.
   */
  upscale(
    device: GPUDevice,
    encoder: GPUCommandEncoder,
    input: GPUTexture,
    width = input.width,
    height = input.height,
  ): GPUTexture | undefined {
    this.#retired?.destroy();
    this.#retired = undefined;
    if (device !== this.#device) this.#reset(device);
    if (this.#isOut) return undefined;
    if (this.#next) {
      this.#retired = this.#current;
      this.#current = this.#next;
      this.#next = undefined;
    }
    const key = `${width}x${height} ${input.format}`;
    if (this.#wanted?.key !== key) this.#wanted = { key, width, height, input: input.format };
    if (this.#current?.form.key !== key && this.#failed?.key !== key) this.#work ??= this.#prepare(device);
    const current = this.#current;
    if (!current || current.form.input !== input.format) return undefined;
    const isWhole = current.form.key === key && width === input.width && height === input.height;
    return this.guard(() => {
      current.pass.encode(
        encoder,
        isWhole ? input : current.fit.draw(encoder, input, width, height),
        current.target.texture,
      );
      return current.target.texture;
    });
  }

  /** What `frame` gives; undefined, once it was told why, where it is refused. */
  guard<T>(frame: () => T): T | undefined {
    try {
      return frame();
    } catch (error) {
      this.#tell(EsrganError.from(error));
      return undefined;
    }
  }

  /**
   * Waits until frames of the size that was given last are upscaled, from the next one on.
   * @throws EsrganError why they are not: what createUpscaler() and createPass() throw
   */
  async ready(): Promise<void> {
    while (this.#work) await this.#work;
    if (this.#failed && this.#failed.key === this.#wanted?.key) throw this.#failed.error;
    if (this.#isOut) throw lostError();
  }

  /** Frees what it made. Frames that were recorded must have been submitted. */
  destroy(): void {
    this.#reset(undefined);
    this.#isOut = true;
  }

  #reset(device: GPUDevice | undefined): void {
    this.#upscaler?.then(
      (upscaler) => upscaler.destroy(),
      () => {},
    );
    for (const each of [this.#current, this.#next, this.#retired]) each?.destroy();
    this.#current = this.#next = this.#retired = this.#upscaler = this.#work = this.#failed = undefined;
    this.#device = device;
    this.#isOut = false;
    device?.lost.then(() => {
      if (this.#device !== device) return;
      this.#isOut = true;
      this.#tell(lostError());
    });
  }

  /** Prepares what is wanted, and again what is wanted by then. */
  async #prepare(device: GPUDevice): Promise<void> {
    for (let key = ""; this.#device === device && key !== this.#wanted!.key; ) {
      const form = this.#wanted!;
      key = form.key;
      try {
        this.#upscaler ??= createUpscaler(device, this.#options).catch((error) => {
          if (this.#device === device) this.#upscaler = undefined; // another size tries again
          throw error;
        });
        const prepared = await Prepared.create(
          device,
          form,
          await this.#upscaler,
          this.#passOptions(form),
          this.#makeTarget,
        );
        if (this.#device !== device) return prepared.destroy();
        this.#next?.destroy();
        this.#next = prepared;
      } catch (caught) {
        if (this.#device !== device) return;
        const error = EsrganError.from(caught);
        this.#failed = { key, error };
        this.#tell(error);
      }
    }
    if (this.#device === device) this.#work = undefined;
  }

  #passOptions({ width, height, input }: FrameForm): PassOptions {
    return { width, height, input, ...this.#format, alpha: this.#alpha };
  }

  #tell(error: EsrganError): void {
    if (this.#told.has(error.message)) return;
    this.#told.add(error.message);
    this.#onError(error);
  }
}

function lostError(): EsrganError {
  return new EsrganError("device-lost", "The device was lost, so frames are shown as they are");
}

function deviceTarget({ output }: FrameFormat): MakeTarget {
  return (device, { width, height, usage }) => {
    const texture = device.createTexture({
      label: "esrgan-webgpu result",
      size: [width, height],
      format: output,
      usage,
    });
    return { texture, destroy: () => texture.destroy() };
  };
}
