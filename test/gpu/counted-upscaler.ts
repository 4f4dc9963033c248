// An Upscaler whose memory is counted until the test ends. Owns no expectations.

import { createUpscaler, type Upscaler, type UpscalerOptions } from "../../src/upscaler.js";
import { softwareDevice } from "./device.js";
import { kept } from "./kept.js";
import { countMemory, type MemoryCount } from "./memory.js";

/** Kernels are those of the table, unless the options say otherwise. */
export async function opened(
  options: UpscalerOptions,
): Promise<{ upscaler: Upscaler; memory: MemoryCount; device: GPUDevice }> {
  const device = await softwareDevice();
  const memory = countMemory(device);
  kept({ destroy: memory.stop });
  return { upscaler: kept(await createUpscaler(device, { tuning: "off", ...options })), memory, device };
}
