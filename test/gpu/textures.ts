// Textures for tests: made of pixels, and read back as RGBA.

import { createBuffers, MAP_READ, USAGE } from "../../src/gpu/buffers.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { floatToHalf, halvesToFloats } from "../../src/weights/half.js";

// The values of GPUTextureUsage, which are not global everywhere (Node).
export const TEXTURE = { copySrc: 1, copyDst: 2, binding: 4, storage: 8, render: 16 } as const;

type Rgba = Pick<Pixels, "width" | "height"> & { readonly data: ArrayLike<number> };
type Level = (level: number) => number;

/** A level and a layer of a texture. */
export interface TexturePlace {
  readonly texture: GPUTexture;
  readonly mipLevel?: number;
  readonly arrayLayer?: number;
}

/** A texture of RGBA pixels of 8 bits: floats hold `toFloat` of a level, by default level / 255. */
export function textureOf(
  device: GPUDevice,
  pixels: Rgba,
  format: GPUTextureFormat,
  usage: number = TEXTURE.binding | TEXTURE.copySrc,
  toFloat?: Level,
): GPUTexture {
  const size = [pixels.width, pixels.height];
  const texture = device.createTexture({ size, format, usage: usage | TEXTURE.copyDst });
  writeTexels(device, { texture }, pixels, toFloat);
  return texture;
}

/** Writes the pixels into a level and a layer. */
export function writeTexels(
  device: GPUDevice,
  { texture, mipLevel = 0, arrayLayer = 0 }: TexturePlace,
  { data, width, height }: Rgba,
  toFloat: Level = (level) => level / 255,
): void {
  const texels = encoded(data, texture.format, toFloat);
  const bytesPerRow = texels.byteLength / height;
  device.queue.writeTexture({ texture, mipLevel, origin: [0, 0, arrayLayer] }, texels, { bytesPerRow }, [
    width,
    height,
  ]);
}

function encoded(
  data: ArrayLike<number>,
  format: GPUTextureFormat,
  toFloat: Level,
): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  if (format === "rgba32float") return Float32Array.from(data, toFloat);
  if (format === "rgba16float") return Uint16Array.from(data, (level) => floatToHalf(toFloat(level)));
  const swap = format.startsWith("bgra");
  return Uint8Array.from(data, (_, i) => (swap && i % 4 < 3 ? data[i - (i % 4) + 2 - (i % 4)]! : data[i]!));
}

/** The texels of a texture made with COPY_SRC, as RGBA: levels, or floats. */
export async function readTexture(
  device: GPUDevice,
  place: GPUTexture | TexturePlace,
): Promise<Uint8Array | Float32Array> {
  const { texture, mipLevel = 0, arrayLayer = 0 } = "texture" in place ? place : { texture: place };
  const { format } = texture;
  const [width, height] = [texture.width, texture.height].map((length) => Math.max(1, length >> mipLevel)) as [
    number,
    number,
  ];
  const texelBytes = format === "rgba32float" ? 16 : format === "rgba16float" ? 8 : 4;
  const bytesPerRow = Math.ceil((width * texelBytes) / 256) * 256;
  const byteLength = bytesPerRow * height;
  const [staging] = await createBuffers(device, [{ label: "test", byteLength, usage: USAGE.mapRead | USAGE.copyDst }]);
  const encoder = device.createCommandEncoder();
  const from = { texture, mipLevel, origin: [0, 0, arrayLayer] };
  encoder.copyTextureToBuffer(from, { buffer: staging!, bytesPerRow }, [width, height]);
  device.queue.submit([encoder.finish()]);
  await staging!.mapAsync(MAP_READ);
  const bytes = new Uint8Array(staging!.getMappedRange().slice(0));
  staging!.destroy();
  const rows = new Uint8Array(width * height * texelBytes);
  for (let y = 0; y < height; y++) {
    rows.set(bytes.subarray(y * bytesPerRow, y * bytesPerRow + width * texelBytes), y * width * texelBytes);
  }
  if (format === "rgba32float") return new Float32Array(rows.buffer);
  if (format === "rgba16float") return halvesToFloats(new Uint16Array(rows.buffer));
  if (!format.startsWith("bgra")) return rows;
  return rows.map((_, i) => (i % 4 < 3 ? rows[i - (i % 4) + 2 - (i % 4)]! : rows[i]!));
}
