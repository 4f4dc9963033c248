// TypeGPU: its textures, unwrapped, go through a pass. The same holds for anything that gives its GPUTextures.
import { createUpscaler } from "esrgan-webgpu";
import tgpu from "typegpu";
import { createScene } from "../scene.js";

const model = new URLSearchParams(location.search).get("model") ?? "general-x4v3";
const canvas = document.querySelector("canvas");
const root = await tgpu.init();
const { device } = root;
const upscaler = await createUpscaler(device, { model });
const [width, height, format] = [canvas.width / upscaler.scale, canvas.height / upscaler.scale, "rgba8unorm"];
const pass = await upscaler.createPass({ width, height, input: format, output: format });

const low = root.createTexture({ size: [width, height], format }).$usage("render", "sampled");
export const lowResolution = root.unwrap(low);
const scene = createScene(device, format);
const context = canvas.getContext("webgpu");
context.configure({ device, format, usage: pass.outputUsage, alphaMode: "opaque" });

requestAnimationFrame(function frame(time) {
  const encoder = device.createCommandEncoder();
  scene.draw(encoder, lowResolution, time);
  pass.encode(encoder, lowResolution, context.getCurrentTexture());
  device.queue.submit([encoder.finish()]);
  requestAnimationFrame(frame);
});
