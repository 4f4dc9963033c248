// esrgan-webgpu/playcanvas: super-resolution as a frame pass of a camera.

import {
  Color,
  FILTER_LINEAR,
  type GraphicsDevice,
  PIXELFORMAT_RGBA8,
  PIXELFORMAT_RGBA16F,
  RenderPassShaderQuad,
  type RenderTarget,
  SEMANTIC_POSITION,
  ShaderUtils,
  Texture,
  version,
} from "playcanvas";
import { type FrameFormat, type FrameOptions, FrameUpscaler, type Target } from "./frame-upscaler.js";
import { type Engine, member } from "./member.js";

export type { FrameOptions } from "./frame-upscaler.js";

const PLAYCANVAS: Engine = { name: "playcanvas", version, tested: "2.23" };

// Values as sRGB encodes them: what a camera renders with gammaCorrection.
const ENCODED: FrameFormat = { output: "rgba8unorm" };

// PlayCanvas reads one declaration a line.
const SHADER = {
  uniqueName: "EsrganFramePass",
  attributes: { aPosition: SEMANTIC_POSITION },
  vertexWGSL: /* wgsl */ `
attribute aPosition: vec2f;
varying uv0: vec2f;
@vertex fn vertexMain(input: VertexInput) -> VertexOutput {
  var output: VertexOutput;
  output.position = vec4f(input.aPosition, 0.0, 1.0);
  output.uv0 = vec2f(input.aPosition.x * 0.5 + 0.5, 0.5 - input.aPosition.y * 0.5);
  return output;
}`,
  fragmentWGSL: /* wgsl */ `
varying uv0: vec2f;
var esrganFrame: texture_2d<f32>;
var esrganFrameSampler: sampler;
@fragment fn fragmentMain(input: FragmentInput) -> FragmentOutput {
  var output: FragmentOutput;
  output.color = textureSample(esrganFrame, esrganFrameSampler, input.uv0);
  return output;
}`,
};

export interface EsrganFramePassOptions extends FrameOptions {
  /** The colour buffer of the target that the scene is rendered into; it may be resized. */
  readonly source: Texture;
  /** What is drawn to: null, the default, is the canvas. */
  readonly target?: RenderTarget | null | undefined;
}

/**
 * Upscales a texture and draws the result into a target, by default the canvas.
 * @example
 * sceneCamera.camera.renderTarget = new RenderTarget({ colorBuffer: low, depth: true });
 * const upscale = new EsrganFramePass(app.graphicsDevice, { source: low, model: "general-x4v3" });
 * screenCamera.camera.framePasses = [upscale];
 */
export class EsrganFramePass extends RenderPassShaderQuad {
  readonly #frames: FrameUpscaler;
  readonly #source: Texture;
  readonly #format: number;
  /** PlayCanvas' textures by those of the device, as long as those live. */
  readonly #results = new WeakMap<GPUTexture, Texture>();
  #shown: Texture;

  constructor(device: GraphicsDevice, { source, target = null, ...options }: EsrganFramePassOptions) {
    super(device);
    this.#source = this.#shown = source;
    this.#frames = new FrameUpscaler(options, ENCODED, (_, size) => this.#makeResult(size));
    this.#format = options.range === "hdr" ? PIXELFORMAT_RGBA16F : PIXELFORMAT_RGBA8;
    this.shader = ShaderUtils.createShader(device, SHADER);
    this.init(target);
    this.setClearColor(Color.BLACK); // a pass that clears is not merged with the one before, which would still be open
  }

  /** Called by PlayCanvas, before it opens the pass. */
  override before(): void {
    const { device } = this;
    const result = this.#frames.guard(() => {
      const gpu = member<GPUDevice>(PLAYCANVAS, device, "device.wgpu");
      const encoderOf = member<() => GPUCommandEncoder>(PLAYCANVAS, device, "device.getCommandEncoder");
      const input = gpuTextureOf(this.#source);
      return this.#frames.upscale(gpu, encoderOf.call(device), input);
    });
    this.#shown = (result && this.#results.get(result)) ?? this.#source;
  }

  /** Called by PlayCanvas. */
  override execute(): void {
    this.device.scope.resolve("esrganFrame").setValue(this.#shown);
    super.execute();
  }

  /** Waits until frames of the last size are upscaled. @throws EsrganError why they are not */
  ready(): Promise<void> {
    return this.#frames.ready();
  }

  /** Frees what was made for it. */
  override destroy(): void {
    this.#frames.destroy();
    this.quadRender?.destroy();
    super.destroy();
  }

  #makeResult({ width, height }: { readonly width: number; readonly height: number }): Target {
    const texture = new Texture(this.device, {
      name: "esrgan-webgpu result",
      width,
      height,
      format: this.#format,
      mipmaps: false,
      storage: true,
      minFilter: FILTER_LINEAR,
      magFilter: FILTER_LINEAR,
    });
    const gpu = gpuTextureOf(texture);
    this.#results.set(gpu, texture);
    return { texture: gpu, destroy: () => texture.destroy() };
  }
}

function gpuTextureOf(texture: Texture): GPUTexture {
  return member(PLAYCANVAS, texture, "texture.impl.gpuTexture");
}
