// Owns the way models are written down: one call an operation, checked as it is made. A list of inputs is a dense
// concatenation.

import { EsrganError } from "../errors.js";
import type { ConvTranspose2dAttributes } from "../ops/conv-transpose2d.js";
import type { Conv2dAttributes, Padding } from "../ops/conv2d.js";
import type { Activation } from "../ops/op.js";
import type { ShuffleOrder } from "../ops/pixel-shuffle.js";
import type { ResizeAttributes } from "../ops/resize.js";
import { refuseMissing, requireTensor, type TensorMap, type WeightTensor } from "../weights/tensor-map.js";
import type { Graph, GraphNode, Value, ValueId } from "./graph.js";
import type { OpAttributes, OpName, ValueForm } from "./op-rules.js";
import { checkedOutput, validate } from "./validate.js";

const NO_ACTIVATION: Activation = { kind: "none" };

export class GraphBuilder {
  readonly #values: Value[] = [];
  readonly #nodes: GraphNode[] = [];

  /** Weights are taken from `weights` by the name of the convolution. */
  constructor(private readonly weights: TensorMap) {}

  /** The picture, `channels` of it. */
  input(channels: number): ValueId {
    return this.#value("input", { channels, scale: 1, margin: 0 });
  }

  /**
   * A convolution with the tensors `name.weight` [O,I,K,K] and `name.bias` [O] (absent is allowed with `bias: false`).
   * @throws EsrganError "bad-weights" naming the tensor and the shapes
   */
  conv(
    name: string,
    inputs: ValueId | readonly ValueId[],
    activation: Activation = NO_ACTIVATION,
    options: { readonly bias?: boolean; readonly padding?: Padding; readonly grow?: number } = {},
  ): ValueId {
    const input = this.#joined(name, inputs);
    const weight = this.#convWeight(`${name}.weight`, this.#values[input]!.channels);
    const [outChannels] = weight.shape as [number];
    const bias = options.bias === false ? undefined : requireTensor(this.weights, `${name}.bias`, [outChannels]);
    return this.#node("conv2d", name, [input], {
      weight,
      bias,
      activation,
      padding: options.padding,
      grow: options.grow,
    });
  }

  /** A convolution whose weights are not tensors of the file as they are. */
  convOf(name: string, inputs: ValueId | readonly ValueId[], attributes: Conv2dAttributes): ValueId {
    return this.#node("conv2d", name, [this.#joined(name, inputs)], attributes);
  }

  /** A transposed convolution with the tensors `name.weight` [I,O,K,K] and `name.bias` [O]. */
  convTranspose(
    name: string,
    input: ValueId,
    { stride, offset, padding }: Pick<ConvTranspose2dAttributes, "stride" | "offset" | "padding">,
  ): ValueId {
    const found = this.weights.tensors.get(`${name}.weight`);
    const { channels } = this.#values[input]!;
    if (!found) refuseMissing(this.weights, `${name}.weight`, `expected [${channels},O,K,K]`);
    const [, outChannels = 0, kernel = 0] = found.shape;
    const weight = requireTensor(this.weights, `${name}.weight`, [channels, outChannels, kernel, kernel]);
    const bias = requireTensor(this.weights, `${name}.bias`, [outChannels]);
    return this.#node("conv-transpose2d", name, [input], { weight, bias, stride, offset, padding });
  }

  /** The PReLU slopes `name.weight`, one for each of `channels`. */
  preluSlopes(name: string, channels: number): Activation {
    return { kind: "prelu", slopes: requireTensor(this.weights, `${name}.weight`, [channels]) };
  }

  concat(name: string, inputs: readonly ValueId[]): ValueId {
    return inputs.length === 1 ? inputs[0]! : this.#node("concat-channels", name, inputs, {});
  }

  /** `alpha * x + y`. */
  scaledAdd(name: string, x: ValueId, alpha: number, y: ValueId): ValueId {
    return this.#node("scaled-add", name, [x, y], { alpha });
  }

  activate(name: string, x: ValueId, activation: Activation): ValueId {
    switch (activation.kind) {
      case "none":
        return x;
      case "relu":
        return this.#node("leaky-relu", name, [x], { slope: 0 });
      case "leaky-relu":
        return this.#node("leaky-relu", name, [x], { slope: activation.slope });
      case "prelu":
        return this.#node("prelu", name, [x], { slopes: activation.slopes });
      default:
        // The type of its attributes refuses what is no curve.
        return this.#node("activate", name, [x], activation);
    }
  }

  pixelShuffle(name: string, x: ValueId, factor: number, order: ShuffleOrder = "pytorch"): ValueId {
    return this.#node("pixel-shuffle", name, [x], { factor, order });
  }

  pixelUnshuffle(name: string, x: ValueId, factor: number, order: ShuffleOrder = "pytorch"): ValueId {
    return this.#node("pixel-unshuffle", name, [x], { factor, order });
  }

  upsampleNearest(name: string, x: ValueId, factor: number): ValueId {
    return this.#node("upsample-nearest", name, [x], { factor });
  }

  resize(name: string, x: ValueId, attributes: ResizeAttributes): ValueId {
    return this.#node("resize", name, [x], attributes);
  }

  /** The finished, validated graph. */
  build(output: ValueId): Graph {
    const graph: Graph = { values: this.#values, nodes: this.#nodes, input: 0, output };
    validate(graph);
    return graph;
  }

  #joined(name: string, inputs: ValueId | readonly ValueId[]): ValueId {
    return typeof inputs === "number" ? inputs : this.concat(`${name}.concat`, inputs);
  }

  #convWeight(name: string, inChannels: number): WeightTensor {
    const found = this.weights.tensors.get(name);
    const wanted = `expected [O,${inChannels},K,K] with an odd K`;
    if (!found) refuseMissing(this.weights, name, wanted);
    const [outChannels = 0, , kernel = 0] = found.shape;
    if (found.shape.length !== 4 || kernel % 2 !== 1) {
      throw new EsrganError("bad-weights", `Tensor ${name} has shape [${found.shape.join(",")}], ${wanted}`);
    }
    return requireTensor(this.weights, name, [outChannels, inChannels, kernel, kernel]);
  }

  #value(name: string, form: ValueForm): ValueId {
    return this.#values.push({ name, ...form }) - 1;
  }

  #node<K extends OpName>(op: K, name: string, inputs: readonly ValueId[], attributes: OpAttributes[K]): ValueId {
    // K ties op and attributes together, which a union of node types cannot express.
    const node = { op, name, inputs, output: this.#values.length, attributes } as unknown as GraphNode;
    // At once, so that the message names the first node that does not fit and not one that follows from it.
    const form = checkedOutput(
      node,
      inputs.map((id) => this.#values[id]!),
    );
    this.#nodes.push(node);
    return this.#value(name, form);
  }
}
