// Owns the .safetensors format: which bytes belong to which tensor. What the tensors mean is not here: see models/.

import { EsrganError } from "../errors.js";
import { decodeWeights, isWeightDtype, WEIGHT_BYTES } from "./element-types.js";
import { requireFiniteWeights } from "./finite.js";
import { requireWeightCount } from "./limits.js";
import { printableName } from "./printable-name.js";
import { parseSafetensorsHeader, type TensorEntry } from "./safetensors-header.js";
import { isBookkeeping, type TensorMap, WeightTensor } from "./tensor-map.js";

const LENGTH_BYTES = 8;
/** How much of a file says how long its header is. */
export const SAFETENSORS_START_BYTES = LENGTH_BYTES;
const MAX_HEADER_BYTES = 100_000_000; // The limit of the format's own library.

/**
 * Reads a .safetensors file. F32 and F16 are kept, BF16 and F64 become float32; where the file is laid out well the tensors are views of
 * `bytes`, which must then not change.
 * @throws EsrganError "bad-weights" if any rule of the format is broken, a dtype is not floating-point, or a value is NaN or infinite
 */
export function parseSafetensors(bytes: ArrayBuffer | Uint8Array): TensorMap {
  const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const headerLength = readHeaderLength(file);
  const { entries, metadata } = parseSafetensorsHeader(decodeHeader(file, headerLength));
  const data = file.subarray(LENGTH_BYTES + headerLength);
  requireContiguous(entries, data.length);
  const tensors = new Map<string, WeightTensor>();
  let count = 0;
  for (const entry of entries) {
    if (isBookkeeping(entry.name)) continue;
    const tensor = requireFiniteWeights(readTensor(entry, data));
    count += tensor.data.length;
    requireWeightCount(count, file.length);
    tensors.set(entry.name, tensor);
  }
  return { tensors, metadata };
}

// Headers of this family have 100 KB; what is longer is read when all of it is there.
const MOST_EARLY_HEADER = 2 ** 20;

/** How many bytes of a file, which starts like this, its header ends at; undefined for a header that is too long to wait for, or none. */
export function safetensorsHeadLength(start: Uint8Array): number | undefined {
  const length = headerLengthOf(start);
  return length > 0 && length <= MOST_EARLY_HEADER ? LENGTH_BYTES + length : undefined;
}

/** How long a file is, by its bytes up to the header's end; undefined where these are damaged. */
export function safetensorsLength(head: Uint8Array): number | undefined {
  try {
    const { entries } = parseSafetensorsHeader(decodeHeader(head, head.length - LENGTH_BYTES));
    return entries.reduce((most, { end }) => Math.max(most, end), 0) + head.length;
  } catch {
    return undefined; // whoever reads the file says what is wrong with it
  }
}

function headerLengthOf(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, LENGTH_BYTES);
  return view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
}

function readHeaderLength(file: Uint8Array): number {
  if (file.length < LENGTH_BYTES) {
    throw bad(`A safetensors file starts with ${LENGTH_BYTES} bytes of header length, got ${file.length} bytes`);
  }
  const length = headerLengthOf(file);
  if (length > MAX_HEADER_BYTES) {
    throw bad(`The safetensors header says it has ${length} bytes, expected at most ${MAX_HEADER_BYTES}`);
  }
  if (length > file.length - LENGTH_BYTES) {
    throw bad(`The safetensors header says it has ${length} bytes, but only ${file.length - LENGTH_BYTES} follow`);
  }
  return length;
}

function decodeHeader(file: Uint8Array, length: number): string {
  const bytes = file.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new EsrganError("bad-weights", `The safetensors header of ${length} bytes is not UTF-8`, { cause });
  }
}

/** Refuses holes and overlaps: a byte that belongs to no tensor, or to two, is either damage or somebody's hiding place. */
function requireContiguous(entries: readonly TensorEntry[], dataLength: number): void {
  let end = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      const fault = entry.begin < end ? "overlaps the tensor before it" : "leaves a hole before it";
      throw bad(`Tensor ${printableName(entry.name)} begins at byte ${entry.begin}, expected ${end}: it ${fault}`);
    }
    end = entry.end;
  }
  if (end !== dataLength)
    throw bad(`The safetensors tensors end at byte ${end}, but the file has ${dataLength} bytes of data`);
}

function readTensor({ name, dtype, shape, begin, end }: TensorEntry, data: Uint8Array): WeightTensor {
  if (!isWeightDtype(dtype)) {
    throw bad(`Tensor ${printableName(name)} has dtype ${printableName(dtype)}, expected F32, F16, BF16 or F64`);
  }
  const count = elements(name, shape);
  const size = WEIGHT_BYTES[dtype];
  if (count * size !== end - begin) {
    const what = `Tensor ${printableName(name)} of ${dtype} [${shape.join(",")}]`;
    throw bad(`${what} has ${end - begin} bytes, expected ${count * size}`);
  }
  return new WeightTensor(name, shape, decodeWeights(dtype, data.subarray(begin, end)));
}

function elements(name: string, shape: readonly number[]): number {
  let count = 1;
  for (const extent of shape) {
    count *= extent;
    if (!Number.isSafeInteger(count * 8)) {
      throw bad(`Tensor ${printableName(name)} has shape [${shape.join(",")}], which is more than can be counted`);
    }
  }
  return count;
}

function bad(message: string): EsrganError {
  return new EsrganError("bad-weights", message);
}
