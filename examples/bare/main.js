// A loop of its own: a scene at a quarter of the size, upscaled into the canvas, with a chart of the time from frame to frame.
import { createUpscaler } from "esrgan-webgpu";
import { openDevice } from "esrgan-webgpu/browser";
import { createScene } from "../scene.js";

const model = new URLSearchParams(location.search).get("model") ?? "general-x4v3";
const canvas = document.querySelector("#picture");
const { device } = await openDevice({ allowSoftware: true });
const upscaler = await createUpscaler(device, { model });
const [width, height, format] = [canvas.width / upscaler.scale, canvas.height / upscaler.scale, "rgba8unorm"];
const pass = await upscaler.createPass({ width, height, input: format, output: format });
const context = canvas.getContext("webgpu");
context.configure({ device, format, usage: pass.outputUsage, alphaMode: "opaque" });

const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_SRC;
export const lowResolution = device.createTexture({ size: [width, height], format, usage });
const scene = createScene(device, format);
const chart = createChart(document.querySelector("#chart"), document.querySelector("#times"));

function frame(time) {
  const encoder = device.createCommandEncoder();
  scene.draw(encoder, lowResolution, time);
  pass.encode(encoder, lowResolution, context.getCurrentTexture());
  device.queue.submit([encoder.finish()]);
  chart.add(time);
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);

/** One bar a frame, 1 pixel for 1 ms, red where it took longer than 20. */
function createChart(canvas, text) {
  const bars = canvas.getContext("2d");
  const times = [];
  let before;
  return {
    add(time) {
      const ms = time - (before ?? time);
      before = time;
      times.push(ms);
      if (times.length > canvas.width / 2) times.shift();
      bars.clearRect(0, 0, canvas.width, canvas.height);
      times.forEach((each, i) => {
        bars.fillStyle = each > 20 ? "#e54" : "#5b7";
        bars.fillRect(i * 2, canvas.height - each, 1, each);
      });
      const mean = times.reduce((sum, each) => sum + each, 0) / times.length;
      text.textContent = `${mean.toFixed(1)} ms a frame, ${pass.plan.execution.dispatches.length} dispatches`;
    },
  };
}
