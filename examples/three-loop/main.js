// three.js without an adapter: a render target, a pass in an encoder of one's own, and a quad that shows the result.
import { createUpscaler } from "esrgan-webgpu";
import * as THREE from "three/webgpu";

const model = new URLSearchParams(location.search).get("model") ?? "general-x4v3";
const canvas = document.querySelector("canvas");
const [width, height] = [canvas.width / 4, canvas.height / 4];
const renderer = new THREE.WebGPURenderer({ canvas });
renderer.setPixelRatio(1);
renderer.setSize(canvas.width, canvas.height);
await renderer.init();
const { device } = renderer.backend;

const scene = new THREE.Scene();
scene.background = new THREE.Color(0x336699);
const camera = new THREE.PerspectiveCamera(50, width / height, 0.1, 10);
camera.position.z = 3;
const knot = new THREE.Mesh(new THREE.TorusKnotGeometry(0.7, 0.25), new THREE.MeshNormalMaterial());
knot.position.y = 0.2;
scene.add(knot);

// With a colour space three makes the target rgba8unorm-srgb, which holds the very bytes that networks take.
const target = new THREE.RenderTarget(width, height, {
  colorSpace: THREE.SRGBColorSpace,
  type: THREE.UnsignedByteType,
});
const upscaler = await createUpscaler(device, { model });
const format = "rgba8unorm-srgb";
const pass = await upscaler.createPass({ width, height, input: format, output: format });
const usage = pass.outputUsage | GPUTextureUsage.TEXTURE_BINDING;
const result = device.createTexture({ size: [pass.width, pass.height], format, usage });
const material = new THREE.MeshBasicNodeMaterial({ map: new THREE.ExternalTexture(result), toneMapped: false });
const quad = new THREE.QuadMesh(material);

/** Fetched anew each frame: three makes another where its target changes. */
export const lowResolution = () => renderer.backend.get(target.texture).texture;

renderer.setAnimationLoop((time) => {
  knot.rotation.y = time / 1000;
  renderer.setRenderTarget(target);
  renderer.render(scene, camera);
  renderer.setRenderTarget(null);

  const encoder = device.createCommandEncoder();
  pass.encode(encoder, lowResolution(), result);
  device.queue.submit([encoder.finish()]);
  quad.render(renderer);
});
