// Owns the run of a graph on the CPU, operation by operation through the references. It never sees fused graphs or plans,
// so that it cannot share their bugs.

import { EsrganError } from "../errors.js";
import { formatShape, type Tensor } from "../ops/tensor.js";
import { type Graph, inferShapes, opOf } from "./graph.js";
import { runReference } from "./op-references.js";

export interface CpuRunOptions {
  /** Called after each node with the work done and in total, in FLOPs. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Runs `graph` on `input` `[C,H,W]` and returns its output. A value is let go after its last use.
 * @throws EsrganError "bad-input" where the input's channels are not the graph's
 */
export function runOnCpu(graph: Graph, input: Tensor, options: CpuRunOptions = {}): Tensor {
  const wanted = graph.values[graph.input]!;
  if (input.channels !== wanted.channels) {
    throw new EsrganError("bad-input", `The network takes ${wanted.channels} channels, got ${formatShape(input)}`);
  }
  const lastUse = new Map<number, number>();
  graph.nodes.forEach((node, index) => {
    for (const id of node.inputs) lastUse.set(id, index);
  });
  const values = new Map<number, Tensor>([[graph.input, input]]);
  const costs = nodeFlops(graph, input.width, input.height);
  const total = costs.reduce((sum, flops) => sum + flops, 0);
  let done = 0;
  graph.nodes.forEach((node, index) => {
    const inputs = node.inputs.map((id) => values.get(id)!);
    values.set(node.output, runReference(opOf(node), inputs, node.attributes));
    for (const id of node.inputs) if (lastUse.get(id) === index && id !== graph.output) values.delete(id);
    done += costs[index]!;
    options.onProgress?.(done, total);
  });
  return values.get(graph.output)!;
}

function nodeFlops(graph: Graph, width: number, height: number): number[] {
  const shapes = inferShapes(graph, width, height);
  return graph.nodes.map((node) =>
    opOf(node).flops(
      node.inputs.map((id) => shapes[id]!),
      node.attributes,
    ),
  );
}
