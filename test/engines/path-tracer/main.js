// Stands in for three-gpu-pathtracer, which takes minutes on a software adapter: it renders a picture of floats and then does with the
// upscaler, call by call, what WebGPUPathTracer.renderSample() of 0.0.26 does.
import { PathTracerUpscaler } from "esrgan-webgpu/three";
import * as THREE from "three/webgpu";
import { createStage } from "../three-scene.js";

class PathTracer {
  renderScale = 1 / 4;
  #target = new THREE.RenderTarget(1, 1, { type: THREE.FloatType });
  #blit = new THREE.QuadMesh(new THREE.MeshBasicNodeMaterial({ toneMapped: false }));
  #upscaler = null;

  constructor(renderer) {
    this.renderer = renderer;
  }

  get texture() {
    return this.#target.texture;
  }

  setUpscaler(upscaler) {
    this.#upscaler = upscaler;
    if (upscaler) upscaler.init(this.renderer);
  }

  renderSample(scene, camera) {
    const { renderer, renderScale } = this;
    const originalTarget = renderer.getRenderTarget();
    const size = renderer.getDrawingBufferSize(new THREE.Vector2());
    this.#target.setSize(Math.floor(renderScale * size.x), Math.floor(renderScale * size.y));
    renderer.setRenderTarget(this.#target);
    renderer.render(scene, camera);
    renderer.setRenderTarget(originalTarget);
    let { texture } = this.#target;
    if (this.#upscaler) {
      texture = this.#upscaler.upscale(texture, camera);
      renderer.setRenderTarget(originalTarget);
    }
    if (this.#blit.material.map !== texture) {
      this.#blit.material.map = texture;
      this.#blit.material.needsUpdate = true;
    }
    this.#blit.render(renderer);
  }

  dispose() {
    this.#upscaler?.dispose();
    this.#target.dispose();
  }
}

const { model, renderer, scene, camera } = await createStage();
const knot = new THREE.Mesh(new THREE.TorusKnotGeometry(0.7, 0.25), new THREE.MeshNormalMaterial());
knot.position.y = 0.2;
scene.add(knot);

const pathTracer = new PathTracer(renderer);
const upscaler = new PathTracerUpscaler({ model });
pathTracer.setUpscaler(upscaler);
renderer.setAnimationLoop((time) => {
  knot.rotation.y = time / 1000;
  pathTracer.renderSample(scene, camera);
});

export const lowResolution = () => renderer.backend.get(pathTracer.texture).texture;
export const ready = () => upscaler.ready();
export const resize = (width, height) => renderer.setSize(width, height);
export const dispose = () => {
  renderer.setAnimationLoop(null);
  pathTracer.dispose();
};
