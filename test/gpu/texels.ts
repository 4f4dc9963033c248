// Textures for tests of single kernels: made of texels as they are stored, read back as numbers. Pictures in textures are textures.ts.

import { readTexture, TEXTURE } from "./textures.js";

export interface TexelSize {
  readonly width: number;
  readonly height: number;
}

export type TexelFormat = "rgba8unorm" | "rgba8unorm-srgb" | "bgra8unorm" | "rgba16float" | "rgba32float";

/** A texture that kernels read, with these texels row by row. */
export function sourceTexture(
  device: GPUDevice,
  format: TexelFormat,
  { width, height }: TexelSize,
  texels: ArrayBufferView<ArrayBuffer>,
): GPUTexture {
  const texture = device.createTexture({ format, size: [width, height], usage: TEXTURE.binding | TEXTURE.copyDst });
  device.queue.writeTexture({ texture }, texels, { bytesPerRow: texels.byteLength / height }, [width, height]);
  return texture;
}

/** A texture that kernels store to. */
export function targetTexture(device: GPUDevice, format: TexelFormat, { width, height }: TexelSize): GPUTexture {
  return device.createTexture({ format, size: [width, height], usage: TEXTURE.storage | TEXTURE.copySrc });
}

/** RGBA as numbers, from 0 to 1 where they are levels. */
export async function readValues(device: GPUDevice, texture: GPUTexture): Promise<number[]> {
  const values = await readTexture(device, texture);
  return values instanceof Float32Array ? [...values] : Array.from(values, (level) => level / 255);
}
