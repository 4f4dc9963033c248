// Owns the choice of a weight file's parser by its first bytes.

import { parsePth } from "./pth.js";
import { parseSafetensors } from "./safetensors.js";
import type { TensorMap } from "./tensor-map.js";

/**
 * Reads a .safetensors file, or a checkpoint of PyTorch (.pth, .pt).
 * @throws EsrganError "bad-weights" as parseSafetensors and parsePth do
 */
export function parseWeights(bytes: ArrayBuffer | Uint8Array): TensorMap {
  const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return isCheckpoint(file) ? parsePth(file) : parseSafetensors(file);
}

/** Whether the file begins as a zip archive or a pickle; a .safetensors file begins with the length of its header, a small number. */
export function isCheckpoint([first, second, third, fourth, , , , eighth]: Uint8Array): boolean {
  const isZip = first === 0x50 && second === 0x4b && ((third === 3 && fourth === 4) || (third === 5 && fourth === 6));
  const isPickle = first === 0x80 && second !== undefined && second >= 2 && second <= 5 && eighth !== 0;
  return isZip || isPickle;
}
