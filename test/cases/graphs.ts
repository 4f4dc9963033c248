// Owns graphs for tests: one operation alone, and networks of convolutions with seeded random weights.

import { GraphBuilder } from "../../src/graph/builder.js";
import type { Graph, GraphNode, ValueId } from "../../src/graph/graph.js";
import { type OpName, ruleOf } from "../../src/graph/op-rules.js";
import type { Padding } from "../../src/ops/conv2d.js";
import type { Activation } from "../../src/ops/op.js";
import type { ShuffleOrder } from "../../src/ops/pixel-shuffle.js";
import type { ResizeAttributes } from "../../src/ops/resize.js";
import { WeightTensor } from "../../src/weights/tensor-map.js";
import type { OpCase } from "./case.js";
import { type Random, randomFloats, seededRandom } from "./random.js";

/** The graph whose one node is the call of `one`, which must have one input. */
export function graphOfOneNode<A>(one: OpCase<A>, attributes: A): Graph {
  const [input] = one.inputs;
  if (!input || one.inputs.length !== 1) throw new Error(`${one.name} has ${one.inputs.length} inputs`);
  const op = one.op.name as OpName;
  const from = { name: "input", channels: input.channels, scale: 1, margin: 0 };
  // OpCase<A> ties op and attributes together, which a union of node types cannot express.
  const node = { op, name: op, inputs: [0], output: 1, attributes } as unknown as GraphNode;
  const made = ruleOf(node).output([from], node.attributes);
  return {
    values: [from, { name: "output", ...made }],
    nodes: [node],
    input: 0,
    output: 1,
  };
}

export interface RandomConvOptions {
  readonly kernel?: number;
  readonly activation?: "prelu" | Activation;
  readonly bias?: boolean;
  readonly padding?: Padding;
  readonly grow?: number;
  readonly name?: string;
}

export interface TransposeOptions {
  readonly kernel: number;
  readonly stride: number;
  readonly name?: string;
}

export const LEAKY: Activation = { kind: "leaky-relu", slope: 0.2 };

/** Builds graphs like GraphBuilder, but draws the weights, keeps count of channels and makes up names. */
export class RandomGraph {
  readonly #random: Random;
  readonly #tensors = new Map<string, WeightTensor>();
  readonly #builder = new GraphBuilder({ tensors: this.#tensors, metadata: {} });
  readonly #channels = new Map<ValueId, number>();
  #names = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  channels(value: ValueId): number {
    return this.#channels.get(value)!;
  }

  input(channels: number): ValueId {
    return this.#made(this.#builder.input(channels), channels);
  }

  conv(inputs: ValueId | readonly ValueId[], outChannels: number, options: RandomConvOptions = {}): ValueId {
    const { kernel = 3, activation = { kind: "none" }, bias = true, padding, grow } = options;
    const name = options.name ?? this.#name("conv");
    const ids = typeof inputs === "number" ? [inputs] : inputs;
    const inChannels = ids.reduce((sum, id) => sum + this.channels(id), 0);
    // Keeps the sums near 1.
    this.#tensor(
      `${name}.weight`,
      [outChannels, inChannels, kernel, kernel],
      1.5 / Math.sqrt(inChannels * kernel ** 2),
    );
    if (bias) this.#tensor(`${name}.bias`, [outChannels], 0.5);
    if (activation === "prelu") this.#tensor(`${name}.slopes.weight`, [outChannels], 1.5);
    const act = activation === "prelu" ? this.#builder.preluSlopes(`${name}.slopes`, outChannels) : activation;
    return this.#made(
      this.#builder.conv(name, inputs, act, {
        bias,
        ...(padding ? { padding } : {}),
        ...(grow ? { grow } : {}),
      }),
      outChannels,
    );
  }

  /** Odd kernels, with the padding that makes the result `stride` times as large. */
  convTranspose(
    x: ValueId,
    outChannels: number,
    { kernel, stride, name = this.#name("conv") }: TransposeOptions,
  ): ValueId {
    const inChannels = this.channels(x);
    this.#tensor(
      `${name}.weight`,
      [inChannels, outChannels, kernel, kernel],
      1.5 / Math.sqrt(inChannels * kernel ** 2),
    );
    this.#tensor(`${name}.bias`, [outChannels], 0.5);
    return this.#made(this.#builder.convTranspose(name, x, { stride, offset: (kernel - 1) / 2 }), outChannels);
  }

  concat(inputs: readonly ValueId[]): ValueId {
    const channels = inputs.reduce((sum, id) => sum + this.channels(id), 0);
    return this.#made(this.#builder.concat(this.#name("concat"), inputs), channels);
  }

  scaledAdd(x: ValueId, alpha: number, y: ValueId): ValueId {
    return this.#made(this.#builder.scaledAdd(this.#name("add"), x, alpha, y), this.channels(x));
  }

  activate(x: ValueId, activation: "prelu" | Activation): ValueId {
    const name = this.#name("act");
    if (activation === "prelu") this.#tensor(`${name}.weight`, [this.channels(x)], 1.5);
    const act = activation === "prelu" ? this.#builder.preluSlopes(name, this.channels(x)) : activation;
    return this.#made(this.#builder.activate(name, x, act), this.channels(x));
  }

  pixelShuffle(x: ValueId, factor: number, order: ShuffleOrder = "pytorch"): ValueId {
    return this.#made(
      this.#builder.pixelShuffle(this.#name("shuffle"), x, factor, order),
      this.channels(x) / factor ** 2,
    );
  }

  pixelUnshuffle(x: ValueId, factor: number, order: ShuffleOrder = "pytorch"): ValueId {
    return this.#made(
      this.#builder.pixelUnshuffle(this.#name("unshuffle"), x, factor, order),
      this.channels(x) * factor ** 2,
    );
  }

  upsample(x: ValueId, factor: number): ValueId {
    return this.#made(this.#builder.upsampleNearest(this.#name("upsample"), x, factor), this.channels(x));
  }

  resize(x: ValueId, attributes: ResizeAttributes): ValueId {
    return this.#made(this.#builder.resize(this.#name("resize"), x, attributes), this.channels(x));
  }

  build(output: ValueId): Graph {
    return this.#builder.build(output);
  }

  #tensor(name: string, shape: readonly number[], scale: number): void {
    const count = shape.reduce((product, extent) => product * extent, 1);
    this.#tensors.set(name, new WeightTensor(name, shape, randomFloats(this.#random, count, scale)));
  }

  #name(kind: string): string {
    return `${kind}${this.#names++}`;
  }

  #made(value: ValueId, channels: number): ValueId {
    this.#channels.set(value, channels);
    return value;
  }
}

/** Convolutions without padding, of values that were padded for them beforehand, with all that is folded into convolutions. */
export function unpadded(g: RandomGraph, input: ValueId): ValueId {
  const padded = g.conv(g.conv(input, 3, { kernel: 1 }), 5, { padding: "replicate", grow: 3 });
  const x = g.conv(padded, 6, { padding: "valid", activation: LEAKY });
  const sum = g.scaledAdd(g.conv(x, 6, { kernel: 1, padding: "valid" }), 0.5, x);
  const small = g.conv([sum, x], 8, { kernel: 5, padding: "valid", activation: "prelu" });
  const upsampled = g.conv(g.upsample(sum, 2), 4, { kernel: 9, padding: "valid" });
  const shuffled = g.pixelShuffle(g.conv(sum, 16, { kernel: 5, padding: "valid" }), 2);
  return g.conv([upsampled, shuffled, g.upsample(small, 2)], 3);
}
