// What the adapter uses of PixiJS, whose package is not installed here.

declare module "pixi.js" {
  export const VERSION: string;
  export interface TextureSource {
    width: number;
    height: number;
  }
  export class ExternalSource implements TextureSource {
    constructor(options: { resource: GPUTexture; renderer: WebGPURenderer });
    width: number;
    height: number;
  }
  export class Texture {
    constructor(options: { source: TextureSource });
    readonly source: TextureSource;
    destroy(destroySource?: boolean): void;
  }
  export type RenderSurface = object;
  export class FilterSystem {
    applyFilter(filter: AlphaFilter, input: Texture, output: RenderSurface, clear: boolean): void;
  }
  export class AlphaFilter {
    resolution: number | "inherit";
    apply(system: FilterSystem, input: Texture, output: RenderSurface, clear: boolean): void;
    destroy(): void;
  }
  export class WebGPURenderer {
    readonly encoder: { commandEncoder: GPUCommandEncoder; endRenderPass(): void };
    readonly texture: { getGpuSource(source: TextureSource): unknown };
  }
}
