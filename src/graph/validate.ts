// Owns the check that a graph is whole: topological order, one producer a value, inputs that fit together.

import { EsrganError } from "../errors.js";
import type { Parameter } from "../ops/op.js";
import type { Graph, GraphNode, Value } from "./graph.js";

/** @throws EsrganError "bad-weights" or "internal", naming the node, the tensors and their channels and scales */
export function validate(graph: Graph): void {
  const defined = new Set([graph.input]);
  const names = new Set<string>();
  for (const node of graph.nodes) {
    if (names.has(node.name)) fail("internal", node, "the name is taken by an earlier node");
    names.add(node.name);
    for (const id of node.inputs) {
      if (!defined.has(id)) {
        fail("internal", node, `reads ${graph.values[id]?.name ?? `value ${id}`}, which no earlier node makes`);
      }
    }
    if (defined.has(node.output)) fail("internal", node, `${graph.values[node.output]!.name} is made twice`);
    checkInputs(
      node,
      node.inputs.map((id) => graph.values[id]!),
    );
    defined.add(node.output);
  }
  if (!defined.has(graph.output)) {
    throw new EsrganError("internal", `The graph's output, value ${graph.output}, is made by no node`);
  }
}

/** @throws EsrganError as validate, where `inputs` do not fit the node or each other */
export function checkInputs(node: GraphNode, inputs: readonly Value[]): void {
  const [first] = inputs;
  if (!first) fail("internal", node, "has no input");
  const arity = node.op === "concat-channels" ? inputs.length : node.op === "scaled-add" ? 2 : 1;
  if (inputs.length !== arity) fail("internal", node, `takes ${arity} inputs, got ${inputs.length}`);
  for (const other of inputs.slice(1)) {
    if (other.scale !== first.scale) {
      fail("bad-weights", node, `${describe(first)} and ${describe(other)} differ in scale`);
    }
    if (node.op === "scaled-add" && other.channels !== first.channels) {
      fail("bad-weights", node, `${describe(first)} and ${describe(other)} differ in channels`);
    }
  }
  switch (node.op) {
    case "conv2d": {
      const { weight, bias, activation } = node.attributes;
      const [outChannels, inChannels, height, width] = weight.shape;
      if (weight.shape.length !== 4 || height !== width || height! % 2 !== 1) {
        fail(
          "bad-weights",
          node,
          `${weight.name} has shape [${weight.shape.join(",")}], expected [O,I,K,K] with an odd K`,
        );
      }
      if (inChannels !== first.channels) {
        fail(
          "bad-weights",
          node,
          `${weight.name} has shape [${weight.shape.join(",")}], expected ${first.channels} input channels as in ${describe(first)}`,
        );
      }
      if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outChannels)) {
        fail("bad-weights", node, `${bias.name} has shape [${bias.shape.join(",")}], expected [${outChannels}]`);
      }
      if (activation.kind === "prelu") checkSlopes(node, activation.slopes, outChannels!);
      break;
    }
    case "prelu":
      checkSlopes(node, node.attributes.slopes, first.channels);
      break;
    case "pixel-shuffle":
      if (first.channels % node.attributes.factor ** 2 !== 0) {
        fail("bad-weights", node, `${describe(first)} has no multiple of ${node.attributes.factor ** 2} channels`);
      }
      break;
  }
}

function checkSlopes(node: GraphNode, slopes: Parameter, channels: number): void {
  if (slopes.shape.length !== 1 || slopes.shape[0] !== channels) {
    fail("bad-weights", node, `${slopes.name} has shape [${slopes.shape.join(",")}], expected [${channels}]`);
  }
}

function describe(value: Value): string {
  return `${value.name} (${value.channels} channels at scale ${value.scale})`;
}

function fail(code: "bad-weights" | "internal", node: GraphNode, what: string): never {
  throw new EsrganError(code, `${node.name} (${node.op}): ${what}`);
}
