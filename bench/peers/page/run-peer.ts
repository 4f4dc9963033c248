// Runs one peer on one network, in a realm of its own: what a library leaves behind, in globals or on the GPU, goes with that.
import type { Job, PagePeer } from "../job.js";
import { type Measured, measure } from "./measure.js";
import { installMeter, type WebGpuClasses } from "./meter.js";
import type { OpenPeer, Realm } from "./peers/peer.js";
import { testPicture } from "./picture.js";

/** How it went. */
export type PeerResult =
  | { readonly measured: Measured; readonly values: Float32Array }
  | { readonly failure: string; readonly adapter?: string };

const PEERS: Record<PagePeer, () => Promise<OpenPeer>> = {
  "esrgan-webgpu": async () => (await import("./peers/esrgan-webgpu.js")).open,
  "tfjs-webgpu": async () => (await import("./peers/tfjs.js")).open,
  "ort-webgpu": async () => (await import("./peers/ort.js")).open.bind(undefined, "webgpu"),
  "ort-wasm": async () => (await import("./peers/ort.js")).open.bind(undefined, "wasm"),
};

export async function runPeer(job: Job, peer: PagePeer, networkName: string, realm: Realm): Promise<PeerResult> {
  if (!("gpu" in navigator)) return { failure: "The browser has no WebGPU" };
  const meter = installMeter(globalThis as unknown as WebGpuClasses);
  try {
    const network = job.networks.find(({ name }) => name === networkName)!;
    const picture = { size: job.size, rgb: testPicture(job.size) };
    return await measure(async () => (await PEERS[peer]())(network, picture, realm), meter, job);
  } catch (error) {
    return { failure: [...meter.errors.slice(0, 1), String(error)].join("; ") };
  } finally {
    for (const device of meter.devices) device.destroy();
  }
}
