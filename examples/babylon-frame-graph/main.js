// Babylon.js with a frame graph: a task upscales what another has rendered at a quarter of the size, and draws it into the canvas.
import {
  Color3,
  Color4,
  Constants,
  FrameGraph,
  FrameGraphClearTextureTask,
  FrameGraphObjectList,
  FrameGraphObjectRendererTask,
  FreeCamera,
  HemisphericLight,
  MeshBuilder,
  Scene,
  StandardMaterial,
  Vector3,
  WebGPUEngine,
} from "@babylonjs/core";
import { EsrganTask } from "esrgan-webgpu/babylon";

const model = new URLSearchParams(location.search).get("model") ?? "general-x4v3";
const canvas = document.querySelector("canvas");
const engine = new WebGPUEngine(canvas, { antialias: false });
await engine.initAsync();

const scene = new Scene(engine);
const camera = new FreeCamera("camera", new Vector3(0, 0, -3), scene);
camera.minZ = 0.1;
new HemisphericLight("light", new Vector3(0.3, 1, -0.5), scene);
const knot = MeshBuilder.CreateTorusKnot("knot", { radius: 0.6, tube: 0.22, radialSegments: 64 }, scene);
knot.position.y = 0.2;
knot.material = new StandardMaterial("material", scene);
knot.material.diffuseColor = new Color3(0.9, 0.5, 0.2);

const graph = new FrameGraph(scene);
scene.frameGraph = graph;
/** A texture at a quarter of the canvas, whatever its size is. */
const quarter = (name, format) =>
  graph.textureManager.createRenderTargetTexture(name, {
    size: { width: 25, height: 25 },
    sizeIsPercentage: true,
    options: {
      createMipMaps: false,
      samples: 1,
      types: [Constants.TEXTURETYPE_UNSIGNED_BYTE],
      formats: [format],
      useSRGBBuffers: [false],
      labels: [name],
    },
  });

const clear = new FrameGraphClearTextureTask("clear", graph);
clear.targetTexture = quarter("colour", Constants.TEXTUREFORMAT_RGBA);
clear.depthTexture = quarter("depth", Constants.TEXTUREFORMAT_DEPTH24_STENCIL8);
clear.color = new Color4(0.2, 0.4, 0.6, 1);
clear.clearColor = clear.clearDepth = true;
graph.addTask(clear);

const render = new FrameGraphObjectRendererTask("render", graph, scene);
render.targetTexture = clear.outputTexture;
render.depthTexture = clear.outputDepthTexture;
render.camera = camera;
render.objectList = new FrameGraphObjectList();
render.objectList.meshes = scene.meshes;
graph.addTask(render);

const upscale = new EsrganTask("esrgan", graph, { model });
upscale.sourceTexture = render.outputTexture;
graph.addTask(upscale);

await graph.buildAsync();
engine.onResizeObservable.add(() => graph.buildAsync());
engine.runRenderLoop(() => {
  knot.rotation.y += 0.02;
  scene.render();
});

export const lowResolution = () =>
  graph.textureManager.getTextureFromHandle(render.outputTexture)._hardwareTexture.underlyingResource;
export const firstRow = "bottom";
export const ready = () => upscale.ready();
export const resize = (width, height) => engine.setSize(width, height);
