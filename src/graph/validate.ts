// Owns the check that a graph is whole: topological order, one producer a value, inputs that fit together. What fits is
// op-rules.ts.

import { EsrganError } from "../errors.js";
import type { Graph, GraphNode, Value } from "./graph.js";
import { describe, formOf, ruleOf, type ValueForm } from "./op-rules.js";

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
    const output = graph.values[node.output]!;
    if (defined.has(node.output)) fail("internal", node, `${output.name} is made twice`);
    const inputs = node.inputs.map((id) => graph.values[id]!);
    const made = checkedOutput(node, inputs);
    if (output.channels !== made.channels || output.scale !== made.scale || output.margin !== made.margin) {
      fail("internal", node, `makes ${formOf(made)}, not ${describe(output)}`);
    }
    defined.add(node.output);
  }
  if (!defined.has(graph.output)) {
    throw new EsrganError("internal", `The graph's output, value ${graph.output}, is made by no node`);
  }
  const output = graph.values[graph.output]!;
  if (output.margin !== 0) {
    throw new EsrganError("internal", `The graph's output is ${describe(output)}, expected no margin`);
  }
}

/**
 * What the node makes of `inputs`.
 * @throws EsrganError as validate, where they do not fit the node or each other
 */
export function checkedOutput(node: GraphNode, inputs: readonly Value[]): ValueForm {
  const [first, ...others] = inputs;
  if (!first) fail("internal", node, "has no input");
  const rule = ruleOf(node);
  const arity = { one: 1, two: 2, many: inputs.length }[rule.arity];
  if (inputs.length !== arity) fail("internal", node, `takes ${arity} inputs, got ${inputs.length}`);
  for (const other of others) {
    for (const fact of ["scale", "margin"] as const) {
      if (other[fact] === first[fact]) continue;
      fail("bad-weights", node, `${describe(first)} and ${describe(other)} differ in ${fact}`);
    }
  }
  const misfit = rule.misfit([first, ...others], node.attributes);
  if (misfit !== undefined) fail("bad-weights", node, misfit);
  const made = rule.output([first, ...others], node.attributes);
  if (!Number.isInteger(made.margin)) fail("bad-weights", node, `makes ${formOf(made)}, which is no whole number`);
  return made;
}

function fail(code: "bad-weights" | "internal", node: GraphNode, what: string): never {
  throw new EsrganError(code, `${node.name} (${node.op}): ${what}`);
}
