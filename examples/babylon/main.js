// Babylon.js: a camera's picture at a quarter of the size, upscaled by a rendering pipeline.
import {
  Color3,
  Color4,
  FreeCamera,
  HemisphericLight,
  MeshBuilder,
  Scene,
  StandardMaterial,
  Vector3,
  WebGPUEngine,
} from "@babylonjs/core";
import { EsrganRenderingPipeline } from "esrgan-webgpu/babylon";

const model = new URLSearchParams(location.search).get("model") ?? "general-x4v3";
const canvas = document.querySelector("canvas");
const engine = new WebGPUEngine(canvas, { antialias: false });
await engine.initAsync();

const scene = new Scene(engine);
scene.clearColor = new Color4(0.2, 0.4, 0.6, 1);
const camera = new FreeCamera("camera", new Vector3(0, 0, -3), scene);
camera.minZ = 0.1;
new HemisphericLight("light", new Vector3(0.3, 1, -0.5), scene);
const knot = MeshBuilder.CreateTorusKnot("knot", { radius: 0.6, tube: 0.22, radialSegments: 64 }, scene);
knot.position.y = 0.2;
knot.material = new StandardMaterial("material", scene);
knot.material.diffuseColor = new Color3(0.9, 0.5, 0.2);

const pipeline = new EsrganRenderingPipeline("esrgan", scene, { model }, [camera]);

await scene.whenReadyAsync();
engine.runRenderLoop(() => {
  knot.rotation.y += 0.02;
  scene.render();
});

export const lowResolution = () => {
  const [postProcess] = camera._postProcesses;
  return postProcess.inputTexture.texture._hardwareTexture.underlyingResource;
};
export const firstRow = "bottom";
export const ready = () => pipeline.ready();
export const resize = (width, height) => engine.setSize(width, height);
