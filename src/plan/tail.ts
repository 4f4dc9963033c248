// Owns the finding of a network's tail: the last nodes, which compute at more than the trunk's resolution and so take most
// memory. It may run piece by piece on windows of the trunk's results, and each piece is exact but for a halo. Pure.

import { type FusedGraph, type FusedNode, readsOf } from "../graph/fuse.js";
import type { ValueId } from "../graph/graph.js";
import type { AxisRequest } from "./tile-plan.js";

export interface Tail {
  /** What the tail computes. Everything else is the trunk. */
  readonly values: ReadonlySet<ValueId>;
  /** Pixels of the trunk for each pixel of the network's input. */
  readonly trunkScale: number;
  /** Output pixels for each pixel of the trunk. */
  readonly scale: number;
  /** Pixels of the trunk that a window needs around its core. */
  readonly halo: number;
}

/** The tail of `fused`, or undefined where it has none that can run on windows. */
export function findTail(fused: FusedGraph): Tail | undefined {
  const { graph, nodes } = fused;
  const scaleOf = (id: ValueId) => graph.values[id]!.scale;
  const first = nodes.findIndex((node) => scaleOf(node.output) > scaleOf(node.inputs[0]!));
  if (first < 0) return undefined;
  const trunkScale = scaleOf(nodes[first]!.inputs[0]!);
  /** How many pixels at a window's edge are wrong, for each value of the tail. */
  const wrong = new Map<ValueId, number>();
  for (const node of nodes.slice(first)) {
    const reads = readsOf(node);
    const isWhole = (ratio: number) => Number.isInteger(ratio);
    if (scaleOf(node.output) <= trunkScale || !reads.every((id) => isWhole(scaleOf(id) / trunkScale))) return undefined;
    const edge = wrongAtEdge(node, wrong);
    if (edge === undefined) return undefined;
    wrong.set(node.output, edge);
  }
  const scale = scaleOf(graph.output) / trunkScale;
  const halo = Math.ceil(wrong.get(graph.output)! / scale);
  return { values: new Set(wrong.keys()), trunkScale, scale, halo };
}

/** How an axis of `length` input pixels is cut into windows: pixels of the trunk, each window with its halo. */
export function windowAxis({ trunkScale, halo }: Tail, length: number): AxisRequest {
  return { length: length * trunkScale, overlap: halo, multiple: 1, wraps: false };
}

/** Values of the trunk are right beyond a window's edge too; in the tail there are zeros, as if the picture ended there. */
function wrongAtEdge(node: FusedNode, wrong: ReadonlyMap<ValueId, number>): number | undefined {
  const most = (ids: readonly ValueId[]) => Math.max(...ids.map((id) => wrong.get(id) ?? 0));
  switch (node.op) {
    case "conv2d": {
      const tailInputs = node.inputs.filter((id) => wrong.has(id)).length;
      if (tailInputs !== 0 && tailInputs !== node.inputs.length) return undefined;
      const reach = tailInputs === 0 ? 0 : most(node.inputs) * node.upsample + (node.weight.shape[2]! - 1) / 2;
      const residuals = node.residuals.map(({ value, upsample }) => (wrong.get(value) ?? 0) * upsample);
      return Math.max(reach * node.shuffle.factor, ...residuals);
    }
    case "leaky-relu":
    case "prelu":
    case "scaled-add":
    case "concat-channels":
      return most(node.inputs);
    case "pixel-shuffle":
    case "upsample-nearest":
      return most(node.inputs) * node.attributes.factor;
    default:
      return undefined;
  }
}
