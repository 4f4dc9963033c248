// esrgan-webgpu/pixi: super-resolution as a filter.

import {
  AlphaFilter,
  ExternalSource,
  type FilterSystem,
  type RenderSurface,
  Texture,
  VERSION,
  type WebGPURenderer,
} from "pixi.js";
import { type FrameFormat, type FrameOptions, FrameUpscaler } from "./frame-upscaler.js";
import { type Engine, member } from "./member.js";

export type { FrameOptions } from "./frame-upscaler.js";

const PIXI: Engine = { name: "pixi.js", version: VERSION, tested: "8.22" };

// Values as sRGB encodes them.
const ENCODED: FrameFormat = { output: "rgba8unorm" };

export interface EsrganFilterOptions extends FrameOptions {
  /** Of the filtered area, in pixels of the result: the filter's input lies in a larger texture of a pool, so it does not say. */
  readonly width: number;
  /** As the width. */
  readonly height: number;
  /** How much smaller the area is rendered: 4 by default. */
  readonly scaleFactor?: number | undefined;
}

/**
 * Renders what it filters smaller and upscales it. The container needs a `filterArea` of the same size.
 * @example
 * container.filterArea = new Rectangle(0, 0, 640, 480);
 * container.filters = [new EsrganFilter({ width: 640, height: 480, model: "general-x4v3" })];
 */
export class EsrganFilter extends AlphaFilter {
  readonly #frames: FrameUpscaler;
  readonly #scaleFactor: number;
  #size: { readonly width: number; readonly height: number };
  #result: { readonly gpu: GPUTexture; readonly texture: Texture } | undefined;

  constructor({ width, height, scaleFactor = 4, ...options }: EsrganFilterOptions) {
    super();
    this.resolution = 1 / scaleFactor;
    this.#scaleFactor = scaleFactor;
    this.#size = { width, height };
    this.#frames = new FrameUpscaler(options, ENCODED);
  }

  /** Says that the filtered area has another size. */
  resize(width: number, height: number): void {
    this.#size = { width, height };
  }

  /** Waits until frames of the last size are upscaled. @throws EsrganError why they are not */
  ready(): Promise<void> {
    return this.#frames.ready();
  }

  /** Called by PixiJS. */
  override apply(system: FilterSystem, input: Texture, output: RenderSurface, clear: boolean): void {
    const { renderer } = system as unknown as { readonly renderer: WebGPURenderer };
    const { width, height } = this.#size;
    const result = this.#frames.guard(() => {
      const device = member<GPUDevice>(PIXI, renderer, "renderer.gpu.device");
      const encoder = member<WebGPURenderer["encoder"]>(PIXI, renderer, "renderer.encoder");
      encoder.endRenderPass();
      const source = renderer.texture.getGpuSource(input.source) as GPUTexture;
      const wide = Math.ceil(width / this.#scaleFactor);
      const high = Math.ceil(height / this.#scaleFactor);
      return this.#frames.upscale(device, encoder.commandEncoder, source, wide, high);
    });
    const before = this.#result;
    system.applyFilter(this, result ? this.#wrapped(result, renderer) : input, output, clear);
    // Not before another is bound in its place.
    if (before !== this.#result) before?.texture.destroy(true);
  }

  /** Frees what was made for it. */
  override destroy(): void {
    this.#frames.destroy();
    this.#result?.texture.destroy(true);
    super.destroy();
  }

  #wrapped(gpu: GPUTexture, renderer: WebGPURenderer): Texture {
    if (this.#result?.gpu !== gpu) {
      const source = new ExternalSource({ resource: gpu, renderer });
      this.#result = { gpu, texture: new Texture({ source }) };
    }
    // Pixi draws it at its own size: the one of the area, also while that of the result is still another.
    const { source } = this.#result!.texture;
    source.width = this.#size.width;
    source.height = this.#size.height;
    return this.#result!.texture;
  }
}
