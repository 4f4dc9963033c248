// Owns how large tiles are: the least work that a memory budget and the device's limits allow. Pure arithmetic on the sizes
// of a network's buffers; how a length is cut is tile-plan.ts, what runs in a tile execution-plan.ts.

import { EsrganError } from "../errors.js";
import type { FusedGraph } from "../graph/fuse.js";
import type { SourceForm } from "../ops/picture.kernels.js";
import type { StepBits } from "../ops/pixels.js";
import { plane as planeOf } from "../ops/plane.js";
import type { Storage } from "../shaders/kernel.js";
import type { WorkInPieces } from "../weights/event-loop-yield.js";
import type { DeviceCapabilities } from "./capabilities.js";
import { planMemory } from "./memory-plan.js";
import { pictureBuffers, type TargetChoice, targetOf } from "./picture-buffers.js";
import { slotByteLength, storesPixels, tailWindows } from "./place.js";
import { UNIFORM_ALIGN } from "./runnable-plan.js";
import { type Tail, windowAxis } from "./tail.js";
import { type AxisRequest, type AxisTiles, countBySize, cutAxis, measureCut, smallestTile } from "./tile-plan.js";

export interface TileRequest {
  /** The picture. */
  readonly width: number;
  readonly height: number;
  /** Sizes that the network takes are multiples of it. */
  readonly multiple: number;
  readonly overlap: number;
  readonly wraps: boolean;
  /** The largest side of a tile, where the caller said one. */
  readonly size?: number | undefined;
  /** For the buffers of a tile. */
  readonly budget: number;
  readonly storage: Storage;
  /** Bits of a tile's result before it is stored. */
  readonly bits: StepBits;
  readonly source: SourceForm;
  /** The source lies on the GPU as a whole. */
  readonly isGiven: boolean;
  readonly target: TargetChoice;
  /** Whether the uniforms of all tiles are there at once. */
  readonly allRegions: boolean;
  readonly device: DeviceCapabilities;
}

/** Tiles of one size, and into how many windows each cuts its tail. */
export interface TileChoice {
  readonly overlap: number;
  readonly columns: AxisTiles;
  readonly rows: AxisTiles;
  readonly windows: { readonly columns: number; readonly rows: number };
}

/** The largest sides of a tail's windows that are tried, in pixels of the trunk. */
const WINDOW_SIDES = [Number.POSITIVE_INFINITY, 512, 384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 5];

/**
 * Chooses the tiles and windows that cost least.
 * @throws EsrganError "bad-input" where not even the smallest tile, or none of the asked size, fits the budget;
 *   "unsupported-device" where it is the device's limits that none fits
 */
export function* chooseTiles(network: NetworkSizes, request: TileRequest): WorkInPieces<TileChoice> {
  const costs = new TileCosts(network, request);
  const axis = (length: number): AxisRequest => ({ ...request, length });
  const [across, down] = [axis(request.width), axis(request.height)];
  let best: { columns: number; rows: number; windows: Windows; cost: number } | undefined;
  const consider = (columns: Cut, rows: Cut, side: number): boolean => {
    const windows = costs.fits(columns, rows, side);
    if (!windows) return false;
    const cost = costs.work(columns.size, rows.size, windows) * columns.count * rows.count;
    if (!best || cost < best.cost) best = { columns: columns.count, rows: rows.count, windows, cost };
    return true;
  };
  const { size } = request;
  const cutAcross = size === undefined ? cuts(across) : [measureCut(across, countBySize(across, size))];
  const cutDown = size === undefined ? cuts(down) : [measureCut(down, countBySize(down, size))];
  for (const side of WINDOW_SIDES) {
    for (const columns of cutAcross) {
      // As few rows of tiles as fit.
      const rows = firstThat(cutDown, (each) => costs.fits(columns, each, side) !== undefined);
      yield;
      if (rows && consider(columns, rows, side) && rows.count === 1) break;
    }
    // Smaller windows save memory and cost work: none is needed once nothing had to be cut.
    if (best && best.columns * best.rows === 1) break;
  }
  if (!best) throw tooLarge(costs, request, across, down);
  const { overlap } = request;
  return { overlap, columns: cutAxis(across, best.columns), rows: cutAxis(down, best.rows), windows: best.windows };
}

type Cut = ReturnType<typeof measureCut>;

/** Ways to cut an axis, fewest tiles first, at first each number and then ever larger steps. */
function cuts(axis: AxisRequest): Cut[] {
  const found: Cut[] = [];
  for (let count = 1; ; count = Math.max(count + 1, Math.floor(count * 1.1))) {
    const cut = measureCut(axis, count);
    if (cut.count === found.at(-1)?.count) return found;
    found.push(cut);
  }
}

/** The first of `sorted` that passes, where all behind one that passes do. */
function firstThat<T>(sorted: readonly T[], passes: (each: T) => boolean): T | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return sorted[low];
}

type Windows = TileChoice["windows"];

/** A buffer of activations as it grows with the tile: pixels for each of the tile's, or of the window's in the trunk's pixels. */
interface SlotForm {
  readonly isTail: boolean;
  readonly scale: number;
  readonly margin: number;
  readonly pad: number;
  readonly blocks: number;
}

/** What tiles of a network are made of, whatever their size. */
export interface NetworkSizes {
  readonly slots: readonly SlotForm[];
  readonly tail: Tail | undefined;
  readonly resultScale: number;
  /** Multiply-accumulates for each pixel of the network's input. */
  readonly trunkFlops: number;
  readonly tailFlops: number;
  readonly nodeCount: number;
}

/** @param multiple sizes that the network takes are multiples of it */
export function* networkSizes(fused: FusedGraph, multiple: number): WorkInPieces<NetworkSizes> {
  // The form of the slots is the same at every size, so any will do.
  const length = 16 * multiple;
  const cut = tailWindows(fused, { width: length, height: length });
  const memory = yield* planMemory(fused, length, length, {
    storesElsewhere: storesPixels(fused),
    tail: cut && { of: cut.tail, width: cut.columns.size, height: cut.rows.size },
  });
  const slots = memory.slots.map(({ plane, margin, blocks, isTail }) => ({
    isTail,
    scale: (plane.width - 2 * margin) / (isTail ? cut!.columns.size : length),
    margin,
    pad: plane.pad,
    blocks,
  }));
  const { values, output } = fused.graph;
  const flops = (isTail: boolean) =>
    fused.nodes.reduce((sum, node) => {
      if (node.op !== "conv2d" || Boolean(cut?.tail.values.has(node.output)) !== isTail) return sum;
      const weights = node.weight.shape.reduce((product, n) => product * n, 1);
      return sum + weights * (values[node.output]!.scale / node.shuffle.factor) ** 2;
    }, 0);
  return {
    slots,
    tail: cut?.tail,
    resultScale: values[output]!.scale,
    trunkFlops: flops(false),
    tailFlops: flops(true),
    nodeCount: fused.nodes.length,
  };
}

/** What a tile of some size takes. */
class TileCosts {
  constructor(
    private readonly network: NetworkSizes,
    private readonly request: TileRequest,
  ) {}

  /** The windows, of at most `side`, with which a tile fits budget and limits. */
  fits(columns: Cut, rows: Cut, side: number): Windows | undefined {
    const { device, budget } = this.request;
    const windows = this.#windowsOf(columns.size, rows.size, side);
    const sizes = this.#bufferSizes(columns.size, rows.size, windows, this.#regions(columns, rows));
    const most = Math.min(device.maxBufferSize, device.maxStorageBufferBindingSize);
    return sizes.every((size) => size <= most) && sum(sizes) <= budget ? windows : undefined;
  }

  /** The fewest bytes that all buffers of a tile but the weights can take. */
  leastBytes(columns: Cut, rows: Cut): number {
    const [width, height] = [columns.size, rows.size];
    const regions = this.#regions(columns, rows);
    const each = WINDOW_SIDES.map((side) =>
      this.#bufferSizes(width, height, this.#windowsOf(width, height, side), regions),
    );
    return Math.min(...each.map(sum));
  }

  /** Uniforms of regions that are there at once. */
  #regions(columns: Cut, rows: Cut): number {
    return this.request.allRegions ? columns.count * rows.count : 1;
  }

  #windowsOf(width: number, height: number, side: number): Windows {
    const tail = this.network.tail;
    if (!tail) return { columns: 1, rows: 1 };
    const count = (length: number) => {
      const axis = windowAxis(tail, length);
      return measureCut(axis, countBySize(axis, Math.max(side, smallestTile(axis)))).count;
    };
    return { columns: count(width), rows: count(height) };
  }

  /** Multiply-accumulates of a tile. */
  work(width: number, height: number, windows: Windows): number {
    const area = this.#windowSize(width, windows.columns) * this.#windowSize(height, windows.rows);
    const tailArea = area * windows.columns * windows.rows;
    const tailScale = this.network.tail?.trunkScale ?? 1;
    return width * height * this.network.trunkFlops + (tailArea / tailScale ** 2) * this.network.tailFlops;
  }

  /** Pixels of the trunk that a window spans. */
  #windowSize(length: number, count: number): number {
    return this.network.tail ? measureCut(windowAxis(this.network.tail, length), count).size : length;
  }

  #bufferSizes(width: number, height: number, windows: Windows, regions: number): number[] {
    const { bits, source, isGiven, target, wraps } = this.request;
    // Self-ensemble has tiles on their side too, in buffers of their own.
    const isTurned = target.isMean && width !== height;
    const slots = [
      ...this.#slotSizes(width, height, windows),
      ...(isTurned ? this.#slotSizes(height, width, { columns: windows.rows, rows: windows.columns }) : []),
    ];
    const scale = this.network.resultScale;
    // A tile keeps no more than the picture has.
    const most = (size: number, length: number) => (wraps ? size : Math.min(size, length)) * scale;
    const kept = { width: most(width, this.request.width), height: most(height, this.request.height) };
    const ends = pictureBuffers({
      source,
      uploaded: isGiven ? undefined : { width, height },
      result: { width: width * scale, height: height * scale, bits },
      target: targetOf(target, kept),
      regions,
    });
    return [
      ...slots,
      ...ends.map(({ byteLength }) => byteLength),
      this.#kernelCount(windows, isTurned) * UNIFORM_ALIGN,
    ];
  }

  #slotSizes(width: number, height: number, windows: Windows): number[] {
    const window = [this.#windowSize(width, windows.columns), this.#windowSize(height, windows.rows)] as const;
    return this.network.slots.map(({ isTail, scale, margin, pad, blocks }) => {
      const [w, h] = isTail ? window : [width, height];
      return slotByteLength(planeOf(w * scale + 2 * margin, h * scale + 2 * margin, pad), blocks, this.request.storage);
    });
  }

  /** Kernels that have a uniform of their own, at most: conversion, trunk, and the tail and its conversion for each window. */
  #kernelCount(windows: Windows, isTurned: boolean): number {
    const tailNodes = this.network.tail?.values.size ?? 0;
    const ofOne = 1 + this.network.nodeCount + (tailNodes + 1) * windows.columns * windows.rows;
    return isTurned ? 2 * ofOne : ofOne;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function tooLarge(costs: TileCosts, request: TileRequest, across: AxisRequest, down: AxisRequest): EsrganError {
  const { size, budget } = request;
  const least = (axis: AxisRequest) => measureCut(axis, countBySize(axis, size ?? smallestTile(axis)));
  const [columns, rows] = [least(across), least(down)];
  const sides = [columns.size, rows.size] as const;
  const bytes = costs.leastBytes(columns, rows);
  const what = `${size === undefined ? "The smallest" : "A"} tile of ${sides[0]}x${sides[1]} pixels needs ${bytes} bytes beside the weights`;
  if (bytes > budget) {
    return new EsrganError("bad-input", `${what}, the memory budget leaves ${Math.max(budget, 0)}`);
  }
  return new EsrganError("unsupported-device", `${what}, in buffers that pass this device's limits`);
}
