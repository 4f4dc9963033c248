// TensorFlow.js with its WebGPU backend. A layers model runs as it is; other networks are built from TensorFlow.js's own operations, with
// bias and activation fused into convolutions and each block's values let go at its end.
import { parseSafetensors } from "../../../../src/weights/safetensors.js";
import type { NetworkJob } from "../../job.js";
import { type Layers, networkOf } from "../networks.js";
import type { Weights } from "../onnx-network.js";
import { type OpenedPeer, planesOf, type Realm, type TestPicture } from "./peer.js";

/** As much of TensorFlow.js as is used here: it is installed for this benchmark only, so its own types may be missing. */
interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  add(x: TfTensor, y: TfTensor): TfTensor;
  mul(x: TfTensor, y: number): TfTensor;
  tidy<T>(body: () => T): T;
  concat(values: readonly TfTensor[], axis: number): TfTensor;
  depthToSpace(x: TfTensor, factor: number, format: "NHWC"): TfTensor;
  readonly fused: { conv2d(options: object): TfTensor };
  readonly image: { resizeNearestNeighbor(x: TfTensor, size: readonly [number, number]): TfTensor };
  loadLayersModel(url: string, options: { fetchFunc: typeof fetch }): Promise<{ predict(x: TfTensor): TfTensor }>;
  readonly layers: { readonly Layer: new (config: object) => TfLayer };
  readonly serialization: { registerClass(layer: unknown): void };
}

interface TfTensor {
  readonly shape: readonly [number, number, number, number];
  data(): Promise<Float32Array>;
  dispose(): void;
}

type TfLayer = { call(inputs: TfTensor | readonly TfTensor[]): TfTensor };

/** Null where it is not known before there is a picture. */
type Size = number | null;

type Run = (x: TfTensor) => TfTensor;

const PACKAGES = ["core", "layers", "backend-webgpu"];

export async function open(
  network: NetworkJob,
  { rgb, size }: TestPicture,
  { packages, loadScript }: Realm,
): Promise<OpenedPeer> {
  // They share one global, so they load in order.
  for (const name of PACKAGES) await loadScript(`${packages}@tensorflow/tfjs-${name}/dist/tf-${name}.min.js`);
  const { tf } = globalThis as unknown as { tf: Tf };
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js cannot start its WebGPU backend");
  await tf.ready();
  const network_ = network.layersModel ? await layersModel(tf, network.layersModel) : await byHand(tf, network.weights);
  const values = Float32Array.from(rgb, (value) => value / 255);
  return {
    async run() {
      const enlarged = tf.tidy(() => network_(tf.tensor(values, [1, size, size, 3])));
      const data = await enlarged.data();
      enlarged.dispose();
      return () => planesOf(data);
    },
  };
}

async function layersModel(tf: Tf, url: string): Promise<Run> {
  registerLayers(tf);
  const model = await tf.loadLayersModel(url, { fetchFunc: fetchWhole });
  return (x) => model.predict(x);
}

/**
 * With the body read. TensorFlow.js starts all of a model's requests before it reads any body; a browser keeps six connections to a server,
 * so a seventh file would wait for ever.
 */
async function fetchWhole(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  return new Response(await response.blob(), response);
}

/** The layers of idealo's networks that Keras does not have. */
function registerLayers(tf: Tf): void {
  const only = (inputs: TfTensor | readonly TfTensor[]) => (Array.isArray(inputs) ? inputs[0] : inputs) as TfTensor;
  class MultiplyBeta extends tf.layers.Layer {
    static className = "MultiplyBeta";
    override call(inputs: TfTensor | readonly TfTensor[]): TfTensor {
      return tf.mul(only(inputs), 0.2);
    }
  }
  class PixelShuffle4x extends tf.layers.Layer {
    static className = "PixelShuffle4x";
    override call(inputs: TfTensor | readonly TfTensor[]): TfTensor {
      return tf.depthToSpace(only(inputs), 4, "NHWC");
    }
    computeOutputShape([batch, height, width, channels]: [Size, Size, Size, number]): Size[] {
      return [batch, height && height * 4, width && width * 4, channels / 16];
    }
  }
  for (const layer of [MultiplyBeta, PixelShuffle4x]) tf.serialization.registerClass(layer);
}

async function byHand(tf: Tf, url: string): Promise<Run> {
  const { tensors } = parseSafetensors(await (await fetch(url)).arrayBuffer());
  const layers = new TfLayers(tf, tensors);
  return (x) => networkOf(tensors.keys())(layers, x, tensors.keys());
}

class TfLayers implements Layers<TfTensor> {
  readonly #tf: Tf;
  readonly #tensors = new Map<string, TfTensor>();

  constructor(tf: Tf, weights: Weights) {
    this.#tf = tf;
    for (const [name, tensor] of weights) {
      const values = tensor.floats();
      const { shape } = tensor;
      this.#tensors.set(
        name,
        shape.length === 4 ? tf.tensor(toHwio(values, shape), hwioShape(shape)) : tf.tensor(values, shape),
      );
    }
  }

  conv(x: TfTensor, name: string, activation?: "relu" | "leaky-relu"): TfTensor {
    return this.#tf.fused.conv2d({
      x,
      filter: this.#tensors.get(`${name}.weight`),
      bias: this.#tensors.get(`${name}.bias`),
      strides: 1,
      pad: "same",
      activation: activation === "leaky-relu" ? "leakyrelu" : (activation ?? "linear"),
      leakyreluAlpha: 0.2,
    });
  }

  concat(values: readonly TfTensor[]): TfTensor {
    return this.#tf.concat(values, 3);
  }

  scaledAdd(x: TfTensor, scale: number, y: TfTensor): TfTensor {
    return this.#tf.add(scale === 1 ? x : this.#tf.mul(x, scale), y);
  }

  upsampleNearest2(x: TfTensor): TfTensor {
    const [, height, width] = x.shape;
    return this.#tf.image.resizeNearestNeighbor(x, [height * 2, width * 2]);
  }

  pixelShuffle(): TfTensor {
    throw new Error("TensorFlow.js orders the channels of a pixel shuffle otherwise: give it the layers model");
  }

  scope(body: () => TfTensor): TfTensor {
    return this.#tf.tidy(body);
  }
}

function hwioShape([out, inputs, height, width]: readonly number[]): number[] {
  return [height!, width!, inputs!, out!];
}

/** [O,I,H,W] as [H,W,I,O]. */
function toHwio(values: Float32Array, [out, inputs, height, width]: readonly number[]): Float32Array {
  const taps = height! * width!;
  const result = new Float32Array(values.length);
  let from = 0;
  for (let o = 0; o < out!; o++) {
    for (let i = 0; i < inputs!; i++) {
      for (let tap = 0; tap < taps; tap++) result[(tap * inputs! + i) * out! + o] = values[from++]!;
    }
  }
  return result;
}
