// Owns the .safetensors format: which bytes belong to which tensor, of a file that is there or one that is still coming. What the tensors mean is
// not here: see models/.

import { EsrganError } from "../errors.js";
import { ArrivingTensor } from "./arriving.js";
import { isWeightDtype, WEIGHT_BYTES, weightValues } from "./element-types.js";
import { doneAtOnce, type WorkInPieces } from "./event-loop-yield.js";
import { requireFiniteWeights } from "./finite.js";
import { requireWeightCount } from "./limits.js";
import { printableName } from "./printable-name.js";
import { parseSafetensorsHeader, type TensorEntry } from "./safetensors-header.js";
import { isBookkeeping, type TensorMap } from "./tensor-map.js";

const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000; // The limit of the format's own library.

/**
 * Reads a .safetensors file. F32 and F16 are kept, BF16 and F64 become float32; where the file is laid out well the tensors are views of
 * `bytes`, which must then not change.
 * @throws EsrganError "bad-weights" if any rule of the format is broken, a dtype is not floating-point, or a value is NaN or infinite
 */
export function parseSafetensors(bytes: ArrayBuffer | Uint8Array): TensorMap {
  return doneAtOnce(parseSafetensorsInPieces(bytes));
}

/** The same in pieces. */
export function* parseSafetensorsInPieces(bytes: ArrayBuffer | Uint8Array): WorkInPieces<TensorMap> {
  const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const head = parseSafetensorsHead(file);
  requireLength(head, file.length);
  yield;
  const arriving = new ArrivingSafetensors(head, file);
  yield* arriving.advance(file.length);
  arriving.finish(file.length);
  return arriving.map;
}

/** What a file's header says of it; its tensors lie one behind another. */
export interface SafetensorsHead {
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the tensors begin. */
  readonly headLength: number;
  /** Of the whole file. */
  readonly byteLength: number;
}

/**
 * How many bytes of a file its header ends at, by the first eight.
 * @throws EsrganError "bad-weights" for more than there may be
 */
export function safetensorsHeadLength(start: Uint8Array): number {
  const length = headerLengthOf(start);
  if (length > MAX_HEADER_BYTES) {
    throw bad(`The safetensors header says it has ${length} bytes, expected at most ${MAX_HEADER_BYTES}`);
  }
  return LENGTH_BYTES + length;
}

/** Reads the header of a file that is there as far as that ends at least. @throws EsrganError "bad-weights" */
export function parseSafetensorsHead(file: Uint8Array): SafetensorsHead {
  const headLength = requireHead(file);
  const { entries, metadata } = parseSafetensorsHeader(decodeHeader(file, headLength - LENGTH_BYTES));
  const inOrder = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  return { entries, metadata, headLength, byteLength: headLength + requireContiguous(inOrder) };
}

interface Awaited {
  readonly tensor: ArrivingTensor;
  /** Where its bytes end in the file. */
  readonly end: number;
  readonly decode: (() => void) | undefined;
}

/** The tensors of a file that comes from its beginning. */
export class ArrivingSafetensors {
  /** Names and shapes are there, values come. */
  readonly map: TensorMap;
  /** In the order of the file. */
  readonly #awaited: readonly Awaited[];
  #checked = 0;

  /**
   * `file` is where the bytes come to, as long as `head` says; those of the header are there.
   * @throws EsrganError "bad-weights" for tensors that are not weights
   */
  constructor(
    private readonly head: SafetensorsHead,
    file: Uint8Array,
  ) {
    const { entries, metadata, headLength } = head;
    const data = file.subarray(headLength);
    const tensors = new Map<string, ArrivingTensor>();
    const awaited: Awaited[] = [];
    let count = 0;
    for (const entry of entries) {
      if (isBookkeeping(entry.name)) continue;
      const { tensor, decode } = tensorOf(entry, data);
      count += tensor.data.length;
      requireWeightCount(count, file.length);
      tensors.set(entry.name, tensor);
      awaited.push({ tensor, end: headLength + entry.end, decode });
    }
    this.map = { tensors, metadata };
    this.#awaited = awaited.sort((a, b) => a.end - b.end);
  }

  /**
   * So many bytes of the file are there: checks the tensors that are whole now, and lets go all but the last. Whoever calls it waits for its end.
   * @throws EsrganError "bad-weights" for NaN or infinity, and for bytes behind the last tensor
   */
  *advance(loaded: number): WorkInPieces<void> {
    const { byteLength } = this.head;
    for (let next = this.#awaited[this.#checked]; next && next.end <= loaded; next = this.#awaited[++this.#checked]) {
      next.decode?.();
      requireFiniteWeights(next.tensor);
      if (next.end < byteLength) next.tensor.arrive();
      yield;
    }
    if (loaded > byteLength) requireLength(this.head, loaded);
  }

  /**
   * All has come, and whoever reads it found nothing wrong: only now the last tensor is let go, so that no network is complete before.
   * @throws EsrganError "bad-weights" where `loaded` is not all
   */
  finish(loaded: number): void {
    requireLength(this.head, loaded);
    for (const { tensor } of this.#awaited) tensor.arrive();
  }

  /** The rest will not come. */
  fail(error: unknown): void {
    for (const { tensor } of this.#awaited) tensor.fail(error);
  }
}

function requireLength({ headLength, byteLength }: SafetensorsHead, length: number): void {
  if (length === byteLength) return;
  const [end, dataLength] = [byteLength - headLength, length - headLength];
  throw bad(`The safetensors tensors end at byte ${end}, but the file has ${dataLength} bytes of data`);
}

function headerLengthOf(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, LENGTH_BYTES);
  return view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
}

function requireHead(file: Uint8Array): number {
  if (file.length < LENGTH_BYTES) {
    throw bad(`A safetensors file starts with ${LENGTH_BYTES} bytes of header length, got ${file.length} bytes`);
  }
  const headLength = safetensorsHeadLength(file);
  if (headLength > file.length) {
    const [length, rest] = [headLength - LENGTH_BYTES, file.length - LENGTH_BYTES];
    throw bad(`The safetensors header says it has ${length} bytes, but only ${rest} follow`);
  }
  return headLength;
}

function decodeHeader(file: Uint8Array, length: number): string {
  const bytes = file.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new EsrganError("bad-weights", `The safetensors header of ${length} bytes is not UTF-8`, { cause });
  }
}

/** Where the last tensor ends. Refuses holes and overlaps: a byte that belongs to no tensor, or to two, is either damage or somebody's hiding place. */
function requireContiguous(inOrder: readonly TensorEntry[]): number {
  let end = 0;
  for (const entry of inOrder) {
    if (entry.begin !== end) {
      const fault = entry.begin < end ? "overlaps the tensor before it" : "leaves a hole before it";
      throw bad(`Tensor ${printableName(entry.name)} begins at byte ${entry.begin}, expected ${end}: it ${fault}`);
    }
    end = entry.end;
  }
  return end;
}

/** A tensor whose values are in `data` once its bytes are, and were decoded where they need that. */
function tensorOf(
  { name, dtype, shape, begin, end }: TensorEntry,
  data: Uint8Array,
): Pick<Awaited, "tensor" | "decode"> {
  if (!isWeightDtype(dtype)) {
    throw bad(`Tensor ${printableName(name)} has dtype ${printableName(dtype)}, expected F32, F16, BF16 or F64`);
  }
  const count = elements(name, shape);
  const size = WEIGHT_BYTES[dtype];
  if (count * size !== end - begin) {
    const what = `Tensor ${printableName(name)} of ${dtype} [${shape.join(",")}]`;
    throw bad(`${what} has ${end - begin} bytes, expected ${count * size}`);
  }
  const values = weightValues(dtype, data.subarray(begin, end));
  return { tensor: new ArrivingTensor(name, shape, values.data), decode: values.decode };
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
