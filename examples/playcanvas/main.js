// PlayCanvas: a camera renders into a quarter of the size, and a frame pass of another upscales it onto the canvas.
import { EsrganFramePass } from "esrgan-webgpu/playcanvas";
import * as pc from "playcanvas";

const model = new URLSearchParams(location.search).get("model") ?? "general-x4v3";
const canvas = document.querySelector("canvas");
const device = await pc.createGraphicsDevice(canvas, { deviceTypes: [pc.DEVICETYPE_WEBGPU], antialias: false });
const options = new pc.AppOptions();
options.graphicsDevice = device;
options.componentSystems = [pc.RenderComponentSystem, pc.CameraComponentSystem, pc.LightComponentSystem];
const app = new pc.AppBase(canvas);
app.init(options);
app.setCanvasFillMode(pc.FILLMODE_NONE, canvas.width, canvas.height);
app.setCanvasResolution(pc.RESOLUTION_FIXED, canvas.width, canvas.height);

const material = new pc.StandardMaterial();
material.diffuse = new pc.Color(0.9, 0.5, 0.2);
material.update();
const torus = new pc.Entity("torus");
torus.addComponent("render", { type: "torus", material });
torus.setLocalScale(2, 2, 2);
torus.setPosition(0, 0.3, 0);
const light = new pc.Entity("light");
light.addComponent("light", { type: "directional" });
light.setEulerAngles(45, 30, 0);

const low = new pc.Texture(device, {
  name: "low resolution",
  width: canvas.width / 4,
  height: canvas.height / 4,
  format: pc.PIXELFORMAT_RGBA8,
  mipmaps: false,
});
const renderTarget = new pc.RenderTarget({ colorBuffer: low, depth: true });
const camera = new pc.Entity("camera");
camera.addComponent("camera", {
  clearColor: new pc.Color(0.2, 0.4, 0.6),
  gammaCorrection: pc.GAMMA_SRGB,
  priority: -1,
  renderTarget,
});
camera.setPosition(0, 0, 4);

const upscale = new EsrganFramePass(device, { source: low, model });
const screen = new pc.Entity("screen");
screen.addComponent("camera");
screen.camera.framePasses = [upscale];

for (const entity of [torus, light, camera, screen]) app.root.addChild(entity);
app.on("update", (seconds) => torus.rotate(20 * seconds, 40 * seconds, 0));
app.start();

export const lowResolution = () => low.impl.gpuTexture;
export const ready = () => upscale.ready();
export const resize = (width, height) => {
  app.resizeCanvas(width, height);
  device.setResolution(width, height);
  renderTarget.resize(width / 4, height / 4);
};
