// Owns how many bytes the invocations of a convolution kernel load and store: counted from the loops of its text, not measured.
// These are what passes between registers and caches; caches may merge much of it on the way to memory.

import { BLOCK_BYTES, type Storage } from "../shaders/kernel.js";
import type { WeightSpace } from "./conv2d-variants/variant.js";
import { resultPixelBytes, type StepBits } from "./pixels.js";

/**
 * What the loops of one invocation load for each channel block of the input, in blocks of four values: a mean over the
 * invocations of a workgroup, where some load more than others. What the text loads twice in one turn counts once: compilers
 * make one load of it.
 */
export interface LoopLoads {
  readonly sources: number;
  readonly weights: number;
  /**
   * "subgroup": all its invocations load the same weights at once, which most GPUs load once for all. "lane": each loads its own.
   */
  readonly weightsFor: "subgroup" | "lane";
}

/** Bytes that invocations load and store. */
export interface Traffic {
  /** Loaded of the sources in the hot loop, each value as often as an invocation loads it. */
  readonly sources: number;
  /** Loaded of weights in the hot loop, by every invocation; see LoopLoads.weightsFor for how many of these are one load. */
  readonly weights: number;
  readonly weightsFor: LoopLoads["weightsFor"];
  readonly weightSpace: WeightSpace;
  /** Loaded behind the loop: bias, slopes and residuals. */
  readonly epilogue: number;
  readonly stored: number;
}

/** A convolution as far as its traffic depends on it. */
export interface TrafficForm {
  readonly storage: Storage;
  readonly weightSpace: WeightSpace;
  /** Channel blocks of all sources. */
  readonly inBlocks: number;
  /** Output channel blocks of one invocation. */
  readonly blocks: number;
  /** Pixels of one invocation. */
  readonly pixels: number;
  readonly residuals: number;
  readonly hasSlopes: boolean;
  /** Bits of a channel where the result is stored as pixels of RGBA, else undefined. */
  readonly pictureBits: StepBits | undefined;
}

// Biases and slopes are f32 in every storage.
const AFFINE_BYTES = 16;

/** The traffic of one invocation. */
export function convTraffic(loads: LoopLoads, form: TrafficForm): Traffic {
  const { storage, weightSpace, inBlocks, blocks, pixels, residuals, hasSlopes, pictureBits } = form;
  const blockBytes = BLOCK_BYTES[storage];
  const results = pixels * blocks;
  return {
    sources: inBlocks * loads.sources * blockBytes,
    weights: inBlocks * loads.weights * blockBytes,
    weightsFor: loads.weightsFor,
    weightSpace,
    epilogue: blocks * AFFINE_BYTES + results * (residuals * blockBytes + (hasSlopes ? AFFINE_BYTES : 0)),
    stored: results * (pictureBits === undefined ? blockBytes : resultPixelBytes(pictureBits)),
  };
}

/** The traffic of so many times as many invocations. */
export function timesTraffic(traffic: Traffic, count: number): Traffic {
  const { sources, weights, epilogue, stored } = traffic;
  return {
    ...traffic,
    sources: sources * count,
    weights: weights * count,
    epilogue: epilogue * count,
    stored: stored * count,
  };
}

/** Bytes loaded where the weights that a whole subgroup of that size wants come in one load for all. */
export function loadedBytes({ sources, weights, weightsFor, epilogue }: Traffic, subgroupSize: number): number {
  return sources + epilogue + (weightsFor === "subgroup" ? weights / subgroupSize : weights);
}
