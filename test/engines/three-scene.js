// What the pages of three.js here begin with: a renderer at the canvas's size, and a camera before a blue background.
import * as THREE from "three/webgpu";

export async function createStage() {
  const canvas = document.querySelector("canvas");
  const renderer = new THREE.WebGPURenderer({ canvas });
  renderer.setPixelRatio(1);
  renderer.setSize(canvas.width, canvas.height);
  await renderer.init();
  const scene = new THREE.Scene();
  scene.background = new THREE.Color(0x336699);
  const camera = new THREE.PerspectiveCamera(50, canvas.width / canvas.height, 0.1, 10);
  camera.position.z = 3;
  return { model: new URLSearchParams(location.search).get("model"), renderer, scene, camera };
}
