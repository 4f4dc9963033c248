// esrgan-webgpu/babylon: super-resolution as a task of a frame graph, and as a rendering pipeline of cameras, as FSR1RenderingPipeline is.

import type { Camera } from "@babylonjs/core/Cameras/camera.js";
import { Constants } from "@babylonjs/core/Engines/constants.js";
import type { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
import type { FrameGraph } from "@babylonjs/core/FrameGraph/frameGraph.js";
import { backbufferColorTextureHandle } from "@babylonjs/core/FrameGraph/frameGraphTypes.js";
import { FrameGraphPassTask } from "@babylonjs/core/FrameGraph/Tasks/PostProcesses/passTask.js";
import type { Effect } from "@babylonjs/core/Materials/effect.js";
import type { InternalTexture } from "@babylonjs/core/Materials/Textures/internalTexture.js";
import { PassPostProcess } from "@babylonjs/core/PostProcesses/passPostProcess.js";
import { PostProcessRenderEffect } from "@babylonjs/core/PostProcesses/RenderPipeline/postProcessRenderEffect.js";
import { PostProcessRenderPipeline } from "@babylonjs/core/PostProcesses/RenderPipeline/postProcessRenderPipeline.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { TextureUpscaler } from "./babylon-textures.js";
import type { FrameOptions } from "./frame-upscaler.js";

export type { FrameOptions } from "./frame-upscaler.js";

function bind(effect: Effect, texture: InternalTexture): void {
  effect._bindTexture("textureSampler", texture);
}

/**
 * A task that upscales `sourceTexture` and draws the result into `targetTexture`, by default the canvas.
 * @example
 * const task = new EsrganTask("esrgan", frameGraph, { model: "general-x4v3" });
 * task.sourceTexture = renderTask.outputTexture;
 * frameGraph.addTask(task);
 */
export class EsrganTask extends FrameGraphPassTask {
  readonly #upscaler: TextureUpscaler;

  constructor(name: string, frameGraph: FrameGraph, options: FrameOptions = {}) {
    super(name, frameGraph);
    this.#upscaler = new TextureUpscaler(frameGraph.engine as WebGPUEngine, options);
    this.targetTexture = backbufferColorTextureHandle;
  }

  /** As all classes of Babylon.js say. */
  override getClassName(): string {
    return "EsrganTask";
  }

  /** Called by the frame graph. */
  override record(skipDisabled?: boolean): ReturnType<FrameGraphPassTask["record"]> {
    let shown: InternalTexture;
    return super.record(
      skipDisabled,
      () => {
        shown = this.#upscaler.upscale(this._frameGraph.textureManager.getTextureFromHandle(this.sourceTexture!)!);
      },
      () => bind(this.drawWrapper.effect!, shown),
    );
  }

  /** Waits until frames of the last size are upscaled. @throws EsrganError why they are not */
  ready(): Promise<void> {
    return this.#upscaler.ready();
  }

  /** Frees what was made for it. */
  override dispose(): void {
    this.#upscaler.dispose();
    super.dispose();
  }
}

/** Of the pipeline, beside what every adapter takes. */
export interface EsrganPipelineOptions extends FrameOptions {
  /** How much smaller the scene is rendered: 4 by default. */
  readonly scaleFactor?: number | undefined;
}

/**
 * Renders the scene of `cameras` smaller and upscales it.
 * @example
 * const pipeline = new EsrganRenderingPipeline("esrgan", scene, { model: "general-x4v3" }, [camera]);
 */
export class EsrganRenderingPipeline extends PostProcessRenderPipeline {
  readonly #upscaler: TextureUpscaler;
  readonly #postProcess: PassPostProcess;
  readonly #cameras: readonly Camera[];

  constructor(name: string, scene: Scene, options: EsrganPipelineOptions = {}, cameras: Camera[] = scene.cameras) {
    const { scaleFactor = 4, ...frameOptions } = options;
    const engine = scene.getEngine() as WebGPUEngine;
    super(engine, name);
    this.#cameras = cameras.slice();
    this.#upscaler = new TextureUpscaler(engine, frameOptions);
    const sampling = Constants.TEXTURE_BILINEAR_SAMPLINGMODE;
    const postProcess = new PassPostProcess(`${name} upscale`, 1 / scaleFactor, null, sampling, engine);
    postProcess.externalTextureSamplerBinding = true;
    postProcess.onApplyObservable.add((effect) =>
      bind(effect, this.#upscaler.upscale(postProcess.inputTexture.texture!)),
    );
    this.#postProcess = postProcess;
    this.addEffect(new PostProcessRenderEffect(engine, "EsrganUpscaleEffect", () => postProcess));
    scene.postProcessRenderPipelineManager.addPipeline(this);
    scene.postProcessRenderPipelineManager.attachCamerasToRenderPipeline(name, this.#cameras.slice());
  }

  /** Waits until frames of the last size are upscaled. @throws EsrganError why they are not */
  ready(): Promise<void> {
    return this.#upscaler.ready();
  }

  /** Takes the effect off the cameras, and frees what was made for it. */
  override dispose(): void {
    for (const camera of this.#cameras) this.#postProcess.dispose(camera);
    this.#upscaler.dispose();
    super.dispose();
  }
}
