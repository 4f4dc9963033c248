// What the adapter uses of Babylon.js, whose package is not installed here.

declare module "@babylonjs/core/Engines/abstractEngine.js" {
  export const AbstractEngine: { readonly Version: string };
}
declare module "@babylonjs/core/Engines/constants.js" {
  export const Constants: {
    readonly TEXTURE_BILINEAR_SAMPLINGMODE: number;
  };
}
declare module "@babylonjs/core/Materials/Textures/internalTexture.js" {
  export class InternalTexture {
    samplingMode: number;
    dispose(): void;
  }
}
declare module "@babylonjs/core/Materials/effect.js" {
  import type { InternalTexture } from "@babylonjs/core/Materials/Textures/internalTexture.js";
  export class Effect {
    _bindTexture(channel: string, texture: InternalTexture | null): void;
  }
}
declare module "@babylonjs/core/Engines/webgpuEngine.js" {
  import type { InternalTexture } from "@babylonjs/core/Materials/Textures/internalTexture.js";
  export class WebGPUEngine {
    wrapWebGPUTexture(texture: GPUTexture): InternalTexture;
    updateWrappedWebGPUTexture(internal: InternalTexture, texture: GPUTexture): void;
  }
}
declare module "@babylonjs/core/Cameras/camera.js" {
  export class Camera {
    readonly name: string;
  }
}
declare module "@babylonjs/core/scene.js" {
  import type { Camera } from "@babylonjs/core/Cameras/camera.js";
  import type { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
  import type { PostProcessRenderPipeline } from "@babylonjs/core/PostProcesses/RenderPipeline/postProcessRenderPipeline.js";
  export class Scene {
    cameras: Camera[];
    getEngine(): WebGPUEngine;
    readonly postProcessRenderPipelineManager: {
      addPipeline(pipeline: PostProcessRenderPipeline): void;
      attachCamerasToRenderPipeline(name: string, cameras: Camera[]): void;
    };
  }
}
declare module "@babylonjs/core/FrameGraph/frameGraphTypes.js" {
  export const backbufferColorTextureHandle: number;
}
declare module "@babylonjs/core/FrameGraph/frameGraph.js" {
  import type { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
  import type { InternalTexture } from "@babylonjs/core/Materials/Textures/internalTexture.js";
  export class FrameGraph {
    readonly engine: WebGPUEngine;
    readonly textureManager: { getTextureFromHandle(handle: number): InternalTexture | null };
  }
}
declare module "@babylonjs/core/FrameGraph/Tasks/PostProcesses/passTask.js" {
  import type { FrameGraph } from "@babylonjs/core/FrameGraph/frameGraph.js";
  import type { Effect } from "@babylonjs/core/Materials/effect.js";
  export class FrameGraphPassTask {
    constructor(name: string, frameGraph: FrameGraph);
    protected readonly _frameGraph: FrameGraph;
    readonly drawWrapper: { effect: Effect | null };
    sourceTexture?: number;
    targetTexture?: number;
    getClassName(): string;
    record(skipDisabled?: boolean, execute?: () => void, bindings?: () => void): object;
    dispose(): void;
  }
}
declare module "@babylonjs/core/PostProcesses/passPostProcess.js" {
  import type { Camera } from "@babylonjs/core/Cameras/camera.js";
  import type { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
  import type { Effect } from "@babylonjs/core/Materials/effect.js";
  import type { InternalTexture } from "@babylonjs/core/Materials/Textures/internalTexture.js";
  export class PassPostProcess {
    constructor(name: string, ratio: number, camera: Camera | null, samplingMode: number, engine: WebGPUEngine);
    externalTextureSamplerBinding: boolean;
    readonly inputTexture: { readonly texture: InternalTexture | null };
    readonly onApplyObservable: { add(callback: (effect: Effect) => void): unknown };
    dispose(camera?: Camera): void;
  }
}
declare module "@babylonjs/core/PostProcesses/RenderPipeline/postProcessRenderEffect.js" {
  import type { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
  import type { PassPostProcess } from "@babylonjs/core/PostProcesses/passPostProcess.js";
  export class PostProcessRenderEffect {
    constructor(engine: WebGPUEngine, name: string, postProcesses: () => PassPostProcess);
  }
}
declare module "@babylonjs/core/PostProcesses/RenderPipeline/postProcessRenderPipeline.js" {
  import type { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
  import type { PostProcessRenderEffect } from "@babylonjs/core/PostProcesses/RenderPipeline/postProcessRenderEffect.js";
  export class PostProcessRenderPipeline {
    constructor(engine: WebGPUEngine, name: string);
    addEffect(effect: PostProcessRenderEffect): void;
    dispose(disableDepthRender?: boolean): void;
  }
}
