// A video element, upscaled into a canvas: each of its frames once, without a copy.
import { createUpscaler } from "esrgan-webgpu";
import { openDevice } from "esrgan-webgpu/browser";

const query = new URLSearchParams(location.search);
const model = query.get("model") ?? "general-x4v3";
const canvas = document.querySelector("#picture");
const { device } = await openDevice({ allowSoftware: true });
const upscaler = await createUpscaler(device, { model });

/** A video of your own with ?video=URL; else a few frames that are recorded here. */
export const video = document.createElement("video");
video.muted = true;
video.loop = true;
video.src = query.get("video") ?? URL.createObjectURL(await recording(48, 32));
await new Promise((resolve, reject) => {
  video.onloadeddata = resolve;
  video.onerror = () => reject(new Error(`The video cannot be played: ${video.error.message}`));
});

const { videoWidth: width, videoHeight: height } = video;
const format = "rgba8unorm";
const pass = await upscaler.createPass({ width, height, input: "external", output: format });
[canvas.width, canvas.height] = [pass.width, pass.height];
const context = canvas.getContext("webgpu");
context.configure({ device, format, usage: pass.outputUsage, alphaMode: "opaque" });

function frame(_, { mediaTime }) {
  const encoder = device.createCommandEncoder();
  // An external texture dies with this task: imported, recorded and submitted in one go.
  pass.encode(encoder, device.importExternalTexture({ source: video }), context.getCurrentTexture());
  device.queue.submit([encoder.finish()]);
  document.querySelector("#times").textContent = `${mediaTime.toFixed(2)} s`;
  onFrame?.();
  video.requestVideoFrameCallback(frame);
}

/** Called in the task of a frame, while the canvas still shows it. */
let onFrame;
export const listen = (listener) => {
  onFrame = listener;
};

video.requestVideoFrameCallback(frame);
await video.play();

/** A second of a disc that moves. */
async function recording(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const paint = canvas.getContext("2d", { alpha: false });
  const recorder = new MediaRecorder(canvas.captureStream(30), { videoBitsPerSecond: 2e6 });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  recorder.start();
  for (let i = 0; i < 30; i++) {
    paint.fillStyle = "#369";
    paint.fillRect(0, 0, width, height);
    paint.fillStyle = "#fa3";
    paint.beginPath();
    paint.arc(10 + i, 16, 9, 0, 7);
    paint.fill();
    await new Promise((resolve) => setTimeout(resolve, 33));
  }
  recorder.stop();
  await stopped;
  return new Blob(parts, { type: recorder.mimeType });
}
