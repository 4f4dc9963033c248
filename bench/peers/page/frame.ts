// Runs one peer on one network in a frame of its own: what a library leaves behind, in globals or on the GPU, goes with the frame. Tells
// the page that holds the frame how it went.
import type { Job, PagePeer } from "../job.js";
import { type Measured, measure } from "./measure.js";
import { installMeter, type WebGpuClasses } from "./meter.js";
import type { OpenPeer } from "./peers/peer.js";
import { testPicture } from "./picture.js";

/** What a frame tells. */
export type FrameResult =
  | { readonly measured: Measured; readonly values: Float32Array }
  | { readonly failure: string; readonly adapter?: string };

const PEERS: Record<PagePeer, () => Promise<OpenPeer>> = {
  "esrgan-webgpu": async () => (await import("./peers/esrgan-webgpu.js")).open,
  "tfjs-webgpu": async () => (await import("./peers/tfjs.js")).open,
  "ort-webgpu": async () => (await import("./peers/ort.js")).open.bind(undefined, "webgpu"),
  "ort-wasm": async () => (await import("./peers/ort.js")).open.bind(undefined, "wasm"),
};

async function run(job: Job, peer: PagePeer, networkName: string): Promise<FrameResult> {
  if (!("gpu" in navigator)) return { failure: "The browser has no WebGPU" };
  const meter = installMeter(globalThis as unknown as WebGpuClasses);
  try {
    const network = job.networks.find(({ name }) => name === networkName)!;
    const picture = { size: job.size, rgb: testPicture(job.size) };
    return await measure(async () => (await PEERS[peer]())(network, picture), meter, job);
  } catch (error) {
    return { failure: [...meter.errors.slice(0, 1), String(error)].join("; ") };
  } finally {
    for (const device of meter.devices) device.destroy();
  }
}

const query = new URLSearchParams(location.search);
const job = (await (await fetch("/job.json")).json()) as Job;
parent.postMessage(await run(job, query.get("peer") as PagePeer, query.get("network")!), location.origin);
