// What code blocks of the documentation take as given: what the text around them speaks of.

declare const device: GPUDevice;
declare const upscaler: import("esrgan-webgpu").Upscaler;
declare const imageBitmap: ImageBitmap;
declare const imageElement: HTMLImageElement;
declare const canvas: HTMLCanvasElement;
declare const file: File;
declare const signal: AbortSignal;
declare const onProgress: (progress: { readonly done: number; readonly total: number }) => void;
declare const bar: { set(share: number): void; say(text: string): void };

// Pixels of an application.
declare const data: Uint8Array;
declare const width: number;
declare const height: number;

// A frame of an application.
declare const encoder: GPUCommandEncoder;
declare const lowResolution: GPUTexture;
declare const output: GPUTexture;

// A scene of three.js.
declare const scene: object;
declare const camera: object;
declare const renderPipeline: { outputNode: unknown };
declare function pass(scene: object, camera: object): { setResolutionScale(scale: number): void };
