// A network as an ONNX file: what PyTorch's exporter would write for it, at one size of picture, which lets a runtime plan everything.

import { type Layers, networkOf } from "./networks.js";
import { type OnnxAttribute, type OnnxNode, type OnnxTensor, writeOnnx } from "./onnx.js";

/** The tensors of a network under Real-ESRGAN's names. */
export type Weights = ReadonlyMap<string, { readonly shape: readonly number[]; floats(): Float32Array }>;

const SCALE = 4;

/** An ONNX file with input `picture` [1,3,H,W] and output `enlarged` [1,3,4H,4W]. */
export function onnxNetwork(weights: Weights, width: number, height: number): Uint8Array<ArrayBuffer> {
  const layers = new OnnxLayers();
  const last = networkOf(weights.keys())(layers, "picture", weights.keys());
  const tensors = [...weights].map(([name, tensor]) => ({ name, shape: tensor.shape, data: tensor.floats() }));
  return writeOnnx({
    name: "network",
    nodes: layers.nodes.map((node) => (node.output === last ? { ...node, output: "enlarged" } : node)),
    tensors: [...tensors, ...layers.constants.values()],
    inputs: [{ name: "picture", shape: [1, 3, height, width] }],
    outputs: [{ name: "enlarged", shape: [1, 3, height * SCALE, width * SCALE] }],
  });
}

class OnnxLayers implements Layers<string> {
  readonly nodes: OnnxNode[] = [];
  readonly constants = new Map<string, OnnxTensor>();

  conv(x: string, name: string, activation?: "relu" | "leaky-relu"): string {
    const out = this.#add("Conv", [x, `${name}.weight`, `${name}.bias`], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
      strides: [1, 1],
    });
    if (activation === "relu") return this.#add("Relu", [out]);
    return activation === "leaky-relu" ? this.#add("LeakyRelu", [out], { alpha: { float: 0.2 } }) : out;
  }

  concat(values: readonly string[]): string {
    return this.#add("Concat", values, { axis: 1 });
  }

  scaledAdd(x: string, scale: number, y: string): string {
    return this.#add("Add", [scale === 1 ? x : this.#add("Mul", [x, this.#constant([], [scale])]), y]);
  }

  upsampleNearest2(x: string): string {
    return this.#add("Resize", [x, "", this.#constant([4], [1, 1, 2, 2])], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    });
  }

  pixelShuffle(x: string, factor: number): string {
    return this.#add("DepthToSpace", [x], { blocksize: factor, mode: "CRD" });
  }

  scope(body: () => string): string {
    return body();
  }

  #add(op: string, inputs: readonly string[], attributes: Record<string, OnnxAttribute> = {}): string {
    const output = `${op}.${this.nodes.length}`;
    this.nodes.push({ op, inputs, output, attributes });
    return output;
  }

  #constant(shape: readonly number[], values: readonly number[]): string {
    const name = `constant ${values.join(" ")}`;
    this.constants.set(name, { name, shape, data: Float32Array.from(values) });
    return name;
  }
}
