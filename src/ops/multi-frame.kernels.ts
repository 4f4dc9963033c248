// Owns how the merging of frames becomes dispatches, and the table of taps that its kernels read.

import type { KernelBinding, KernelSource } from "../shaders/kernel.js";
import {
  axisWgsl,
  backProjectedWgsl,
  bilateralWgsl,
  descentWgsl,
  differencesWgsl,
  huberWgsl,
  packLevelsWgsl,
  projectedWgsl,
  sampleWgsl,
  shiftAndAddWgsl,
  slabWgsl,
  spreadBackWgsl,
  squaredWgsl,
} from "../shaders/multi-frame.wgsl.js";
import { cover, type KernelArgument, type KernelCall, kernelCall } from "./kernel.js";
import type { AxisTaps } from "./observation.js";
import type { Pixels } from "./pixels.js";
import type { Plane } from "./plane.js";

/** What is merged: `frames` of one kind, into a picture `scale` times as large. */
export interface MergeShape extends Omit<Pixels, "data"> {
  readonly frames: number;
  readonly scale: number;
  /** Taps of an axis. */
  readonly taps: number;
}

/** Frames that a dispatch works on. */
export interface FrameRange {
  readonly first: number;
  readonly count: number;
}

/** How one step of a descent is computed from the differences spread back. */
export type Descent =
  | { readonly kind: "back-projection"; readonly step: number }
  | { readonly kind: "btv"; readonly step: number; readonly prior: BilateralPrior }
  | { readonly kind: "huber"; readonly step: number; readonly prior: HuberPrior }
  | { readonly kind: "pocs" };

/** Bilateral total variation: the weight, how it decays with the distance, how far it looks, and what a soft sign is soft over, in levels. */
export interface BilateralPrior {
  readonly weight: number;
  readonly decay: number;
  readonly reach: number;
  readonly softness: number;
}

/** Squares up to a threshold in levels, linear beyond. */
export interface HuberPrior {
  readonly weight: number;
  readonly threshold: number;
}

export const GROUP = [16, 4] as const;

const WORDS_BEFORE_WEIGHTS = 4;

/** Words of a frame's axis in the table. */
export function axisWords(taps: number): number {
  return WORDS_BEFORE_WEIGHTS + 2 * taps + 1;
}

/** Words of the table that the kernels read. */
export function tableWords({ frames, taps, width, height }: MergeShape): number {
  return frames * (2 * axisWords(taps) + width + height);
}

/** What a frame sees, and the place of its sample 0 in the larger picture. */
export interface FrameView {
  readonly columns: AxisTaps;
  readonly rows: AxisTaps;
  readonly place: { readonly x: number; readonly y: number };
}

/** The table: taps of all axes, then the norms that POCS divides by. */
export function packTables(shape: MergeShape, views: readonly FrameView[]): Float32Array<ArrayBuffer> {
  const table = new Float32Array(tableWords(shape));
  let at = 0;
  const put = ({ origin, from, to, weights }: AxisTaps, place: number) => {
    table.set([origin, from, to, place], at);
    table.set(weights, at + WORDS_BEFORE_WEIGHTS);
    let sum = 0;
    weights.forEach((weight, tap) => {
      sum += weight;
      table[at + WORDS_BEFORE_WEIGHTS + shape.taps + 1 + tap] = sum;
    });
    at += axisWords(shape.taps);
  };
  for (const { columns, rows, place } of views) {
    put(columns, place.x);
    put(rows, place.y);
  }
  const { scale, width, height } = shape;
  for (const { columns, rows } of views) {
    table.set(inverseNorms(columns, width, scale), at);
    table.set(inverseNorms(rows, height, scale), at + width);
    at += width + height;
  }
  return table;
}

/** 1 / the sum of squares of what each sample weighs the places with; taps beyond an edge weigh the edge's place together. */
function inverseNorms({ origin, weights }: AxisTaps, size: number, scale: number): Float64Array {
  const last = size * scale - 1;
  const norms = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const byPlace = new Map<number, number>();
    weights.forEach((weight, tap) => {
      const place = Math.min(Math.max(scale * i + origin + tap, 0), last);
      byPlace.set(place, (byPlace.get(place) ?? 0) + weight);
    });
    norms[i] = 1 / [...byPlace.values()].reduce((sum, weight) => sum + weight * weight, 0);
  }
  return norms;
}

/** Values of the larger picture. */
export function pictureValues({ width, height, channels, scale }: MergeShape): number {
  return width * height * channels * scale * scale;
}

/** Values of so many frames. */
export function frameValues({ width, height, channels }: MergeShape, frames: number): number {
  return width * height * channels * frames;
}

export type Bound = readonly [KernelBinding, KernelArgument];

export const TABLES: Bound = [{ name: "tables", access: "read", type: "array<f32>" }, { kind: "tables" }];
const FRAMES: Bound = [{ name: "frames", access: "read", type: "array<u32>" }, { kind: "picture-in" }];

export function reads(name: string, index: number): Bound {
  return [
    { name, access: "read", type: "array<f32>" },
    { kind: "input", index },
  ];
}

export function writes(name: string, type: "array<f32>" | "array<u32>"): Bound {
  return [{ name, access: "read_write", type }, { kind: "output" }];
}

interface MergeKernel {
  readonly variant: string;
  readonly bind: readonly Bound[];
  readonly text: readonly string[];
  readonly constants?: KernelSource["constants"];
  readonly range: FrameRange;
  /** The f32 that the kernel names. */
  readonly value?: number;
  readonly workgroups: readonly [number, number, number];
}

/** A kernel of a merge. Its output is the larger picture, its first input a frame. */
export function mergeCall(shape: MergeShape, kernel: MergeKernel): KernelCall {
  const { width, height, channels, bits, scale, taps, frames } = shape;
  const { range, value = 0, constants = {} } = kernel;
  const norms = frames * 2 * axisWords(taps);
  return kernelCall({
    ...kernel,
    storage: "f32",
    constants: {
      SCALE: { u32: scale },
      CHANNELS: { u32: channels },
      BITS: { u32: bits },
      TAPS: { u32: taps },
      AXIS_WORDS: { u32: axisWords(taps) },
      ...constants,
    },
    planes: [
      { plane: flatPlane(width * scale, height * scale), aux: [range.first, range.count, floatBits(value)] },
      { plane: flatPlane(width, height), aux: [norms] },
    ],
  });
}

function flatPlane(width: number, height: number): Plane {
  return { width, height, pad: 0, edge: "zeros", pitch: width, size: width * height, origin: 0 };
}

function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/** How many standard deviations away samples are left out of a normalised convolution. */
const NEAR = 5;

/** Shift and add: the frames' samples on the larger picture's places, by a Gaussian `sigma` places wide. Writes the picture. */
export function shiftAndAddCall(shape: MergeShape, sigma: number): KernelCall {
  const { width, height, channels, scale, frames } = shape;
  return mergeCall(shape, {
    variant: "shift-and-add",
    bind: [TABLES, FRAMES, writes("dst", "array<f32>")],
    text: [axisWgsl, sampleWgsl, shiftAndAddWgsl],
    constants: { NEAR: { f32: Math.max(scale, NEAR * sigma) } },
    range: { first: 0, count: frames },
    value: sigma,
    workgroups: cover(width * scale, height * scale, channels, ...GROUP),
  });
}

/** What the frames of a range show and the picture (input 0) does not: for POCS only what is beyond `slack` levels, over the norms. */
export function differencesCall(shape: MergeShape, range: FrameRange, slack?: number): KernelCall {
  const { width, height, channels } = shape;
  return mergeCall(shape, {
    variant: slack === undefined ? "differences" : "slab-differences",
    bind: [TABLES, FRAMES, reads("estimate", 0), writes("differences", "array<f32>")],
    text: [axisWgsl, sampleWgsl, slack === undefined ? squaredWgsl : slabWgsl, differencesWgsl],
    constants: slack === undefined ? {} : { SLACK: { f32: slack } },
    range,
    workgroups: cover(width, height, channels * range.count, ...GROUP),
  });
}

/** Takes a step from the picture (input 0) by the differences (input 1) of a range. Writes the next picture. */
export function descentCall(shape: MergeShape, range: FrameRange, descent: Descent): KernelCall {
  const { width, height, channels, scale } = shape;
  return mergeCall(shape, {
    variant: descent.kind,
    bind: [TABLES, reads("estimate", 0), reads("differences", 1), writes("dst", "array<f32>")],
    text: [axisWgsl, spreadBackWgsl, MOVES[descent.kind], descentWgsl],
    constants: priorConstants(descent),
    range,
    value: descent.kind === "pocs" ? 1 : descent.step,
    workgroups: cover(width * scale, height * scale, channels, ...GROUP),
  });
}

const MOVES: { readonly [K in Descent["kind"]]: string } = {
  "back-projection": backProjectedWgsl,
  btv: bilateralWgsl,
  huber: huberWgsl,
  pocs: projectedWgsl,
};

function priorConstants(descent: Descent): KernelSource["constants"] {
  if (descent.kind === "btv") {
    const { weight, decay, reach, softness } = descent.prior;
    return { WEIGHT: { f32: weight }, DECAY: { f32: decay }, REACH: { u32: reach }, SOFTNESS: { f32: softness } };
  }
  if (descent.kind === "huber") {
    return { WEIGHT: { f32: descent.prior.weight }, THRESHOLD: { f32: descent.prior.threshold } };
  }
  return {};
}

/** Bytes of interleaved rows of so many values, in whole words. */
export function packedBytes(values: number, bits: Pixels["bits"]): number {
  return Math.ceil((values * bits) / 32) * 4;
}

// So few workgroups along an axis that every device allows them.
const PACK_GROUP = 64;
const PACK_ROW_WORDS = PACK_GROUP * 1024;

/** Brings the picture (input 0) to interleaved rows of its bits. */
export function packLevelsCall(shape: MergeShape): KernelCall {
  const words = packedBytes(pictureValues(shape), shape.bits) / 4;
  const across = Math.ceil(Math.min(words, PACK_ROW_WORDS) / PACK_GROUP);
  return mergeCall(shape, {
    variant: "pack-levels",
    bind: [reads("estimate", 0), writes("dst", "array<u32>")],
    text: [packLevelsWgsl],
    constants: { ROW_WORDS: { u32: PACK_ROW_WORDS } },
    range: { first: 0, count: shape.frames },
    workgroups: [across, Math.ceil(words / PACK_ROW_WORDS), 1],
  });
}
