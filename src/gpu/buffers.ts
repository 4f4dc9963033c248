// Owns the making and freeing of buffers. Everything the library allocates on a device goes through here.

import { EsrganError } from "../errors.js";
import { roundUp } from "../ops/plane.js";
import { answered, requireAlive } from "./device-loss.js";

// The values of GPUBufferUsage and GPUMapMode, which are not global everywhere (Node).
export const USAGE = { mapRead: 0x1, copySrc: 0x4, copyDst: 0x8, uniform: 0x40, storage: 0x80 } as const;
export const MAP_READ = 0x1;

export interface BufferRequest {
  readonly label: string;
  readonly byteLength: number;
  readonly usage: number;
}

const ROW_ALIGNMENT = 256; // WebGPU, copyTextureToBuffer

/** Bytes from row to row where a texture of this width is copied to a buffer. */
export function rowPitch(width: number, texelBytes: number): number {
  return roundUp(width * texelBytes, ROW_ALIGNMENT);
}

/**
 * Makes all of `requests` or none.
 * @throws EsrganError "device-lost", "out-of-memory" with the figures, or "unsupported-device" where a size passes a limit
 */
export async function createBuffers(device: GPUDevice, requests: readonly BufferRequest[]): Promise<GPUBuffer[]> {
  const total = requests.reduce((sum, { byteLength }) => sum + byteLength, 0);
  await requireAlive(device);
  const buffers: GPUBuffer[] = [];
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  let thrown: unknown;
  try {
    for (const { label, byteLength, usage } of requests) {
      buffers.push(device.createBuffer({ label: `esrgan-webgpu ${label}`, size: Math.max(byteLength, 4), usage }));
    }
  } catch (error) {
    thrown = error;
  }
  const scopes = () => Promise.all([device.popErrorScope(), device.popErrorScope()]);
  const [memory, validation] = await answered(device, "buffers", scopes).catch((error: unknown) => {
    for (const buffer of buffers) buffer.destroy();
    throw error;
  });
  if (!thrown && !memory && !validation) return buffers;
  for (const buffer of buffers) buffer.destroy();
  const what = `${requests.length} buffers of ${total} bytes in all (${requests.map(({ label }) => label).join(", ")})`;
  if (memory || thrown) {
    const why = memory?.message ?? String(thrown);
    throw new EsrganError("out-of-memory", `The device could not allocate ${what}: ${why}`, { cause: thrown });
  }
  throw new EsrganError("unsupported-device", `The device refused ${what}: ${validation!.message}`);
}

/** Sends what was written to buffers: it waits for a submit in memory of the device, even where its buffer was destroyed. */
export function flushWrites(device: GPUDevice): void {
  device.queue.submit([]);
}

/** What takeFlag makes for as long as it takes. */
export const FLAG_BYTES = 4;

/**
 * Reads the first word of `buffer` (COPY_SRC and COPY_DST) and sets it to zero.
 * @throws EsrganError "out-of-memory", "device-lost"
 */
export async function takeFlag(device: GPUDevice, buffer: GPUBuffer): Promise<number> {
  const byteLength = FLAG_BYTES;
  const request = { label: "flag staging", byteLength, usage: USAGE.mapRead | USAGE.copyDst };
  const [staging] = await createBuffers(device, [request]);
  try {
    const encoder = device.createCommandEncoder({ label: "esrgan-webgpu flag" });
    encoder.copyBufferToBuffer(buffer, 0, staging!, 0, byteLength);
    encoder.clearBuffer(buffer, 0, byteLength);
    device.queue.submit([encoder.finish()]);
    await answered(device, "a flag", () => staging!.mapAsync(MAP_READ));
    return new Uint32Array(staging!.getMappedRange())[0]!;
  } finally {
    staging!.destroy();
  }
}
