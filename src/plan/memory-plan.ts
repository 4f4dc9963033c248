// Owns where values live: lifetimes, slots, and concatenation by placement. Pure; buffers are made by gpu/.
//
// A slot is one GPU buffer of channel blocks of one plane. Its border is zero when made and no kernel writes outside the
// picture, so a slot serves only values of that same plane: that keeps the border zero for as long as the slot lives. Where a
// convolution replicates the picture's edge, the one that makes its input writes the border too: such values have slots of their own.
// The tail's values and the trunk's never share a slot, since the tail may run many times, on one window after another.

import { EsrganError } from "../errors.js";
import { type FusedConv, type FusedGraph, type FusedNode, readsOf } from "../graph/fuse.js";
import { inferShapes, type Value, type ValueId } from "../graph/graph.js";
import { convBorder, MAX_SOURCES } from "../ops/conv2d.kernels.js";
import { channelBlocks, type Edge, type Plane, plane } from "../ops/plane.js";
import type { Shape } from "../ops/tensor.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";
import type { Tail } from "./tail.js";

/** Where a value lies: `blocks` channel blocks of slot `slot` from `firstBlock` on. */
export interface Placement {
  readonly slot: number;
  readonly firstBlock: number;
  readonly blocks: number;
}

export interface Slot {
  readonly plane: Plane;
  /** Of its values. */
  readonly margin: number;
  readonly blocks: number;
  readonly isTail: boolean;
}

/** A value of the plan: a tensor of the graph or a copy the planner needs. */
export interface PlannedValue {
  readonly name: string;
  /** As of a tensor of the graph. */
  readonly margin: number;
  readonly shape: Shape;
  readonly plane: Plane;
  readonly isTail: boolean;
}

export interface MemoryOptions {
  /** A tail that runs on windows, with their extent in pixels of the trunk. */
  readonly tail?: { readonly of: Tail; readonly width: number; readonly height: number } | undefined;
  /** Whether the last node stores its result elsewhere, so that the output takes no memory here. */
  readonly storesElsewhere?: boolean;
}

export interface MemoryPlan {
  readonly values: readonly PlannedValue[];
  /** The fused nodes, with copies put in where placement could not give a concatenation. */
  readonly nodes: readonly FusedNode[];
  readonly placements: ReadonlyMap<ValueId, Placement>;
  readonly slots: readonly Slot[];
}

/** Plans the memory of `fused` for an input of `width` x `height` pixels. */
export function* planMemory(
  fused: FusedGraph,
  width: number,
  height: number,
  { tail, storesElsewhere = false }: MemoryOptions = {},
): WorkInPieces<MemoryPlan> {
  const { graph } = fused;
  const shapes = inferShapes(graph, width, height);
  if (tail) {
    const { trunkScale, values } = tail.of;
    const windowed = inferShapes(graph, tail.width / trunkScale, tail.height / trunkScale);
    for (const id of values) shapes[id] = windowed[id]!;
  }
  yield;
  const named: Named[] = [...graph.values];
  const groups = groupConcatenations(fused);
  yield;
  const copied = withCopies(fused.nodes, groups, shapes, named);
  yield;
  const tailValues = new Set(tail?.of.values);
  for (const node of copied) if (readsOf(node).every((id) => tailValues.has(id))) tailValues.add(node.output);
  // A copy of the trunk's values that only the tail needs is made with the trunk, before any window.
  const isTail = (node: FusedNode) => tailValues.has(node.output);
  const nodes = [...copied.filter((node) => !isTail(node)), ...copied.filter(isTail)];
  const values = withPlanes(nodes, shapes, named, tailValues);
  yield;
  const kept = storesElsewhere ? undefined : graph.output;
  return { values, nodes, ...(yield* assignSlots(values, nodes, groups, graph.input, kept)) };
}

type Named = Pick<Value, "name" | "margin">;

/** Values that lie side by side, in order. */
type Groups = ReadonlyMap<ValueId, readonly ValueId[]>;

/**
 * Finds the values to lie side by side. The first input of a concatenation stays apart: in a dense block it is the block's
 * input, which others use beyond the block. Longest lists first, since the shorter ones are mostly their beginnings.
 */
function groupConcatenations({ nodes, graph }: FusedGraph): Groups {
  const groups = new Map<ValueId, readonly ValueId[]>();
  const producers = new Map(nodes.map((node) => [node.output, node]));
  const lists = nodes.filter((node): node is FusedConv => node.op === "conv2d" && node.inputs.length > 2);
  for (const { inputs } of [...lists].sort((a, b) => b.inputs.length - a.inputs.length)) {
    const tail = inputs.slice(1).filter((id) => id !== graph.input && !readsTwice(producers.get(id)!, inputs));
    const fresh = tail.every((id) => !groups.has(id)) && new Set(tail).size === tail.length;
    if (fresh && tail.length > 1) for (const id of tail) groups.set(id, tail);
  }
  return groups;
}

/**
 * Whether a node reads one of `values` by two bindings. Placed beside it, its output would make both writable, and writable
 * bindings may not overlap.
 */
function readsTwice(node: FusedNode, values: readonly ValueId[]): boolean {
  const reads = readsOf(node).filter((id) => values.includes(id));
  return new Set(reads).size !== reads.length;
}

/** The inputs of a convolution as runs of values that lie side by side. */
export function sourceRuns(inputs: readonly ValueId[], groups: Groups): ValueId[][] {
  const runs: ValueId[][] = [];
  for (const id of inputs) {
    const run = runs.at(-1);
    const group = groups.get(id);
    const follows = run && group && group.indexOf(run.at(-1)!) === group.indexOf(id) - 1 && group.includes(run.at(-1)!);
    if (follows) run.push(id);
    else runs.push([id]);
  }
  return runs;
}

function withCopies(nodes: readonly FusedNode[], groups: Groups, shapes: Shape[], named: Named[]): FusedNode[] {
  return nodes.flatMap((node): FusedNode[] => {
    if (node.op !== "conv2d" || sourceRuns(node.inputs, groups).length <= MAX_SOURCES) return [node];
    const channels = node.inputs.reduce((sum, id) => sum + shapes[id]!.channels, 0);
    const copy = shapes.push({ ...shapes[node.inputs[0]!]!, channels }) - 1;
    named[copy] = { ...named[node.inputs[0]!]!, name: `${node.name}.copy` };
    return [
      { op: "concat-channels", name: `${node.name}.copy`, inputs: node.inputs, output: copy, attributes: {} },
      { ...node, inputs: [copy] },
    ];
  });
}

/** Planes whose border is as wide as the widest that a consumer needs, the same for all values of a size, and holds what the value's consumers want. */
function withPlanes(
  nodes: readonly FusedNode[],
  shapes: readonly Shape[],
  named: readonly Named[],
  tailValues: ReadonlySet<ValueId>,
): PlannedValue[] {
  const border = new Map<string, number>();
  const size = ({ width, height }: Shape) => `${width}x${height}`;
  for (const node of nodes) {
    if (node.op !== "conv2d") continue;
    const key = size(shapes[node.inputs[0]!]!);
    border.set(key, Math.max(border.get(key) ?? 0, convBorder(node.weight.shape[2]!, node.upsample, node.grow)));
  }
  const edges = edgesOf(nodes, named);
  return shapes.map((shape, id) => ({
    name: named[id]!.name,
    margin: named[id]!.margin,
    shape,
    plane: plane(shape.width, shape.height, border.get(size(shape)) ?? 0, edges.get(id)),
    isTail: tailValues.has(id),
  }));
}

/** What lies beyond the edge of the values that a convolution reads beyond it. */
function edgesOf(nodes: readonly FusedNode[], named: readonly Named[]): ReadonlyMap<ValueId, Edge> {
  const edges = new Map<ValueId, Edge>();
  for (const node of nodes) {
    if (node.op !== "conv2d" || (node.weight.shape[2]! - 1) / 2 + node.grow === 0) continue;
    for (const id of node.inputs) {
      if ((edges.get(id) ?? node.padding) !== node.padding) {
        throw new EsrganError(
          "internal",
          `${named[id]!.name} is read with zeros beyond its edge and with its edge replicated`,
        );
      }
      edges.set(id, node.padding);
    }
  }
  return edges;
}

/** Gives each group of values, in order of first use, the smallest free slot of its plane, or a new one. */
function* assignSlots(
  values: readonly PlannedValue[],
  nodes: readonly FusedNode[],
  groups: Groups,
  input: ValueId,
  output: ValueId | undefined,
): WorkInPieces<Pick<MemoryPlan, "placements" | "slots">> {
  const lastUse = new Map<ValueId, number>();
  if (output !== undefined) lastUse.set(output, nodes.length);
  nodes.forEach((node, index) => {
    for (const id of readsOf(node)) lastUse.set(id, Math.max(lastUse.get(id) ?? 0, index));
  });
  const members = (id: ValueId) => groups.get(id) ?? [id];
  const blocksOf = (id: ValueId) => channelBlocks(values[id]!.shape.channels);
  const slots: (Slot & { freeFrom: number })[] = [];
  const placements = new Map<ValueId, Placement>();

  const place = (id: ValueId, index: number) => {
    if (placements.has(id)) return;
    const group = members(id);
    const blocks = group.reduce((sum, member) => sum + blocksOf(member), 0);
    const { plane, margin, isTail } = values[id]!;
    const isFree = (slot: (typeof slots)[number]) =>
      slot.isTail === isTail &&
      slot.margin === margin &&
      slot.freeFrom < index &&
      slot.blocks >= blocks &&
      samePlane(slot.plane, plane);
    let free: number | undefined;
    for (const [at, each] of slots.entries()) {
      if (isFree(each) && (free === undefined || each.blocks < slots[free]!.blocks)) free = at;
    }
    const slot = free ?? slots.push({ plane, margin, blocks, isTail, freeFrom: -1 }) - 1;
    slots[slot]!.freeFrom = Math.max(...group.map((member) => lastUse.get(member) ?? index));
    let firstBlock = 0;
    for (const member of group) {
      placements.set(member, { slot, firstBlock, blocks: blocksOf(member) });
      firstBlock += blocksOf(member);
    }
  };
  place(input, -1);
  for (const [index, node] of nodes.entries()) {
    for (const id of readsOf(node)) {
      if (!placements.has(id))
        throw new EsrganError("internal", `${node.name} reads ${values[id]!.name} before it is made`);
    }
    if (output !== undefined || index < nodes.length - 1) place(node.output, index);
    yield;
  }
  return { placements, slots: slots.map(({ freeFrom: _, ...slot }) => slot) };
}

function samePlane(a: Plane, b: Plane): boolean {
  return a.width === b.width && a.height === b.height && a.pad === b.pad && a.edge === b.edge;
}
