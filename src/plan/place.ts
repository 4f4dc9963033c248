// Owns a network placed in memory for one size of tile: where each value lies as a range of a buffer, and the windows that its
// tail is computed in. Pure; which kernels compute the values is lower.ts.

import type { FusedGraph } from "../graph/fuse.js";
import type { ValueId } from "../graph/graph.js";
import type { KernelTensor } from "../ops/kernel.js";
import { BLOCK_CHANNELS, type Plane } from "../ops/plane.js";
import { BLOCK_BYTES, type Storage } from "../shaders/kernel.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";
import { type MemoryPlan, type Placement, planMemory } from "./memory-plan.js";
import { type PlannedBuffer, type PlannedRange, plannedBuffer } from "./runnable-plan.js";
import { findTail, type Tail, windowAxis } from "./tail.js";
import { type AxisTiles, cutAxis, type TileSpan } from "./tile-plan.js";

/** The size of a network's input, and into how many windows its tail is cut. Without a tail there is one. */
export interface TileShape {
  readonly width: number;
  readonly height: number;
  readonly windows?: { readonly columns: number; readonly rows: number };
}

/** A part of the result that is computed by itself: where its input starts in pixels of the trunk, and what is kept. */
export interface Window {
  readonly x: number;
  readonly y: number;
  /** Left, top, right, bottom in output pixels, from the window's first. */
  readonly kept: readonly [number, number, number, number];
}

export interface PlacedNetwork {
  readonly fused: FusedGraph;
  readonly storage: Storage;
  readonly memory: MemoryPlan;
  /** One buffer a slot. */
  readonly slots: readonly PlannedBuffer[];
  /** The index of the first slot's buffer. */
  readonly firstSlot: number;
  readonly tail: Tail | undefined;
  readonly windows: readonly Window[];
  /** The extent of the whole result. */
  readonly result: { readonly width: number; readonly height: number };
}

/** Places `fused` for a tile; `isPicture` says that the result is a picture and not a tensor, which alone has windows. */
export function* placeNetwork(
  fused: FusedGraph,
  shape: TileShape,
  storage: Storage,
  { isPicture, firstSlot = 0 }: { readonly isPicture: boolean; readonly firstSlot?: number },
): WorkInPieces<PlacedNetwork> {
  const { width, height } = shape;
  const cut = isPicture ? tailWindows(fused, shape) : undefined;
  const memory = yield* planMemory(fused, width, height, {
    storesElsewhere: isPicture && storesPixels(fused),
    tail: cut && { of: cut.tail, width: cut.columns.size, height: cut.rows.size },
  });
  const output = memory.values[fused.graph.output]!.shape;
  const scale = cut ? cut.tail.trunkScale * cut.tail.scale : 1;
  const result = cut
    ? { width: width * scale, height: height * scale }
    : { width: output.width, height: output.height };
  const windows = cut
    ? cut.rows.spans.flatMap((row) => cut.columns.spans.map((column) => windowOf(column, row, cut.tail.scale)))
    : [{ x: 0, y: 0, kept: [0, 0, output.width, output.height] as const }];
  const slots = memory.slots.map(({ plane, blocks }, index) =>
    plannedBuffer(`slot ${firstSlot + index}`, "activations", plane.size * blocks * BLOCK_BYTES[storage]),
  );
  return { fused, storage, memory, slots, firstSlot, tail: cut?.tail, windows, result };
}

/** Bytes of channel blocks of a plane. */
export function slotByteLength({ size }: Plane, blocks: number, storage: Storage): number {
  return size * blocks * BLOCK_BYTES[storage];
}

/** The windows of the tail along both axes, in pixels of the trunk, and the tail itself. */
export function tailWindows(
  fused: FusedGraph,
  { width, height, windows }: TileShape,
): { readonly tail: Tail; readonly columns: AxisTiles; readonly rows: AxisTiles } | undefined {
  const tail = findTail(fused);
  if (!tail) return undefined;
  const cut = (length: number, count: number) => cutAxis(windowAxis(tail, length), count);
  return {
    tail,
    columns: cut(width, windows?.columns ?? 1),
    rows: cut(height, windows?.rows ?? 1),
  };
}

/** Whether the last node can store its result as pixels: a convolution whose result is one block of channels. */
export function storesPixels({ graph, nodes }: FusedGraph): boolean {
  const last = nodes.at(-1);
  return (
    last?.op === "conv2d" && last.output === graph.output && graph.values[graph.output]!.channels <= BLOCK_CHANNELS
  );
}

/** The range of a value. */
export function rangeOfValue(placed: PlacedNetwork, id: ValueId): PlannedRange {
  return rangeOf(placed, placed.memory.placements.get(id)!);
}

export function rangeOf(
  { memory, storage, firstSlot }: Pick<PlacedNetwork, "memory" | "storage" | "firstSlot">,
  { slot, firstBlock, blocks }: Placement,
): PlannedRange {
  const planeBytes = slotByteLength(memory.slots[slot]!.plane, 1, storage);
  return {
    kind: "buffer",
    buffer: firstSlot + slot,
    offset: firstBlock * planeBytes,
    byteLength: blocks * planeBytes,
  };
}

/** A value as a kernel that writes `output` reads it: where both lie in one buffer, that is bound for writing. */
export function tensorOf({ memory }: PlacedNetwork, id: ValueId, output: ValueId): KernelTensor {
  const { values, placements } = memory;
  const { plane, shape } = values[id]!;
  const shared = placements.get(id)!.slot === placements.get(output)?.slot;
  return { plane, channels: shape.channels, access: shared ? "read_write" : "read" };
}

/** Values as placements, neighbours joined. */
export function runsOf({ memory }: PlacedNetwork, ids: readonly ValueId[]): Placement[] {
  const runs: Placement[] = [];
  for (const id of ids) {
    const next = memory.placements.get(id)!;
    const last = runs.at(-1);
    if (last && last.slot === next.slot && last.firstBlock + last.blocks === next.firstBlock) {
      runs[runs.length - 1] = { ...last, blocks: last.blocks + next.blocks };
    } else {
      runs.push(next);
    }
  }
  return runs;
}

/** Whether a value is computed window by window. */
export function isInTail({ memory }: PlacedNetwork, id: ValueId): boolean {
  return memory.values[id]!.isTail;
}

function windowOf(column: TileSpan, row: TileSpan, scale: number): Window {
  const kept = (span: TileSpan) => [(span.coreStart - span.start) * scale, (span.coreEnd - span.start) * scale];
  const [left, right] = kept(column) as [number, number];
  const [top, bottom] = kept(row) as [number, number];
  return { x: column.start, y: row.start, kept: [left, top, right, bottom] };
}
