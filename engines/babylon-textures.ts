// Owns textures of Babylon's in and out: the way to those of the device, and one that is Babylon's for the result.

import { AbstractEngine } from "@babylonjs/core/Engines/abstractEngine.js";
import { Constants } from "@babylonjs/core/Engines/constants.js";
import type { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
import type { InternalTexture } from "@babylonjs/core/Materials/Textures/internalTexture.js";
import { type FrameFormat, type FrameOptions, FrameUpscaler } from "./frame-upscaler.js";
import { type Engine, member } from "./member.js";

const TESTED = "9.35";

// Babylon's textures hold encoded values, but for float ones, and their first row is the bottom one.
const ENCODED: FrameFormat = { output: "rgba8unorm", flipY: true };

/** Upscales textures of Babylon's. */
export class TextureUpscaler {
  readonly #frames: FrameUpscaler;
  readonly #babylon: Engine;
  #result: { readonly gpu: GPUTexture; readonly internal: InternalTexture } | undefined;

  constructor(
    private readonly engine: WebGPUEngine,
    options: FrameOptions,
  ) {
    this.#frames = new FrameUpscaler(options, ENCODED);
    this.#babylon = { name: "@babylonjs/core", version: AbstractEngine.Version, tested: TESTED };
  }

  /** Upscales `source` in the engine's encoder; gives the result, or `source` where there is none. */
  upscale(source: InternalTexture): InternalTexture {
    const { engine } = this;
    const result = this.#frames.guard(() => {
      const device = member<GPUDevice>(this.#babylon, engine, "engine._device");
      const endPass = member<() => void>(this.#babylon, engine, "engine._endCurrentRenderPass");
      const input = member<GPUTexture>(this.#babylon, source, "source._hardwareTexture.underlyingResource");
      endPass.call(engine); // the engine opens another when it draws
      return this.#frames.upscale(device, member(this.#babylon, engine, "engine._renderEncoder"), input);
    });
    return result ? this.#wrapped(result) : source;
  }

  ready(): Promise<void> {
    return this.#frames.ready();
  }

  dispose(): void {
    this.#result?.internal.dispose();
    this.#frames.destroy();
  }

  #wrapped(gpu: GPUTexture): InternalTexture {
    if (this.#result?.gpu === gpu) return this.#result.internal;
    this.#result?.internal.dispose();
    const internal = this.engine.wrapWebGPUTexture(gpu);
    this.engine.updateWrappedWebGPUTexture(internal, gpu); // wrapping alone makes no view
    internal.samplingMode = Constants.TEXTURE_BILINEAR_SAMPLINGMODE;
    this.#result = { gpu, internal };
    return internal;
  }
}
