// A still in slices: each frame draws its own scene and has a budget of milliseconds left for the still, which is whole after some frames.
import { createUpscaler } from "esrgan-webgpu";
import { openDevice } from "esrgan-webgpu/browser";
import { createScene } from "../scene.js";

const BUDGET_MS = 4;

const model = new URLSearchParams(location.search).get("model") ?? "general-x4v3";
const canvas = document.querySelector("#picture");
const { device } = await openDevice({ allowSoftware: true });
const upscaler = await createUpscaler(device, { model });
const [width, height, format] = [canvas.width / upscaler.scale, canvas.height / upscaler.scale, "rgba8unorm"];
const pass = await upscaler.createPass({ width, height, input: format, output: format, maxSliceMs: BUDGET_MS });

const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_SRC;
export const lowResolution = device.createTexture({ size: [width, height], format, usage });
const size = [pass.width, pass.height];
const still = device.createTexture({ size, format, usage: pass.outputUsage | GPUTextureUsage.COPY_SRC });
const context = canvas.getContext("webgpu");
context.configure({ device, format, usage: GPUTextureUsage.COPY_DST, alphaMode: "opaque" });
const scene = createScene(device, format);

/** Of each frame so far that had a slice: the share of the work that was recorded by then. */
export const progress = [];
let job;

function frame(time) {
  const encoder = device.createCommandEncoder();
  if (!job) scene.draw(encoder, lowResolution, time);
  job ??= pass.begin(lowResolution, still);
  if (!job.done) {
    job.encodeSlice(encoder, BUDGET_MS);
    progress.push(job.progress);
    document.querySelector("#times").textContent =
      `${Math.round(job.progress * 100)} % after ${progress.length} frames`;
  }
  encoder.copyTextureToTexture({ texture: still }, { texture: context.getCurrentTexture() }, size);
  device.queue.submit([encoder.finish()]);
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);
