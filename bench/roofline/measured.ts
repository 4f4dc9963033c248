// Owns what was measured on a GPU that is among the named ones, to hold its prediction against. docs/performance.md says how.

import type { Storage } from "../../src/shaders/kernel.js";

export interface MeasuredPass {
  readonly gpu: string;
  /** Of a shipped network, or the shape of a convolution. */
  readonly of: string;
  readonly width: number;
  readonly height: number;
  readonly storage: Storage;
  /** Milliseconds of its dispatches; of a network those of a recorded pass. */
  readonly ms: number;
}

function h200(of: string, width: number, height: number, ms: number, storage: Storage = "f32"): MeasuredPass {
  return { gpu: "NVIDIA H200", of, width, height, storage, ms };
}

export const MEASURED: readonly MeasuredPass[] = [
  h200("64->64", 512, 512, 0.6),
  h200("general-x4v3", 256, 256, 5.3),
  h200("general-x4v3", 512, 512, 20),
  h200("general-x4v3", 1280, 720, 68.3),
  h200("general-x4v3", 1280, 720, 78.5, "packed-f16"),
  h200("anime-6b", 256, 256, 26.2),
  h200("anime-6b", 512, 512, 103),
  h200("anime-6b", 1280, 720, 395),
];
