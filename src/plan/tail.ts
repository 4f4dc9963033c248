// Owns the finding of a network's tail: the last nodes, which compute at more than the trunk's resolution and so take most
// memory. It may run piece by piece on windows of the trunk's results, and each piece is exact but for a halo. Pure.

import { type FusedGraph, type FusedNode, readsOf } from "../graph/fuse.js";
import type { ValueId } from "../graph/graph.js";
import { OP_RULES, type OpAttributes, type OpName } from "../graph/op-rules.js";
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
  const errors = new Map<ValueId, number>();
  for (const node of nodes.slice(first)) {
    const reads = readsOf(node);
    const isWhole = (ratio: number) => Number.isInteger(ratio);
    if (scaleOf(node.output) <= trunkScale || !reads.every((id) => isWhole(scaleOf(id) / trunkScale))) return undefined;
    const error = edgeError(node, errors);
    if (error === undefined) return undefined;
    errors.set(node.output, error);
  }
  const scale = scaleOf(graph.output) / trunkScale;
  const halo = Math.ceil(errors.get(graph.output)! / scale);
  return { values: new Set(errors.keys()), trunkScale, scale, halo };
}

/** How an axis of `length` input pixels is cut into windows: pixels of the trunk, each window with its halo. */
export function windowAxis({ trunkScale, halo }: Tail, length: number): AxisRequest {
  return { length: length * trunkScale, overlap: halo, multiple: 1, wraps: false };
}

/**
 * How many pixels at a window's edge are wrong in what `node` makes, given those of the tail's values before it; undefined
 * where it cannot run on windows. Values of the trunk are right beyond a window's edge too; in the tail there are zeros, as
 * if the picture ended there.
 */
function edgeError(node: FusedNode, errors: ReadonlyMap<ValueId, number>): number | undefined {
  const ofInputs = node.inputs.flatMap((id) => errors.get(id) ?? []);
  const readsTail = ofInputs.length > 0;
  const most = Math.max(0, ...ofInputs);
  if (node.op !== "conv2d") {
    if (!OP_RULES[node.op].runsInWindows) return undefined;
    return readsTail ? errorAfter(node.op, node.attributes, most) : 0;
  }
  if (readsTail && ofInputs.length < node.inputs.length) return undefined;
  // A window's edge is not the picture's, and it has no margin.
  if (node.padding === "replicate" || node.grow !== 0) return undefined;
  const upsampled = errorAfter("upsample-nearest", { factor: node.upsample }, most);
  const summed = readsTail ? errorAfter("conv2d", node, upsampled) : 0;
  const ofResiduals = node.residuals.map(({ value, upsample }) =>
    errorAfter("upsample-nearest", { factor: upsample }, errors.get(value) ?? 0),
  );
  return Math.max(errorAfter("pixel-shuffle", node.shuffle, summed), ...ofResiduals);
}

/** How many pixels at an edge are made of what lies beyond it or of the `error` pixels at the input's edge. */
function errorAfter<K extends OpName>(op: K, attributes: OpAttributes[K], error: number): number {
  const readsOfPixel = (at: number) => OP_RULES[op].reads({ first: at, last: at }, attributes);
  let count = 0;
  // Counted from the edge: on the left the pixels are 0, 1, ..., on the right -1, -2, ...
  while (readsOfPixel(count).first < error || readsOfPixel(-1 - count).last >= -error) count++;
  return count;
}
