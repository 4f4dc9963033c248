// Owns reading PyTorch's outputs, which tools/make-fixtures.py wrote.

import { readFileSync } from "node:fs";
import { parseSafetensors } from "../../src/weights/safetensors.js";
import type { TensorMap } from "../../src/weights/tensor-map.js";

/** One expected output: [C,H,W], or [H,W,C] of a picture. */
export interface Fixture {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** PyTorch's output for the case of that name. */
export function expectedOutput(op: string, caseName: string): Fixture {
  const found = fixturesOf(op).tensors.get(caseName);
  if (!found) throw new Error(`No fixture for ${op} "${caseName}": run tools/make-fixtures.py`);
  return { shape: found.shape, data: found.floats() };
}

const loaded = new Map<string, TensorMap>();

function fixturesOf(op: string): TensorMap {
  let map = loaded.get(op);
  if (!map) {
    map = parseSafetensors(readFileSync(new URL(`../fixtures/ops/${op}.safetensors`, import.meta.url)));
    loaded.set(op, map);
  }
  return map;
}
