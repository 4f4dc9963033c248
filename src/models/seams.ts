// Owns how much the edges of tiles show at most: what is promised of the models that were measured, and how far tiles of others overlap.
// `npm run bench -- seams` measures; docs/tiles.md has what it found.

import { reachOf } from "../graph/reach.js";
import type { Parameter } from "../ops/op.js";
import type { Network } from "./network.js";

/** Pixels of overlap, and the levels of 255 by which tiles with that much, or with less than in the next, differ at most from one piece. */
type Levels = readonly (readonly [overlap: number, levels: number])[];

interface Measured {
  /** The last convolution's bias begins with it: what was measured of these weights says little of others. */
  readonly bias: readonly number[];
  readonly levels: Levels;
}

// One and a half times the worst picture at 8 pixels less: pictures that nobody measured may be worse than those that were.
const GENERAL_X4V3: Measured = {
  bias: [-0.014595, -0.046906, 0.00457],
  levels: [
    [8, 255],
    [16, 231],
    [24, 32],
    [32, 4],
  ],
};

const ANIME_6B: Measured = {
  bias: [0.015236, 0.012144, 0.017623],
  levels: [
    [8, 255],
    [48, 185],
    [56, 63],
    [64, 8],
    [72, 1],
  ],
};

// Three pictures, none of noise: with a level more, and nothing less than all for less overlap.
const X4PLUS: Measured = {
  bias: [0.038132, 0.035017, 0.025707],
  levels: [
    [8, 255],
    [96, 2],
  ],
};

/** Tiles overlap by as much as the network looks where that is no more, and are exact. */
const AFFORDABLE_REACH = 40;

/** What an overlap must promise to be the default. */
const DEFAULT_LEVELS = 2;

/** Pixels of overlap: as many as the network looks, or as hide seams where those are less. */
export function defaultOverlap(network: Network): number {
  const reach = reachOf(network.graph);
  if (reach <= AFFORDABLE_REACH) return reach;
  const enough = likeOf(network)?.levels.find(([, levels]) => levels <= DEFAULT_LEVELS);
  return enough ? Math.min(reach, enough[0] * network.multiple) : reach;
}

const MOST_LEVELS = 255;

/** Tiles may get other kernels than the whole picture, whose sums are rounded otherwise: now and then a value comes out a level off. */
const ROUNDING_LEVELS = 1;

/** What is seen of an edge from afar, however little, may round a half the other way in every layer. */
const LEVELS_OF_HALVES = 1;

/**
 * The levels of 255 by which tiles differ from one piece at most, with values stored as `precision`; undefined where that was not measured: of
 * other weights, and of less overlap.
 */
export function seamLevels(network: Network, overlap: number, precision: "f32" | "f16"): number | undefined {
  if (isExact(network, overlap)) return ROUNDING_LEVELS;
  const like = likeOf(network);
  if (!like || !hasBias(network, like.bias)) return undefined;
  const levels = like.levels.filter(([each]) => each * network.multiple <= overlap).at(-1)?.[1];
  return levels && Math.min(precision === "f16" ? levels + LEVELS_OF_HALVES : levels, MOST_LEVELS);
}

/** Whether tiles see all that the whole picture would show them. */
export function isExact({ graph }: Network, overlap: number): boolean {
  return overlap >= reachOf(graph);
}

/** Of the measured models the one that looks alike: more blocks look further. */
function likeOf({ architecture, blocks }: Network): Measured | undefined {
  if (architecture === "compact") return GENERAL_X4V3;
  if (architecture === "rrdbnet" || architecture === "rrdn") return blocks <= 6 ? ANIME_6B : X4PLUS;
  return undefined;
}

/** As rounding to f16 keeps it. */
const BIAS_TOLERANCE = 1e-4;

function hasBias({ graph }: Network, bias: readonly number[]): boolean {
  let last: Parameter | undefined;
  for (const node of graph.nodes) if (node.op === "conv2d") last = node.attributes.bias;
  const found = last?.floats();
  return found !== undefined && bias.every((value, at) => Math.abs(found[at]! - value) < BIAS_TOLERANCE);
}
