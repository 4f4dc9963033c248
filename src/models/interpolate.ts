// Owns the interpolation of models: one network whose every tensor is the weighted sum of those of several (ESRGAN paper,
// section 3.4: between a net trained for PSNR and one trained with a discriminator). The models are left as they are.

import { EsrganError } from "../errors.js";
import type { Graph, GraphNode } from "../graph/graph.js";
import type { Parameter } from "../ops/op.js";
import { requireOptions } from "../options.js";
import { requireFiniteWeights } from "../weights/finite.js";
import { printableName } from "../weights/printable-name.js";
import { WeightTensor } from "../weights/tensor-map.js";
import type { Model } from "./model.js";

/** A model and how much of it. */
export interface ModelPart {
  /** Loaded, as loadModel gives it. */
  readonly model: Model;
  /** Any finite number; the weights of all parts need not add up to 1. */
  readonly weight: number;
}

/**
 * The model whose tensors (convolution weights, biases, slopes) are the sums of the parts' times their weights, added up in
 * float64 and kept as float32. It takes its memory at once and holds nothing of the parts, whose tensors may be named after
 * different key layouts. Called `a:0.8+b:0.2` unless `name` says otherwise.
 * @example
 * const model = interpolateModels([{ model: psnr, weight: 0.2 }, { model: gan, weight: 0.8 }]); // ESRGAN paper, section 3.4
 * @throws EsrganError "bad-input" if there is no part, a weight is not finite, or the networks differ, naming the first
 *   fact or tensor that does; "bad-weights" naming a tensor with a sum beyond float32
 */
export function interpolateModels(parts: readonly ModelPart[], options: { readonly name?: string } = {}): Model {
  requireParts(parts);
  requireOptions(options, ["name"], "interpolateModels");
  const mixing = new Mixing(parts);
  const { network } = parts[0]!.model;
  const graph = mixing.graph();
  const name = options.name ?? parts.map(({ model, weight }) => `${model.name}:${weight}`).join("+");
  return { name, network: { ...network, graph }, byteLength: mixing.byteLength, metadata: {} };
}

function requireParts(parts: readonly ModelPart[]): void {
  if (!Array.isArray(parts) || parts.length === 0) {
    const got = Array.isArray(parts) ? "none" : typeof parts;
    throw new EsrganError("bad-input", `Interpolation needs a list of at least one { model, weight }, got ${got}`);
  }
  for (const part of parts as readonly Partial<ModelPart>[]) {
    if (typeof part?.model?.network !== "object") {
      const got = typeof part?.model;
      throw new EsrganError("bad-input", `Interpolation needs models that are loaded, as loadModel does, got ${got}`);
    }
    if (typeof part.weight !== "number" || !Number.isFinite(part.weight)) {
      const name = printableName(part.model.name);
      throw new EsrganError("bad-input", `The weight of ${name} is ${String(part.weight)}, expected a finite number`);
    }
  }
}

/** Goes through the graphs of all parts side by side. */
class Mixing {
  byteLength = 0;

  constructor(private readonly parts: readonly ModelPart[]) {}

  graph(): Graph {
    const networks = this.parts.map(({ model }) => model.network);
    for (const fact of ["architecture", "scale", "blocks", "inputChannels", "outputChannels", "multiple"] as const) {
      this.#same(`the network's ${fact}`, (at) => networks[at]![fact]);
    }
    const graphs = networks.map(({ graph }) => graph);
    const count = Math.max(...graphs.map(({ nodes }) => nodes.length));
    const nodes = Array.from({ length: count }, (_, index) => this.#node(graphs.map(({ nodes }) => nodes[index])));
    this.#same("the output", (at) => graphs[at]!.output);
    return { ...graphs[0]!, nodes };
  }

  #node(nodes: readonly (GraphNode | undefined)[]): GraphNode {
    const first = nodes.find((node) => node !== undefined)!;
    this.#same(`the operation at ${first.name}`, (at) => {
      const node = nodes[at];
      return node && `${node.op} ${node.name} of ${node.inputs.join(", ")}`;
    });
    const attributes = this.#attributes(
      first.name,
      nodes.map((node) => node!.attributes),
    );
    // The same operation with the same kinds of attributes, which the union of node types cannot express.
    return { ...first, attributes } as GraphNode;
  }

  #attributes(what: string, values: readonly unknown[]): unknown {
    if (values.every(isParameter)) return this.#tensor(values);
    if (values.every(isRecord)) {
      const keys = new Set(values.flatMap((value) => Object.keys(value)));
      const mixed = [...keys].map((key) => [
        key,
        this.#attributes(
          `${what}.${key}`,
          values.map((value) => value[key]),
        ),
      ]);
      return Object.fromEntries(mixed);
    }
    this.#same(what, (at) => (isParameter(values[at]) ? "a tensor" : values[at]));
    return values[0];
  }

  #tensor(tensors: readonly Parameter[]): WeightTensor {
    const { name, shape } = tensors[0]!;
    this.#same(`the shape of tensor ${printableName(name)}`, (at) => `[${tensors[at]!.shape.join(",")}]`);
    const sources = tensors.map((tensor) => tensor.floats());
    const weights = this.parts.map(({ weight }) => weight);
    const sums = new Float32Array(sources[0]!.length);
    for (let i = 0; i < sums.length; i++) {
      let sum = 0;
      for (let part = 0; part < sources.length; part++) sum += weights[part]! * sources[part]![i]!;
      sums[i] = sum;
    }
    this.byteLength += sums.byteLength;
    return requireFiniteWeights(new WeightTensor(name, shape, sums));
  }

  /** Refuses parts of which `fact` says different things. */
  #same(what: string, fact: (part: number) => unknown): void {
    const wanted = fact(0);
    const other = this.parts.findIndex((_, at) => fact(at) !== wanted);
    if (other < 0) return;
    const says = (at: number) => `${String(fact(at) ?? "missing")} in ${printableName(this.parts[at]!.model.name)}`;
    throw new EsrganError(
      "bad-input",
      `Only models of the same network can be interpolated: ${what} is ${says(0)}, ${says(other)}`,
    );
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isParameter(value: unknown): value is Parameter {
  return isRecord(value) && "floats" in value;
}
