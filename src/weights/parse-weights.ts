// Owns the choice of a weight file's parser by its first bytes.

import { loadPart } from "../load-part.js";
import { doneInTurns } from "./event-loop-yield.js";
import { parseSafetensorsInPieces } from "./safetensors.js";
import type { TensorMap } from "./tensor-map.js";

/**
 * Reads a .safetensors file, or a checkpoint of PyTorch (.pth, .pt). Hands the thread back every 20 ms.
 * @throws EsrganError "bad-weights" as parseSafetensors and parsePth do, "network" where the reader of checkpoints does not load
 */
export async function parseWeights(bytes: ArrayBuffer | Uint8Array): Promise<TensorMap> {
  const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  if (weightFormat(file) !== "checkpoint") return doneInTurns(parseSafetensorsInPieces(file));
  const { parsePthInPieces } = await loadPart(() => import("./pth.js"));
  return doneInTurns(parsePthInPieces(file));
}

/** How many bytes of a file say what it is. */
export const FORMAT_BYTES = 9;

/** What a file's first bytes say it is. Of a zip archive or pickle that is no checkpoint parsePth says so. */
export function weightFormat(bytes: Uint8Array): "safetensors" | "checkpoint" | undefined {
  if (looksLikeSafetensors(bytes)) return "safetensors";
  const [first, second = 0, third, fourth] = bytes;
  const isZip = first === 0x50 && second === 0x4b && ((third === 3 && fourth === 4) || (third === 5 && fourth === 6));
  const isPickle = first === 0x80 && second >= 2 && second <= 5;
  return isZip || isPickle ? "checkpoint" : undefined;
}

/** Its header's length, 8 bytes of which the upper half is zero, then the header, a JSON object. */
function looksLikeSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b && bytes.subarray(4, 8).every((byte) => byte === 0);
}
