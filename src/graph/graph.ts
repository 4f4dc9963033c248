// Owns the graph: values and nodes in topological order, one node an operation, as the paper writes it. One graph serves
// every picture size; shapes appear when a size is given. How it runs is not here.

import { EsrganError } from "../errors.js";
import type { Op } from "../ops/op.js";
import type { Shape } from "../ops/tensor.js";
import { type OpAttributes, type OpName, ruleOf } from "./op-rules.js";

/** The index of a value in `Graph.values`. */
export type ValueId = number;

/** A tensor of the graph, of `scale` times the input's width and height and `margin` pixels more on each side. */
export interface Value {
  readonly name: string;
  readonly channels: number;
  readonly scale: number;
  readonly margin: number;
}

export interface NodeOf<K extends OpName> {
  readonly op: K;
  readonly name: string;
  readonly inputs: readonly ValueId[];
  readonly output: ValueId;
  readonly attributes: OpAttributes[K];
}

export type GraphNode = { [K in OpName]: NodeOf<K> }[OpName];

export interface Graph {
  readonly values: readonly Value[];
  readonly nodes: readonly GraphNode[];
  readonly input: ValueId;
  readonly output: ValueId;
}

/** The operation of a node, typed loosely enough to be called with that node's attributes. */
export function opOf(node: GraphNode): Op<GraphNode["attributes"]> {
  return ruleOf(node).op;
}

/**
 * The shape of every value for an input of `width` x `height` pixels.
 * @throws EsrganError "bad-input" naming the node and the shapes where an operation refuses its inputs
 */
export function inferShapes(graph: Graph, width: number, height: number): Shape[] {
  const shapes: Shape[] = [];
  shapes[graph.input] = { channels: graph.values[graph.input]!.channels, height, width };
  for (const node of graph.nodes) {
    try {
      shapes[node.output] = opOf(node).outputShape(
        node.inputs.map((id) => shapes[id]!),
        node.attributes,
      );
    } catch (error) {
      if (error instanceof EsrganError)
        throw new EsrganError(error.code, `${node.name}: ${error.message}`, { cause: error });
      throw error;
    }
  }
  return shapes;
}
