// A still scene at half the size, its camera jittered from frame to frame: the picture above gets better with each frame, without a network.
// The frame itself is below. A click moves the camera, and the picture begins anew.
import { openDevice } from "esrgan-webgpu/browser";
import { createAccumulator, halton } from "esrgan-webgpu/multi-frame";
import { createPainter } from "../scene.js";

const SCENE = /* wgsl */ `
struct Camera { jitter: vec2f, size: vec2f, turn: f32 }
@group(0) @binding(0) var<uniform> camera: Camera;

@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  let corner = vec2f(f32(index & 1u), f32(index >> 1u));
  return vec4f(corner * 4.0 - 1.0, 0.0, 1.0);
}

fn colorAt(place: vec2f) -> vec3f {
  let angle = atan2(place.y, place.x - 0.55) + camera.turn;
  let distance = length(place - vec2f(0.55, 0.0));
  let isStar = fract(angle * 18.0 / 6.2831853) < 0.5;
  let star = select(vec3f(0.95, 0.9, 0.8), vec3f(0.15, 0.2, 0.35), isStar);
  let ring = 0.5 + 0.5 * cos(150.0 * dot(place + vec2f(0.55, 0.0), place + vec2f(0.55, 0.0)) + camera.turn);
  let rings = mix(vec3f(0.75, 0.3, 0.2), vec3f(1.0, 0.85, 0.6), ring);
  let sky = mix(vec3f(0.1, 0.25, 0.4), vec3f(0.3, 0.5, 0.6), 0.5 - place.y);
  let disc = select(sky, rings, length(place + vec2f(0.55, 0.0)) < 0.42);
  return select(disc, star, distance < 0.42);
}

// Four by four samples in the square of each pixel.
@fragment
fn paint(@builtin(position) at: vec4f) -> @location(0) vec4f {
  var sum = vec3f(0);
  for (var i = 0u; i < 16u; i++) {
    let sample = at.xy + camera.jitter + (vec2f(f32(i % 4u), f32(i / 4u)) - 1.5) / 4.0;
    sum += colorAt((sample - 0.5 * camera.size) / camera.size.y);
  }
  return vec4f(sum / 16.0, 1.0);
}`;

const [canvas, shown] = document.querySelectorAll("canvas");
const count = document.querySelector("#count");
const { device } = await openDevice({ allowSoftware: true });
const [width, height, format] = [shown.width, shown.height, "rgba8unorm"];
const still = await createAccumulator(device, { width, height, scale: 2, input: format, output: format });
const context = canvas.getContext("webgpu");
context.configure({ device, format, usage: still.outputUsage, alphaMode: "opaque" });
const frameContext = shown.getContext("webgpu");
frameContext.configure({ device, format, usage: GPUTextureUsage.COPY_DST, alphaMode: "opaque" });

const usage = still.inputUsage | GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC;
const lowResolution = device.createTexture({ size: [width, height], format, usage });
const paint = createPainter(device, format, SCENE, 6);
/** Records the scene into a texture, with the camera moved by a part of that texture's pixels. */
const drawScene = (encoder, texture, { x, y }) => paint(encoder, texture, [x, y, texture.width, texture.height, turn]);
let turn = 0;

/** Moves the camera: what was accumulated is of no use any more. */
export function move() {
  turn += 0.3;
  still.reset();
}
canvas.addEventListener("click", move);

function frame() {
  const jitter = halton(still.frames % 32);
  const encoder = device.createCommandEncoder();
  drawScene(encoder, lowResolution, jitter);
  still.encode(encoder, lowResolution, context.getCurrentTexture(), jitter);
  encoder.copyTextureToTexture({ texture: lowResolution }, { texture: frameContext.getCurrentTexture() }, [
    width,
    height,
  ]);
  device.queue.submit([encoder.finish()]);
  count.textContent = `${still.frames} frames`;
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);

/** The scene as it is, at the size of the picture and not jittered: what the frames come close to. */
export async function truth() {
  const texture = device.createTexture({ size: [canvas.width, canvas.height], format, usage });
  const bytesPerRow = Math.ceil((canvas.width * 4) / 256) * 256;
  const bytes = { size: bytesPerRow * canvas.height, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST };
  const buffer = device.createBuffer(bytes);
  const encoder = device.createCommandEncoder();
  drawScene(encoder, texture, { x: 0, y: 0 });
  encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow }, [canvas.width, canvas.height]);
  device.queue.submit([encoder.finish()]);
  await buffer.mapAsync(GPUMapMode.READ);
  const rows = new Uint8Array(buffer.getMappedRange().slice(0));
  buffer.destroy();
  texture.destroy();
  return Array.from({ length: canvas.height }, (_, y) => [
    ...rows.subarray(y * bytesPerRow).subarray(0, canvas.width * 4),
  ]).flat();
}
