// Owns how far a graph looks: what a tile must overlap its neighbours by to be exact. What each operation reads is
// op-rules.ts.

import { EsrganError } from "../errors.js";
import type { Graph } from "./graph.js";
import { ruleOf, type Span } from "./op-rules.js";

const known = new WeakMap<Graph, number>();

/**
 * The pixels of its input that the graph looks beyond those in which an output pixel lies, along an axis: the most of any
 * output pixel. Computed once a graph.
 * @throws EsrganError "internal" where the scales of its values have no common period
 */
export function reachOf(graph: Graph): number {
  let reach = known.get(graph);
  if (reach === undefined) {
    reach = measureReach(graph);
    known.set(graph, reach);
  }
  return reach;
}

/** Nearly whole numbers are what rounding made of whole ones: scales such as 1/3 are not exact. */
const ROUNDING = 1e-6;

function measureReach(graph: Graph): number {
  const { scale } = graph.values[graph.output]!;
  let reach = 0;
  for (let pixel = 0, end = periodOf(graph); pixel < end; pixel++) {
    const { first, last } = inputSpan(graph, pixel);
    const own = { first: Math.floor(pixel / scale + ROUNDING), last: Math.ceil((pixel + 1) / scale - ROUNDING) - 1 };
    reach = Math.max(reach, own.first - first, last - own.last);
  }
  return reach;
}

/** The pixels of the input that output pixel `pixel` is made of: spans are followed from the output back. */
function inputSpan(graph: Graph, pixel: number): Span {
  const spans = new Map([[graph.output, { first: pixel, last: pixel }]]);
  for (const node of [...graph.nodes].reverse()) {
    const span = spans.get(node.output);
    if (!span) continue;
    const read = ruleOf(node).reads(span, node.attributes);
    for (const id of node.inputs) {
      const before = spans.get(id) ?? read;
      const first = Math.min(before.first, read.first);
      spans.set(id, { first, last: Math.max(before.last, read.last) });
    }
  }
  return spans.get(graph.input)!;
}

const LONGEST_PERIOD = 10_000;

/** After how many output pixels all values are back at a whole pixel, so that everything repeats. */
function periodOf({ values, output }: Graph): number {
  const ratios = [...new Set(values.map(({ scale }) => scale / values[output]!.scale))];
  for (let period = 1; period <= LONGEST_PERIOD; period++) {
    if (ratios.every((ratio) => Math.abs(period * ratio - Math.round(period * ratio)) < ROUNDING)) return period;
  }
  throw new EsrganError(
    "internal",
    `The scales of the graph's values have no common period of up to ${LONGEST_PERIOD} pixels`,
  );
}
