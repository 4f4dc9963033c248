// esrgan-webgpu/three: super-resolution as a TSL node for a RenderPipeline, and as the upscaler of three-gpu-pathtracer.

import { convertToTexture, passTexture } from "three/tsl";
import { ExternalTexture, Node, NodeUpdateType, REVISION, type Texture, type WebGPURenderer } from "three/webgpu";
import { type FrameFormat, type FrameOptions, FrameUpscaler } from "./frame-upscaler.js";
import { type Engine, member } from "./member.js";

export type { FrameOptions } from "./frame-upscaler.js";

const THREE: Engine = { name: "three", version: `0.${REVISION}`, tested: "0.187" };

// three works with linear values; textures of -srgb formats are decoded by the device.
const LINEAR: FrameFormat = { output: "rgba16float", inputTransfer: "linear", outputTransfer: "linear" };

/** Textures of three's in and out. */
class TextureUpscaler {
  readonly #frames: FrameUpscaler;
  #result: ExternalTexture | undefined;

  constructor(options: FrameOptions) {
    this.#frames = new FrameUpscaler(options, LINEAR);
  }

  /** Upscales `source` at once; gives a texture with the result, or `source` where there is none. */
  upscale(renderer: WebGPURenderer, source: Texture): Texture {
    const result = this.#frames.guard(() => {
      const device = member<GPUDevice>(THREE, renderer, "renderer.backend.device");
      const backend = member<{ get(texture: Texture): { readonly texture?: GPUTexture } }>(
        THREE,
        renderer,
        "renderer.backend",
      );
      const input = backend.get(source).texture;
      if (!input) return undefined; // not rendered yet
      const encoder = device.createCommandEncoder({ label: "esrgan-webgpu" });
      const made = this.#frames.upscale(device, encoder, input);
      device.queue.submit([encoder.finish()]);
      return made;
    });
    if (!result) return source;
    if (this.#result?.sourceTexture !== result) {
      this.#result?.dispose();
      this.#result = new ExternalTexture(result);
    }
    return this.#result;
  }

  ready(): Promise<void> {
    return this.#frames.ready();
  }

  dispose(): void {
    this.#frames.destroy();
    this.#result?.dispose();
  }
}

/** A node whose texture is the input's, upscaled once a frame. Made by esrgan(). */
export class EsrganNode extends Node {
  /** What three calls it. */
  static get type(): string {
    return "EsrganNode";
  }

  readonly #upscaler: TextureUpscaler;
  readonly #output: ReturnType<typeof passTexture>;

  constructor(
    /** What is upscaled. */
    readonly textureNode: ReturnType<typeof convertToTexture>,
    options: FrameOptions = {},
  ) {
    super("vec4");
    this.#upscaler = new TextureUpscaler(options);
    // three's types want a PassNode here, which its own FSR1Node is not either.
    this.#output = passTexture(this as never, textureNode.value);
    this.updateBeforeType = NodeUpdateType.FRAME;
  }

  /** The result as a texture node. */
  getTextureNode(): ReturnType<typeof passTexture> {
    return this.#output;
  }

  /** Waits until frames of the last size are upscaled. @throws EsrganError why they are not */
  ready(): Promise<void> {
    return this.#upscaler.ready();
  }

  /** Called by three. */
  override updateBefore(frame: never): undefined {
    const { renderer } = frame as { readonly renderer: WebGPURenderer };
    this.#output.value = this.#upscaler.upscale(renderer, this.textureNode.value);
  }

  /** Called by three. */
  override setup(builder: never): ReturnType<typeof passTexture> {
    // Without this three does not see that the input is to be rendered before.
    const nodes = builder as { getNodeProperties(node: unknown): Record<string, unknown> };
    nodes.getNodeProperties(this).textureNode = this.textureNode;
    return this.#output;
  }

  /** Frees what was made for it. */
  override dispose(): void {
    this.#upscaler.dispose();
    super.dispose();
  }
}

/**
 * Upscales a node's picture by the model's scale. Until the model is ready, and after the device was lost, the picture is shown as it is.
 * @example
 * const scenePass = pass(scene, camera);
 * scenePass.setResolutionScale(1 / 4);
 * renderPipeline.outputNode = esrgan(scenePass, { model: "general-x4v3" });
 */
export function esrgan(node: Node, options: FrameOptions = {}): EsrganNode {
  return new EsrganNode(convertToTexture(node), options);
}

/**
 * An upscaler for three-gpu-pathtracer, which gives it the path-traced picture each frame and shows what it returns.
 * @example
 * pathTracer.renderScale = 1 / 4;
 * pathTracer.setUpscaler(new PathTracerUpscaler({ model: "x4plus" }));
 */
export class PathTracerUpscaler {
  readonly #upscaler: TextureUpscaler;
  #renderer: WebGPURenderer | undefined;

  constructor(options: FrameOptions = {}) {
    this.#upscaler = new TextureUpscaler(options);
  }

  /** Called by the path tracer: the renderer whose device is used. */
  init(renderer: WebGPURenderer): void {
    this.#renderer = renderer;
  }

  /** Called by the path tracer: the picture upscaled, or itself where that is not possible yet. */
  upscale(source: Texture): Texture {
    return this.#renderer ? this.#upscaler.upscale(this.#renderer, source) : source;
  }

  /** Waits until pictures of the last size are upscaled. @throws EsrganError why they are not */
  ready(): Promise<void> {
    return this.#upscaler.ready();
  }

  /** Frees what was made for it. */
  dispose(): void {
    this.#upscaler.dispose();
  }
}
