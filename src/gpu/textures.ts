// Owns the making of textures of ours, as buffers.ts owns that of buffers.

import { EsrganError } from "../errors.js";
import { requireAlive } from "./device-loss.js";
import { verdict } from "./external-image.js";

export type TextureRequest = Pick<GPUTextureDescriptor, "label" | "format" | "usage"> & {
  readonly width: number;
  readonly height: number;
};

/**
 * Makes all of `requests` or none; `what` is how messages call them.
 * @throws EsrganError "out-of-memory", "device-lost", or "bad-input" where the device refuses one
 */
export async function createTextures(
  device: GPUDevice,
  requests: readonly TextureRequest[],
  what = requests.map(({ width, height }) => `A texture of ${width}x${height} texels`).join(", "),
): Promise<GPUTexture[]> {
  await requireAlive(device);
  const textures: GPUTexture[] = [];
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  let cause: unknown;
  try {
    for (const { width, height, ...rest } of requests) {
      textures.push(device.createTexture({ ...rest, size: [width, height] }));
    }
  } catch (error) {
    cause = error;
  }
  try {
    await verdict(device, what);
    if (!cause) return textures;
    // Some implementations throw what others report.
    if (cause instanceof TypeError) {
      throw new EsrganError("bad-input", `${what} was refused by the GPU: ${cause.message}`, { cause });
    }
    throw new EsrganError("out-of-memory", `${what} does not fit the GPU's memory: ${String(cause)}`, { cause });
  } catch (error) {
    for (const texture of textures) texture.destroy();
    throw error;
  }
}
