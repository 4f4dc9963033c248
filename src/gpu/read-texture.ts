// Owns reading our own copies of textures back as pixels: 8 bits as stored, floats as 16 bits.

import { LARGEST_VALUE, type Pixels } from "../ops/pixels.js";
import { halvesToFloats } from "../weights/half.js";
import { createBuffers, MAP_READ, USAGE } from "./buffers.js";
import { untilLost } from "./device-loss.js";
import { readTexture8 } from "./external-image.js";

const ROW_ALIGNMENT = 256; // WebGPU, copyTextureToBuffer
const STAGING_BYTES = 2 ** 25; // At least the default limit of any device; memory stays bounded, few waits.

/**
 * The RGBA pixels of `texture`: rgba8unorm, rgba16float or rgba32float with the usage COPY_SRC. Values of float textures are clamped
 * to 0..1, NaN becomes 0.
 * @throws EsrganError "bad-input", "out-of-memory", "device-lost"
 */
export async function readTexture(device: GPUDevice, texture: GPUTexture): Promise<Pixels> {
  const { width, height, format } = texture;
  if (format !== "rgba16float" && format !== "rgba32float") return readTexture8(device, texture);
  const rowBytes = width * (format === "rgba16float" ? 8 : 16);
  const pitch = Math.ceil(rowBytes / ROW_ALIGNMENT) * ROW_ALIGNMENT;
  const rowsABand = Math.min(height, Math.max(1, Math.floor(STAGING_BYTES / pitch)));
  const data = new Uint16Array(width * height * 4);
  const [staging] = await createBuffers(device, [
    { label: "picture read-back", byteLength: pitch * rowsABand, usage: USAGE.mapRead | USAGE.copyDst },
  ]);
  try {
    for (let top = 0; top < height; top += rowsABand) {
      const rows = Math.min(rowsABand, height - top);
      const encoder = device.createCommandEncoder({ label: "esrgan-webgpu picture read-back" });
      const layout = { buffer: staging!, bytesPerRow: pitch };
      encoder.copyTextureToBuffer({ texture, origin: [0, top] }, layout, [width, rows]);
      device.queue.submit([encoder.finish()]);
      await untilLost(device, staging!.mapAsync(MAP_READ));
      const mapped = staging!.getMappedRange();
      for (let y = 0; y < rows; y++) {
        const floats =
          format === "rgba16float"
            ? halvesToFloats(new Uint16Array(mapped, y * pitch, width * 4))
            : new Float32Array(mapped, y * pitch, width * 4);
        const row = (top + y) * width * 4;
        for (let i = 0; i < floats.length; i++) data[row + i] = level(floats[i]!);
      }
      staging!.unmap();
    }
  } finally {
    staging!.destroy();
  }
  return { data, width, height, channels: 4, bits: 16 };
}

function level(value: number): number {
  return value > 0 ? Math.floor(Math.min(value, 1) * LARGEST_VALUE[16] + 0.5) : 0;
}
