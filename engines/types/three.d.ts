// What the adapter uses of three, whose packages are not installed here.

declare module "three/webgpu" {
  export const REVISION: string;
  export const NodeUpdateType: { readonly FRAME: "frame" };
  export class Texture {
    dispose(): void;
  }
  export class ExternalTexture extends Texture {
    constructor(sourceTexture?: GPUTexture | null);
    sourceTexture: GPUTexture | null;
  }
  export class Node {
    constructor(nodeType?: string | null);
    updateBeforeType: string;
    updateBefore(frame: never): unknown;
    setup(builder: never): unknown;
    dispose(): void;
  }
  export class WebGPURenderer {}
}

declare module "three/tsl" {
  import type { Node, Texture } from "three/webgpu";
  export interface TextureNode extends Node {
    value: Texture;
  }
  export function convertToTexture(node: Node): TextureNode;
  export function passTexture(pass: never, texture: Texture): TextureNode;
}
