// What runs in the page for passes.test.ts: passes from video frames and textures to textures and canvases. Owns the recording; what is
// right is decided in the test.
import { readTexture8 } from "../../src/gpu/read-texture.js";
import type { PassOptions } from "../../src/job/pass-options.js";
import type { UpscalePass } from "../../src/job/upscale-pass.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { createUpscaler } from "../../src/upscaler.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { type Calls, countCalls } from "../gpu/calls.js";

export interface Given {
  readonly width: number;
  readonly height: number;
  /** RGBA, opaque. */
  readonly values: readonly number[];
}

export interface Found {
  readonly got: readonly number[];
  readonly wanted: readonly number[];
}

const MODEL = modelOf(compactWeights({ scale: 2, blocks: 1 }));
const COPY_SRC = 1;
const TEXTURE_BINDING = 4;
const errors: string[] = [];
const opened = new Map<boolean, Promise<GPUDevice>>();

/** With the feature bgra8unorm-storage, or as if there was none. */
function device(storesBgra = true): Promise<GPUDevice> {
  const found = opened.get(storesBgra) ?? openDevice(storesBgra);
  opened.set(storesBgra, found);
  return found;
}

async function openDevice(storesBgra: boolean): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  const wished: GPUFeatureName[] = storesBgra ? ["bgra8unorm-storage", "subgroups"] : [];
  const requiredFeatures = wished.filter((name) => adapter!.features.has(name));
  const made = await adapter!.requestDevice({ requiredFeatures });
  made.addEventListener("uncapturederror", ({ error }) => errors.push(error.message));
  return made;
}

/** The errors of the devices that nothing caught. */
export async function uncaptured(): Promise<string[]> {
  for (const each of opened.values()) await (await each).queue.onSubmittedWorkDone();
  return errors.splice(0);
}

export async function hasBgraStorage(): Promise<boolean> {
  return (await device()).features.has("bgra8unorm-storage");
}

const pixelsOf = ({ width, height, values }: Given): Pixels => ({
  data: Uint8Array.from(values),
  width,
  height,
  channels: 4,
  bits: 8,
});

/** A pass of the small network, what upscale() makes of the picture, and what ends both. */
async function setUp(given: Given, options: Pick<PassOptions, "input" | "output">, storesBgra = true) {
  const gpu = await device(storesBgra);
  const owner = await createUpscaler(gpu, { model: MODEL, precision: "f32" });
  const { width, height } = given;
  const pass = await owner.createPass({ width, height, ...options });
  const wanted = [...(await owner.upscale(pixelsOf(given))).data];
  const finish = () => {
    pass.destroy();
    owner.destroy();
  };
  return { gpu, pass, wanted, finish };
}

function submit(gpu: GPUDevice, record: (encoder: GPUCommandEncoder) => void): void {
  const encoder = gpu.createCommandEncoder();
  record(encoder);
  gpu.queue.submit([encoder.finish()]);
}

function frameOf({ width, height, values }: Given): VideoFrame {
  const format = "RGBX";
  return new VideoFrame(Uint8Array.from(values), { format, codedWidth: width, codedHeight: height, timestamp: 0 });
}

/** From a VideoFrame to a texture of rgba8unorm, twice, each with an external texture of its own. */
export async function fromFrame(given: Given): Promise<Found> {
  const { gpu, pass, wanted, finish } = await setUp(given, { input: "external", output: "rgba8unorm" });
  const usage = pass.outputUsage | COPY_SRC;
  const to = gpu.createTexture({ size: [pass.width, pass.height], format: "rgba8unorm", usage });
  for (let frame = 0; frame < 2; frame++) {
    const source = frameOf(given);
    const external = gpu.importExternalTexture({ source });
    submit(gpu, (encoder) => pass.encode(encoder, external, to));
    source.close();
  }
  const { data } = await readTexture8(gpu, to);
  to.destroy();
  finish();
  return { got: [...data], wanted };
}

/** From a texture to a canvas's own, and what a 2D canvas sees of that. */
export async function toCanvas(given: Given, output: GPUTextureFormat, storesBgra: boolean): Promise<Found> {
  const { gpu, pass, wanted, finish } = await setUp(given, { input: "rgba8unorm", output }, storesBgra);
  const { width, height } = given;
  const usage = pass.inputUsage | GPUTextureUsage.COPY_DST;
  const from = gpu.createTexture({ size: [width, height], format: "rgba8unorm", usage });
  gpu.queue.writeTexture({ texture: from }, pixelsOf(given).data, { bytesPerRow: width * 4 }, [width, height]);
  const canvas = new OffscreenCanvas(pass.width, pass.height);
  const context = canvas.getContext("webgpu")!;
  context.configure({ device: gpu, format: output, usage: pass.outputUsage, alphaMode: "opaque" });
  submit(gpu, (encoder) => pass.encode(encoder, from, context.getCurrentTexture()));
  const flat = new OffscreenCanvas(pass.width, pass.height).getContext("2d")!;
  flat.drawImage(canvas, 0, 0);
  const got = [...flat.getImageData(0, 0, pass.width, pass.height).data];
  from.destroy();
  finish();
  return { got, wanted };
}

/** The refusals of an external pass. */
export async function refusals(given: Given): Promise<string[]> {
  const { gpu, pass, finish } = await setUp(given, { input: "external", output: "rgba8unorm" });
  const size = [pass.width, pass.height];
  const to = gpu.createTexture({ size, format: "rgba8unorm", usage: pass.outputUsage });
  const source = frameOf(given);
  const external = gpu.importExternalTexture({ source });
  const encoder = gpu.createCommandEncoder();
  const attempts = [
    () => pass.begin(external, to),
    () => pass.encode(encoder, source as unknown as GPUExternalTexture, to),
    () => pass.encode(encoder, { texture: to }, to),
  ];
  const messages = attempts.map((attempt) => {
    try {
      attempt();
      return "taken";
    } catch (error) {
      return (error as Error).message;
    }
  });
  gpu.queue.submit([encoder.finish()]);
  source.close();
  to.destroy();
  finish();
  return messages;
}

interface Frames {
  readonly gpu: GPUDevice;
  readonly pass: UpscalePass;
  readonly from: GPUTexture;
  readonly to: GPUTexture;
  readonly calls: Calls;
}

let frames: Frames | undefined;

/** Makes a pass of general-x4v3 and runs it once. Gives the dispatches of a picture. */
export async function openFrames(width: number, height: number): Promise<number> {
  const gpu = await device();
  const owner = await createUpscaler(gpu);
  const pass = await owner.createPass({ width, height, input: "rgba8unorm", output: "rgba8unorm" });
  const from = gpu.createTexture({ size: [width, height], format: "rgba8unorm", usage: TEXTURE_BINDING });
  const size = [pass.width, pass.height];
  const to = gpu.createTexture({ size, format: "rgba8unorm", usage: pass.outputUsage | COPY_SRC });
  frames = { gpu, pass, from, to, calls: countCalls(gpu) };
  await runFrames(1);
  return pass.plan.execution.dispatches.length;
}

/** Encodes and submits so many frames; the calls of the device, and the milliseconds of script of each encode(). */
export async function runFrames(count: number) {
  const { gpu, pass, from, to, calls } = frames!;
  calls.take();
  const ms: number[] = [];
  for (let frame = 0; frame < count; frame++) {
    const encoder = gpu.createCommandEncoder();
    const start = performance.now();
    pass.encode(encoder, from, to);
    ms.push(performance.now() - start);
    gpu.queue.submit([encoder.finish()]);
    if (frame % 4 === 3) await gpu.queue.onSubmittedWorkDone();
  }
  await gpu.queue.onSubmittedWorkDone();
  return { calls: calls.take(), live: calls.live(), ms: ms.sort((a, b) => a - b), overflowed: await pass.overflowed() };
}
