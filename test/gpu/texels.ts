// Textures of tests: made from texels and read back. Owns the bytes of a row and the numbers of a texel.

import { MAP_READ, USAGE } from "../../src/gpu/buffers.js";
import { halvesToFloats } from "../../src/weights/half.js";

export interface TexelSize {
  readonly width: number;
  readonly height: number;
}

export type TexelFormat = "rgba8unorm" | "rgba8unorm-srgb" | "bgra8unorm" | "rgba16float" | "rgba32float";

export const TEXEL_BYTES: { readonly [F in TexelFormat]: number } = {
  rgba8unorm: 4,
  "rgba8unorm-srgb": 4,
  bgra8unorm: 4,
  rgba16float: 8,
  rgba32float: 16,
};

// GPUTextureUsage; the constants are not global everywhere (Node).
const COPY_SRC = 1;
const COPY_DST = 2;
const TEXTURE_BINDING = 4;
const STORAGE_BINDING = 8;

const ROW_ALIGN = 256; // of a copy from a texture to a buffer

/** A texture that kernels read, with these texels row by row. */
export function sourceTexture(
  device: GPUDevice,
  format: TexelFormat,
  size: TexelSize,
  texels: ArrayBufferView<ArrayBuffer>,
): GPUTexture {
  const { width, height } = size;
  const texture = device.createTexture({ format, size: { width, height }, usage: TEXTURE_BINDING | COPY_DST });
  const bytesPerRow = width * TEXEL_BYTES[format];
  device.queue.writeTexture({ texture }, texels, { bytesPerRow }, { width, height });
  return texture;
}

/** A texture that kernels store to. */
export function targetTexture(device: GPUDevice, format: TexelFormat, { width, height }: TexelSize): GPUTexture {
  return device.createTexture({ format, size: { width, height }, usage: STORAGE_BINDING | COPY_SRC });
}

/** The texels of `texture`, row by row. */
export async function readTexture(device: GPUDevice, texture: GPUTexture): Promise<ArrayBuffer> {
  const { width, height } = texture;
  const rowBytes = width * TEXEL_BYTES[texture.format as TexelFormat];
  const bytesPerRow = Math.ceil(rowBytes / ROW_ALIGN) * ROW_ALIGN;
  const staging = device.createBuffer({ size: bytesPerRow * height, usage: USAGE.mapRead | USAGE.copyDst });
  const encoder = device.createCommandEncoder();
  encoder.copyTextureToBuffer({ texture }, { buffer: staging, bytesPerRow }, { width, height });
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(MAP_READ);
  const mapped = new Uint8Array(staging.getMappedRange());
  const texels = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y++) {
    texels.set(mapped.subarray(y * bytesPerRow, y * bytesPerRow + rowBytes), y * rowBytes);
  }
  staging.destroy();
  return texels.buffer;
}

/** What texels hold: as numbers from 0 to 1 where they are levels. */
export function texelValues(format: TexelFormat, texels: ArrayBuffer): number[] {
  if (format === "rgba32float") return [...new Float32Array(texels)];
  if (format === "rgba16float") return [...halvesToFloats(new Uint16Array(texels))];
  return Array.from(new Uint8Array(texels), (level) => level / 255);
}
