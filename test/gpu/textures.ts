// Textures for tests: made of pixels, and read back as RGBA.

import { createBuffers, MAP_READ, USAGE } from "../../src/gpu/buffers.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { floatToHalf, halvesToFloats } from "../../src/weights/half.js";

// The values of GPUTextureUsage, which are not global everywhere (Node).
export const TEXTURE = { copySrc: 1, copyDst: 2, binding: 4, storage: 8, render: 16 } as const;

/** A texture of RGBA pixels of 8 bits: floats hold level / 255. */
export function textureOf(
  device: GPUDevice,
  { data, width, height }: Pixels,
  format: GPUTextureFormat,
  usage: number = TEXTURE.binding | TEXTURE.copySrc,
): GPUTexture {
  const texture = device.createTexture({ size: [width, height], format, usage: usage | TEXTURE.copyDst });
  const texels = encoded(data, format);
  const bytesPerRow = (texels.byteLength / height) | 0;
  device.queue.writeTexture({ texture }, texels, { bytesPerRow }, [width, height]);
  return texture;
}

function encoded(
  data: Pixels["data"],
  format: GPUTextureFormat,
): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  if (format === "rgba32float") return Float32Array.from(data, (level) => level / 255);
  if (format === "rgba16float") return Uint16Array.from(data, (level) => floatToHalf(level / 255));
  const swap = format.startsWith("bgra");
  return Uint8Array.from(data, (_, i) => (swap && i % 4 < 3 ? data[i - (i % 4) + 2 - (i % 4)]! : data[i]!));
}

/** The texels of a texture made with COPY_SRC, as RGBA: levels, or floats. */
export async function readTexture(device: GPUDevice, texture: GPUTexture): Promise<Uint8Array | Float32Array> {
  const { width, height, format } = texture;
  const texelBytes = format === "rgba32float" ? 16 : format === "rgba16float" ? 8 : 4;
  const bytesPerRow = Math.ceil((width * texelBytes) / 256) * 256;
  const byteLength = bytesPerRow * height;
  const [staging] = await createBuffers(device, [{ label: "test", byteLength, usage: USAGE.mapRead | USAGE.copyDst }]);
  const encoder = device.createCommandEncoder();
  encoder.copyTextureToBuffer({ texture }, { buffer: staging!, bytesPerRow }, [width, height]);
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
