// A scene with a lamp eight times as bright as white, upscaled before it is tone-mapped.
import { esrgan } from "esrgan-webgpu/three";
import { pass } from "three/tsl";
import * as THREE from "three/webgpu";
import { createStage } from "../three-scene.js";

const { model, renderer, scene, camera } = await createStage();
renderer.toneMapping = THREE.ACESFilmicToneMapping;
const lamp = new THREE.Mesh(
  new THREE.SphereGeometry(0.5),
  new THREE.MeshBasicMaterial({ color: new THREE.Color(8, 4, 2), toneMapped: false }),
);
lamp.position.x = -0.6;
const knot = new THREE.Mesh(new THREE.TorusKnotGeometry(0.4, 0.15), new THREE.MeshNormalMaterial());
knot.position.x = 0.7;
scene.add(lamp, knot);

const scenePass = pass(scene, camera);
scenePass.setResolutionScale(1 / 4);
const upscaled = esrgan(scenePass, { model, range: "hdr" });
const pipeline = new THREE.RenderPipeline(renderer, upscaled);
renderer.setAnimationLoop(() => pipeline.render());

export const lowResolution = () => renderer.backend.get(scenePass.renderTarget.texture).texture;
export const result = () => upscaled.getTextureNode().value.sourceTexture;
export const ready = () => upscaled.ready();
