// Owns what was measured on a GPU that is among the named ones, to hold its prediction against. docs/performance.md says how.

import type { Storage } from "../../src/shaders/kernel.js";

export interface MeasuredPass {
  readonly gpu: string;
  /** Of a shipped network, or the shape of a convolution. */
  readonly of: string;
  readonly width: number;
  readonly height: number;
  readonly storage: Storage;
  /** Milliseconds of its dispatches, from tensor to tensor, by timestamps. */
  readonly ms: number;
}

function h200(of: string, width: number, height: number, ms: number, storage: Storage = "f32"): MeasuredPass {
  return { gpu: "NVIDIA H200", of, width, height, storage, ms };
}

export const MEASURED: readonly MeasuredPass[] = [
  h200("64->64", 512, 512, 0.652),
  h200("64->64", 1024, 1024, 2.3),
  h200("general-x4v3", 256, 256, 5.16),
  h200("general-x4v3", 512, 512, 20.9),
  h200("general-x4v3", 1280, 720, 65.2),
  h200("anime-6b", 256, 256, 23.6),
  h200("anime-6b", 512, 512, 95.1),
];
