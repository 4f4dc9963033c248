// What the adapter uses of PlayCanvas, whose package is not installed here.

declare module "playcanvas" {
  export const version: string;
  export const FILTER_LINEAR: number;
  export const PIXELFORMAT_RGBA8: number;
  export const PIXELFORMAT_RGBA16F: number;
  export const SEMANTIC_POSITION: string;
  export class Color {
    static readonly BLACK: Color;
    r: number;
  }
  export class GraphicsDevice {
    readonly scope: { resolve(name: string): { setValue(value: unknown): void } };
  }
  export interface TextureOptions {
    readonly name?: string;
    readonly width?: number;
    readonly height?: number;
    readonly format?: number;
    readonly mipmaps?: boolean;
    readonly storage?: boolean;
    readonly minFilter?: number;
    readonly magFilter?: number;
  }
  export class Texture {
    constructor(device: GraphicsDevice, options?: TextureOptions);
    destroy(): void;
  }
  export class RenderTarget {
    destroy(): void;
  }
  export class Shader {
    destroy(): void;
  }
  export const ShaderUtils: {
    createShader(
      device: GraphicsDevice,
      options: {
        readonly uniqueName: string;
        readonly attributes?: Record<string, string>;
        readonly vertexWGSL?: string;
        readonly fragmentWGSL?: string;
      },
    ): Shader;
  };
  export class RenderPassShaderQuad {
    constructor(device: GraphicsDevice);
    readonly device: GraphicsDevice;
    set shader(shader: Shader);
    readonly quadRender: { destroy(): void } | null;
    init(target: RenderTarget | null): void;
    setClearColor(color: Color | undefined): void;
    before(): void;
    execute(): void;
    destroy(): void;
  }
}
