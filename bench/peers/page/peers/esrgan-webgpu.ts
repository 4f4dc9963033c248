// This library, through its public API, in float32 as the others. Pixels of 16 bits go in and out, so that rounding does not hide what the
// network gives; they are converted within the run.
import { createUpscaler, deviceRequirements, loadModel, type Pixels } from "../../../../src/bundle/esrgan-webgpu.js";
import type { NetworkJob } from "../../job.js";
import { type OpenedPeer, planesOf, type TestPicture } from "./peer.js";

const MAX_16_BIT = 65535;

export async function open(network: NetworkJob, { rgb, size }: TestPicture): Promise<OpenedPeer> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("The browser gives no WebGPU adapter");
  const device = await adapter.requestDevice(deviceRequirements(adapter));
  const model = await loadModel(await (await fetch(network.weights)).arrayBuffer());
  const upscaler = await createUpscaler(device, { model, precision: "f32", tuning: "off" });
  const data = Uint16Array.from(rgb, (value) => (value * MAX_16_BIT) / 255);
  const picture: Pixels = { data, width: size, height: size, channels: 3, bits: 16 };
  return {
    async run() {
      const enlarged = await upscaler.upscale(picture);
      return () => planesOf(enlarged.data, 1 / MAX_16_BIT);
    },
  };
}
