// Owns reading textures back as pixels: 8 bits as stored, floats as 16 bits.

import { EsrganError } from "../errors.js";
import type { PictureSize } from "../ops/image-to-tensor.js";
import { LARGEST_VALUE, type Pixels } from "../ops/pixels.js";
import { halvesToFloats } from "../weights/half.js";
import { createBuffers, MAP_READ, rowPitch, USAGE } from "./buffers.js";
import { answered } from "./device-loss.js";
import { TEXTURE_USAGE, verdict } from "./external-image.js";

const STAGING_BYTES = 2 ** 25; // At least the default limit of any device; memory stays bounded, few waits.

// Values that are converted take the thread: 20 ms for so many bytes.
const CONVERTED_BYTES = 2 ** 22;

/**
 * The RGBA pixels of `texture`: rgba8unorm, rgba16float or rgba32float with the usage COPY_SRC. Values of float textures are clamped
 * to 0..1, NaN becomes 0. The texture stays the caller's; everything made here is freed.
 * @throws EsrganError "bad-input", "out-of-memory", "device-lost"
 */
export async function readTexture(device: GPUDevice, texture: GPUTexture): Promise<Pixels> {
  const { width, height, format } = texture;
  if (format !== "rgba16float" && format !== "rgba32float") return readTexture8(device, texture);
  const isHalf = format === "rgba16float";
  const data = allocated(Uint16Array, texture);
  await readBands(device, texture, isHalf ? 8 : 16, CONVERTED_BYTES, ({ mapped, pitch, top, rows }) => {
    for (let y = 0; y < rows; y++) {
      const floats = isHalf
        ? halvesToFloats(new Uint16Array(mapped, y * pitch, width * 4))
        : new Float32Array(mapped, y * pitch, width * 4);
      const row = (top + y) * width * 4;
      for (let i = 0; i < floats.length; i++) data[row + i] = level(floats[i]!);
    }
  });
  return { data, width, height, channels: 4, bits: 16 };
}

/**
 * The pixels of `texture`: 8-bit RGBA as stored. Takes rgba8unorm with or without -srgb, usage
 * COPY_SRC. The texture stays the caller's; everything made here is freed.
 * @throws EsrganError "bad-input", "out-of-memory", "device-lost"
 */
export async function readTexture8(device: GPUDevice, texture: GPUTexture): Promise<Pixels> {
  const { width, height } = texture;
  requireReadable(texture);
  const rowBytes = width * 4;
  const data = allocated(Uint8Array, texture);
  await readBands(device, texture, 4, STAGING_BYTES, ({ mapped, pitch, top, rows }) => {
    const bytes = new Uint8Array(mapped);
    if (pitch === rowBytes) data.set(bytes.subarray(0, rows * pitch), top * rowBytes);
    else {
      for (let y = 0; y < rows; y++) data.set(bytes.subarray(y * pitch, y * pitch + rowBytes), (top + y) * rowBytes);
    }
  });
  return { data, width, height, channels: 4, bits: 8 };
}

/** `rows` rows of a texture from row `top` on, each at a multiple of `pitch` bytes. */
interface Band {
  readonly mapped: ArrayBuffer;
  readonly pitch: number;
  readonly top: number;
  readonly rows: number;
}

/** Shows all of `texture` to `take`, in bands of at most `mostBytes` or a row, from the top; `mapped` is gone after each. */
async function readBands(
  device: GPUDevice,
  texture: GPUTexture,
  texelBytes: number,
  mostBytes: number,
  take: (band: Band) => void,
): Promise<void> {
  const { width, height } = texture;
  const pitch = rowPitch(width, texelBytes);
  const rowsABand = Math.min(height, Math.max(1, Math.floor(mostBytes / pitch)));
  const [staging] = await createBuffers(device, [
    { label: "picture read-back", byteLength: pitch * rowsABand, usage: USAGE.mapRead | USAGE.copyDst },
  ]);
  try {
    for (let top = 0; top < height; top += rowsABand) {
      const rows = Math.min(rowsABand, height - top);
      await copyRows(device, texture, top, rows, staging!, pitch);
      take({ mapped: staging!.getMappedRange(), pitch, top, rows });
      staging!.unmap();
    }
  } finally {
    staging!.destroy();
  }
}

/** Maps `staging` with `rows` rows of `texture` from `top` on. */
async function copyRows(
  device: GPUDevice,
  texture: GPUTexture,
  top: number,
  rows: number,
  staging: GPUBuffer,
  pitch: number,
): Promise<void> {
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  const encoder = device.createCommandEncoder({ label: "esrgan-webgpu picture read-back" });
  encoder.copyTextureToBuffer({ texture, origin: [0, top] }, { buffer: staging, bytesPerRow: pitch }, [
    texture.width,
    rows,
  ]);
  device.queue.submit([encoder.finish()]);
  await verdict(device, `Reading back the texture of ${texture.width}x${texture.height} pixels`);
  await answered(device, "a picture", () => staging.mapAsync(MAP_READ));
}

function requireReadable({ format, usage, width, height, label }: GPUTexture): void {
  const what = `The texture ${label ? `"${label}" ` : ""}of ${width}x${height} pixels`;
  if (format !== "rgba8unorm" && format !== "rgba8unorm-srgb") {
    throw new EsrganError("bad-input", `${what} has the format ${format}, expected rgba8unorm or rgba8unorm-srgb`);
  }
  if ((usage & TEXTURE_USAGE.copySrc) === 0) {
    throw new EsrganError("bad-input", `${what} has the usage ${usage}, expected COPY_SRC among it to be read back`);
  }
}

function allocated<Array>(
  array: { new (length: number): Array; readonly BYTES_PER_ELEMENT: number },
  { width, height }: PictureSize,
): Array {
  const values = width * height * 4;
  try {
    return new array(values);
  } catch (cause) {
    throw new EsrganError(
      "out-of-memory",
      `There is no memory for a picture of ${width}x${height} pixels (${values * array.BYTES_PER_ELEMENT} bytes) in one piece`,
      { cause },
    );
  }
}

function level(value: number): number {
  return value > 0 ? Math.floor(Math.min(value, 1) * LARGEST_VALUE[16] + 0.5) : 0;
}
