// three.js: a scene at a quarter of the size, upscaled by a node of its RenderPipeline.
import { esrgan } from "esrgan-webgpu/three";
import { pass } from "three/tsl";
import * as THREE from "three/webgpu";

const model = new URLSearchParams(location.search).get("model") ?? "general-x4v3";
const canvas = document.querySelector("canvas");
const renderer = new THREE.WebGPURenderer({ canvas });
renderer.setPixelRatio(1);
renderer.setSize(canvas.width, canvas.height);
await renderer.init();

const scene = new THREE.Scene();
scene.background = new THREE.Color(0x336699);
const camera = new THREE.PerspectiveCamera(50, canvas.width / canvas.height, 0.1, 10);
camera.position.z = 3;
const knot = new THREE.Mesh(new THREE.TorusKnotGeometry(0.7, 0.25), new THREE.MeshNormalMaterial());
knot.position.y = 0.2;
scene.add(knot);

const scenePass = pass(scene, camera);
scenePass.setResolutionScale(1 / 4);
const upscaled = esrgan(scenePass, { model });
const pipeline = new THREE.RenderPipeline(renderer, upscaled);

renderer.setAnimationLoop((time) => {
  knot.rotation.y = time / 1000;
  pipeline.render();
});

export const lowResolution = () => renderer.backend.get(scenePass.renderTarget.texture).texture;
export const ready = () => upscaled.ready();
export const resize = (width, height) => renderer.setSize(width, height);
