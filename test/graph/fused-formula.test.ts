// Values of fused convolutions by their formula, against the operations that they were fused from.

import { expect, it } from "vitest";
import { fuse } from "../../src/graph/fuse.js";
import { fusedFormula } from "../../src/graph/fused-formula.js";
import { type Graph, opOf, type ValueId } from "../../src/graph/graph.js";
import { runReference } from "../../src/graph/op-references.js";
import type { Tensor } from "../../src/ops/tensor.js";
import { LEAKY, RandomGraph, unpadded } from "../cases/graphs.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { randomGraph } from "../cases/random-graphs.js";

/** Every value of the graph. */
function allValues(graph: Graph, input: Tensor): Map<ValueId, Tensor> {
  const values = new Map([[graph.input, input]]);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((id) => values.get(id)!);
    values.set(node.output, runReference(opOf(node), inputs, node.attributes));
  }
  return values;
}

/** How many convolutions were held against the graph. */
function expectFormula(graph: Graph): number {
  const { channels } = graph.values[graph.input]!;
  const values = allValues(graph, randomTensor(seededRandom(7), { channels, height: 6, width: 8 }));
  const convs = fuse(graph).nodes.flatMap((node) => (node.op === "conv2d" ? [node] : []));
  for (const conv of convs) {
    const wanted = values.get(conv.output)!;
    const operands = (ids: readonly ValueId[]) => ids.map((id) => values.get(id)!);
    const residuals = operands(conv.residuals.map(({ value }) => value));
    const valueAt = fusedFormula(conv, operands(conv.inputs), residuals);
    const largest = wanted.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    for (let c = 0; c < wanted.channels; c++) {
      for (let y = 0; y < wanted.height; y++) {
        for (let x = 0; x < wanted.width; x++) {
          const off = Math.abs(valueAt(c, x, y) - wanted.data[(c * wanted.height + y) * wanted.width + x]!);
          if (!(off <= 1e-5 * largest)) expect.fail(`${conv.name} is off by ${off} at ${c}, ${x}, ${y}`);
        }
      }
    }
  }
  return convs.length;
}

it.each(["pytorch", "tensorflow"] as const)("with all that is folded in, shuffled as in %s", (order) => {
  const g = new RandomGraph(3);
  const x = g.input(3);
  const a = g.conv(x, 6, { kernel: 5 });
  const b = g.activate(g.conv([a, x], 6), "prelu");
  const c = g.scaledAdd(g.activate(g.conv(g.upsample(b, 2), 6), LEAKY), 0.3, g.upsample(b, 2));
  const shuffled = g.pixelShuffle(g.conv(c, 12), 2, order);
  const graph = g.build(shuffled);
  expect(expectFormula(graph)).toBe(4);
  expect(fuse(graph).nodes.map(({ op }) => op)).toEqual(["conv2d", "conv2d", "conv2d", "conv2d"]);
});

it("without padding", () => {
  const g = new RandomGraph(5);
  expect(expectFormula(g.build(unpadded(g, g.input(3))))).toBe(8);
});

it("of random graphs", () => {
  let count = 0;
  for (let seed = 0; seed < 40; seed++) count += expectFormula(randomGraph(seed));
  expect(count).toBeGreaterThan(50);
});
