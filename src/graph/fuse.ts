// Owns fusion: what a convolution can do in the same dispatch is folded into it. Purely a rewrite of the graph; where
// values live is memory-plan.ts.

import { growthOf } from "../ops/conv2d.js";
import type { Activation, Parameter } from "../ops/op.js";
import type { ShuffleForm } from "../ops/pixel-shuffle.js";
import { channelBlocks, type Edge } from "../ops/plane.js";
import type { Graph, GraphNode, ValueId } from "./graph.js";
import { withoutTransposed } from "./lower-transposed.js";
import { ruleOf } from "./op-rules.js";

/** A residual a convolution adds: `beta * value`, sampled nearest where `value` is `upsample` times smaller. */
export interface Residual {
  readonly value: ValueId;
  readonly beta: number;
  readonly upsample: number;
}

/**
 * `act(conv(concat(inputs) upsampled nearest) + bias) * alpha + sum(residuals)`, stored pixel-shuffled by
 * `shuffle.factor`.
 */
export interface FusedConv {
  readonly op: "conv2d";
  readonly name: string;
  readonly inputs: readonly ValueId[];
  readonly output: ValueId;
  readonly upsample: number;
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly activation: Activation;
  readonly padding: Edge;
  /** Pixels that the result has more than the input on each side, before the shuffle; fewer where it is negative. */
  readonly grow: number;
  readonly alpha: number;
  readonly residuals: readonly Residual[];
  readonly shuffle: ShuffleForm;
}

export type FusedNode = FusedConv | Exclude<GraphNode, { op: "conv2d" | "conv-transpose2d" }>;

/** A graph after fusion; it keeps the values of the graph it came from. */
export interface FusedGraph {
  readonly graph: Graph;
  readonly nodes: readonly FusedNode[];
}

/** Each is one storage buffer of the eight that every device has: sources 3, weights, bias, output, residuals 2. */
export const MAX_RESIDUALS = 2;

/** Every value a node reads. */
export function readsOf(node: FusedNode): ValueId[] {
  return node.op === "conv2d" ? [...node.inputs, ...node.residuals.map(({ value }) => value)] : [...node.inputs];
}

/**
 * Folds activations, scaled additions, pixel shuffles, concatenations and nearest upsampling into convolutions, and makes convolutions
 * of transposed ones.
 */
export function fuse(written: Graph): FusedGraph {
  const graph = withoutTransposed(written);
  const producers = new Map<ValueId, GraphNode>();
  const uses = new Map<ValueId, GraphNode[]>();
  for (const node of graph.nodes) {
    producers.set(node.output, node);
    for (const id of node.inputs) uses.set(id, [...(uses.get(id) ?? []), node]);
  }
  const absorbed = new Set<GraphNode>();
  // A convolution runs where the last node folded into it stood: all it reads exists by then.
  const placed = new Map<GraphNode, FusedNode>();
  for (const node of graph.nodes) {
    if (absorbed.has(node)) continue;
    if (node.op === "conv-transpose2d") continue;
    if (node.op !== "conv2d") {
      placed.set(node, node);
      continue;
    }
    let conv = startConv(node, producers);
    let last: GraphNode = node;
    for (;;) {
      const next = onlyUse(conv.output, uses, graph);
      const folded = next && !absorbed.has(next) && fold(conv, next, producers);
      if (!folded) break;
      if (last !== node) absorbed.add(last);
      conv = folded;
      last = next;
    }
    if (last !== node) absorbed.add(last);
    placed.set(last, conv);
  }
  return {
    graph,
    nodes: withoutDead(
      graph,
      graph.nodes.map((node) => placed.get(node)).filter((node) => node !== undefined),
    ),
  };
}

function startConv(node: GraphNode & { op: "conv2d" }, producers: ReadonlyMap<ValueId, GraphNode>): FusedConv {
  let source = node.inputs[0]!;
  let upsample = 1;
  const producer = producers.get(source);
  const { padding = "zeros", weight } = node.attributes;
  const grow = growthOf(weight, node.attributes);
  // A result of another size may begin between two pixels of the small picture.
  if (producer?.op === "upsample-nearest" && grow === 0) {
    upsample = producer.attributes.factor;
    source = producer.inputs[0]!;
  }
  return {
    ...node.attributes,
    bias: node.attributes.bias,
    padding: padding === "valid" ? "zeros" : padding,
    grow,
    op: "conv2d",
    name: node.name,
    inputs: flatten(source, producers),
    output: node.output,
    upsample,
    alpha: 1,
    residuals: [],
    shuffle: { factor: 1, order: "pytorch" },
  };
}

function flatten(value: ValueId, producers: ReadonlyMap<ValueId, GraphNode>): ValueId[] {
  const producer = producers.get(value);
  return producer?.op === "concat-channels" ? producer.inputs.flatMap((id) => flatten(id, producers)) : [value];
}

function onlyUse(
  value: ValueId,
  uses: ReadonlyMap<ValueId, readonly GraphNode[]>,
  graph: Graph,
): GraphNode | undefined {
  const found = uses.get(value) ?? [];
  return found.length === 1 && value !== graph.output ? found[0] : undefined;
}

/** `conv` with `next` done in its epilogue, or undefined where its formula has no place for it. */
function fold(conv: FusedConv, next: GraphNode, producers: ReadonlyMap<ValueId, GraphNode>): FusedConv | undefined {
  const { fusion } = ruleOf(next);
  // A shuffle moves channels, so slopes that belong to the shuffled ones no longer fit.
  const isPlain = conv.residuals.length === 0 && conv.alpha === 1 && conv.shuffle.factor === 1;
  switch (fusion.into) {
    case "activation": {
      if (!isPlain || conv.activation.kind !== "none") return undefined;
      return { ...conv, activation: fusion.of(next.attributes), output: next.output };
    }
    case "shuffle": {
      const shuffle = fusion.of(next.attributes);
      if (!shuffle || !isPlain || wastesLanes(conv.weight.shape[0]!, shuffle.factor)) return undefined;
      return { ...conv, shuffle, output: next.output };
    }
    case "residual":
      return conv.residuals.length < MAX_RESIDUALS
        ? withResidual(conv, next, fusion.of(next.attributes), producers)
        : undefined;
    case "nothing":
      return undefined;
  }
}

/**
 * Whether a convolution that shuffles would compute twice the blocks of one that does not: it has whole blocks for each phase of an output
 * pixel, of which a picture of one channel fills a quarter.
 */
function wastesLanes(outChannels: number, factor: number): boolean {
  const phases = factor ** 2;
  return channelBlocks(outChannels / phases) * phases >= 2 * channelBlocks(outChannels);
}

/** `conv` and the addition after it, of which it is one side: `alpha * inputs[0] + inputs[1]`. */
function withResidual(
  conv: FusedConv,
  { inputs, output }: GraphNode,
  alpha: number,
  producers: ReadonlyMap<ValueId, GraphNode>,
): FusedConv {
  const [x, y] = inputs as [ValueId, ValueId];
  const isScaled = x === conv.output;
  const scaled = isScaled
    ? conv.residuals.map((residual) => ({ ...residual, beta: residual.beta * alpha }))
    : conv.residuals;
  const value = isScaled ? y : x;
  const beta = isScaled ? 1 : alpha;
  const upsampled = producers.get(value);
  const residual: Residual =
    upsampled?.op === "upsample-nearest"
      ? { value: upsampled.inputs[0]!, beta, upsample: upsampled.attributes.factor }
      : { value, beta, upsample: 1 };
  return {
    ...conv,
    alpha: isScaled ? conv.alpha * alpha : conv.alpha,
    residuals: [...scaled, residual],
    output,
  };
}

function withoutDead(graph: Graph, nodes: readonly FusedNode[]): FusedNode[] {
  const live = new Set([graph.output]);
  const kept: FusedNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!live.has(node.output)) continue;
    kept.push(node);
    for (const id of readsOf(node)) live.add(id);
  }
  return kept.reverse();
}
