// PixiJS: a container is rendered at a quarter of the size, and a filter upscales it.
import { EsrganFilter } from "esrgan-webgpu/pixi";
import { Container, Graphics, Rectangle, WebGPURenderer } from "pixi.js";

const model = new URLSearchParams(location.search).get("model") ?? "general-x4v3";
const canvas = document.querySelector("canvas");
const renderer = new WebGPURenderer();
await renderer.init({ canvas, width: canvas.width, height: canvas.height, antialias: false, resolution: 1 });

const star = new Graphics().star(0, 0, 5, 44, 20).fill(0xffaa33);
star.position.set(80, 60);
const scene = new Container();
scene.addChild(
  new Graphics().rect(0, 0, 192, 128).fill(0x336699),
  star,
  new Graphics().circle(150, 90, 20).fill(0xff3366),
);
const filter = new EsrganFilter({ width: canvas.width, height: canvas.height, model });
scene.filters = [filter];
scene.filterArea = new Rectangle(0, 0, canvas.width, canvas.height);
const stage = new Container();
stage.addChild(scene);

requestAnimationFrame(function frame() {
  star.rotation += 0.02;
  renderer.render({ container: stage, clear: true });
  requestAnimationFrame(frame);
});

/** The pooled texture that the filter was given last, and how much of it. */
let input;
const { getGpuSource } = renderer.texture;
renderer.texture.getGpuSource = (source) => {
  const found = getGpuSource.call(renderer.texture, source);
  if (source.resolution === 1 / 4) input = found;
  return found;
};
export const lowResolution = () => input;
export const lowResolutionSize = () => ({ width: canvas.width / 4, height: canvas.height / 4 });
export const ready = () => filter.ready();
export const resize = (width, height) => {
  renderer.resize(width, height);
  scene.filterArea = new Rectangle(0, 0, width, height);
  filter.resize(width, height);
};
