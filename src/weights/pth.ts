// Owns checkpoints of PyTorch (.pth, .pt), zip and legacy: which dictionary of theirs holds the tensors, and which bytes those are.
// Nothing in the file is ever executed. The refusals are those of tools/convert-weights.py, which test/weights/pth.test.ts holds both to.

import { decodeWeights, isWeightDtype } from "./element-types.js";
import { doneAtOnce, type WorkInPieces } from "./event-loop-yield.js";
import { requireFiniteWeights } from "./finite.js";
import { requireFew, requireWeightCount } from "./limits.js";
import { MAX_PICKLE_BYTES, neverRun, readPickle } from "./pickle.js";
import {
  badCheckpoint,
  badWeights,
  describe,
  type PickleDict,
  type PickleValue,
  Placeholder,
  type StorageRef,
  TensorRef,
} from "./pickle-values.js";
import { printableName } from "./printable-name.js";
import { gatherView } from "./strided.js";
import { isBookkeeping, type TensorMap, WeightTensor } from "./tensor-map.js";
import { STORAGE_BYTES, TorchCheckpoint } from "./torch-checkpoint.js";
import { readZipDirectory, type ZipMember, ZipReader } from "./zip-entries.js";

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
const MAX_UNWRAPS = 8; // A dictionary may hold itself.

/** Where training scripts put the tensors, the first that there is; averaged weights before those that they average. */
const WRAPPERS = [
  "model_state_dict",
  "state_dict",
  "params_ema",
  "params-ema",
  "params",
  "model",
  "net",
  "netG",
  "net_g",
  "generator",
  "G",
];

/** Storages that no weight lies in (random states, masks): a legacy file is only read past them with their size known. */
const SKIPPED_BYTES: ReadonlyMap<string, number> = new Map([
  ["torch.ByteStorage", 1],
  ["torch.CharStorage", 1],
  ["torch.BoolStorage", 1],
  ["torch.ShortStorage", 2],
  ["torch.ComplexFloatStorage", 8],
  ["torch.ComplexDoubleStorage", 16],
]);

/** The bytes of a whole storage. @throws EsrganError "bad-weights" naming tensor `name`, which needs it, if there are none */
type StorageBytes = (storage: StorageRef, name: string) => Uint8Array;

/**
 * Reads a checkpoint of PyTorch without executing it: float32, float16, bfloat16 and float64 tensors, views with strides too. Halves are kept,
 * bfloat16 and float64 become float32; tensors may be views of `bytes`, which must then not change.
 * @throws EsrganError "bad-weights" if the file is malformed, asks for too much, holds no tensors, or holds integers, NaN or infinity
 *   as weights
 */
export function parsePth(bytes: ArrayBuffer | Uint8Array): TensorMap {
  return doneAtOnce(parsePthInPieces(bytes));
}

/** The same in pieces. */
export function* parsePthInPieces(bytes: ArrayBuffer | Uint8Array): WorkInPieces<TensorMap> {
  const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const isZip = file[0] === 0x50 && file[1] === 0x4b;
  const { dict, storageBytes } = isZip ? readZipCheckpoint(file) : readLegacyCheckpoint(file);
  const refs = [...dict].filter((item): item is [string, TensorRef] => item[1] instanceof TensorRef);
  requireWeightCount(
    refs.reduce((sum, [, { shape }]) => sum + shape.reduce((product, extent) => product * extent, 1), 0),
    file.length,
  );
  const tensors = new Map<string, WeightTensor>();
  for (const [name, ref] of refs) {
    yield;
    if (!isBookkeeping(name)) tensors.set(name, requireFiniteWeights(readTensor(name, ref, storageBytes)));
  }
  const placeholders = new Map<string, string>();
  for (const [name, item] of dict) if (item instanceof Placeholder) placeholders.set(name, neverRun(item));
  return { tensors, metadata: {}, ...(placeholders.size > 0 ? { placeholders } : {}) };
}

function readTensor(name: string, ref: TensorRef, storageBytes: StorageBytes): WeightTensor {
  const { storage, offset, shape, strides } = ref;
  const { dtype, start } = storage;
  if (!isWeightDtype(dtype)) {
    throw badWeights(`Tensor ${printableName(name)} has type ${dtype}, expected F32, F16, BF16 or F64`);
  }
  const size = STORAGE_BYTES[dtype] as 2 | 4 | 8;
  const view = { offset: start + offset, shape, strides };
  return new WeightTensor(name, shape, decodeWeights(dtype, gatherView(storageBytes(storage, name), size, view)));
}

/** Tensors and placeholders by name. */
type TensorDict = ReadonlyMap<string, TensorRef | Placeholder>;

function readZipCheckpoint(file: Uint8Array): { dict: TensorDict; storageBytes: StorageBytes } {
  const members = readZipDirectory(file);
  const reader = new ZipReader(file);
  const roots = [...members.keys()].filter((name) => /^(?:[^/]*\/)?data\.pkl$/.test(name));
  if (roots.length !== 1) {
    throw badCheckpoint(`is a zip file with ${roots.length} data.pkl, a PyTorch checkpoint has one`);
  }
  const root = roots[0]!.slice(0, -"data.pkl".length);
  const order = members.get(`${root}byteorder`);
  if (order && String.fromCharCode(...reader.read(order).subarray(0, 7)) !== "little") {
    throw badCheckpoint("was not saved in little-endian byte order; save it again on a little-endian machine");
  }
  const pickle = reader.read(members.get(`${root}data.pkl`)!);
  if (pickle.length > MAX_PICKLE_BYTES) {
    throw badCheckpoint(`has a pickle of ${pickle.length} bytes, more than the ${MAX_PICKLE_BYTES} read`);
  }
  const { value } = readPickle(new TorchCheckpoint(), pickle);
  return { dict: unwrap(value), storageBytes: zipStorages(reader, members, root) };
}

function zipStorages(reader: ZipReader, members: ReadonlyMap<string, ZipMember>, root: string): StorageBytes {
  const read = new Map<string, Uint8Array>();
  return ({ key, rootCount, dtype }, name) => {
    const found = read.get(key);
    if (found) return found;
    const member = members.get(`${root}data/${key}`);
    if (!member) throw missingStorage(name, key);
    const bytes = reader.read(member);
    const wanted = rootCount * STORAGE_BYTES[dtype];
    if (bytes.length !== wanted)
      throw badWeights(`The checkpoint's storage ${key} has ${bytes.length} bytes, expected ${wanted}`);
    read.set(key, bytes);
    return bytes;
  };
}

/** Five pickles (magic number, protocol, system, the value, the storages' keys), then each storage's length and items. */
function readLegacyCheckpoint(file: Uint8Array): { dict: TensorDict; storageBytes: StorageBytes } {
  const checkpoint = new TorchCheckpoint();
  let at = 0;
  const next = () => {
    const { value, end } = readPickle(checkpoint, file, at);
    at = end;
    return value;
  };
  if (next() !== LEGACY_MAGIC) throw badCheckpoint("is a pickle, but not a PyTorch checkpoint");
  const protocol = next();
  if (protocol !== LEGACY_PROTOCOL) {
    throw badCheckpoint(`has the checkpoint protocol ${describe(protocol)}, expected ${LEGACY_PROTOCOL}`);
  }
  next();
  const dict = unwrap(next());
  const keys = next();
  if (!Array.isArray(keys)) throw badCheckpoint("has no list of storages");
  const storages = legacyStorages(file, at, checkpoint, keys);
  const storageBytes: StorageBytes = ({ key }, name) => {
    const found = storages.get(key);
    if (!found) throw missingStorage(name, key);
    return found;
  };
  return { dict, storageBytes };
}

function legacyStorages(
  file: Uint8Array,
  start: number,
  checkpoint: TorchCheckpoint,
  keys: readonly PickleValue[],
): ReadonlyMap<string, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found = new Map<string, Uint8Array>();
  let at = start;
  for (const key of keys) {
    if (typeof key !== "string" || found.has(key)) {
      throw badCheckpoint(`lists the storage ${describe(key)} twice or without a name`);
    }
    const { size, wanted } = legacySize(checkpoint, key);
    if (file.length - at < 8) throw badCheckpoint(`ends before storage ${printableName(key)}`);
    const count = Number(view.getBigInt64(at, true));
    if (count !== wanted) {
      throw badWeights(`The checkpoint's storage ${printableName(key)} has ${count} items, expected ${wanted}`);
    }
    at += 8;
    if (file.length - at < count * size) throw badCheckpoint(`ends in the middle of storage ${printableName(key)}`);
    found.set(key, file.subarray(at, at + count * size));
    at += count * size;
  }
  return found;
}

/** Bytes of an item, and how many there must be. */
function legacySize(checkpoint: TorchCheckpoint, key: string): { size: number; wanted: number } {
  const storage = checkpoint.storages.get(key);
  if (storage) return { size: STORAGE_BYTES[storage.dtype], wanted: storage.count };
  const { type, count } = checkpoint.skipped.get(key) ?? { type: "no type", count: 0 };
  const size = SKIPPED_BYTES.get(type);
  if (size === undefined) {
    throw badWeights(
      `The checkpoint's storage ${printableName(key)} is of ${printableName(type)}, whose size is unknown`,
    );
  }
  return { size, wanted: count };
}

function missingStorage(name: string, key: string) {
  return badWeights(`Tensor ${printableName(name)} needs storage ${key}, which the file does not hold`);
}

/** The tensors and placeholders of the inmost dictionary. */
function unwrap(value: PickleValue): TensorDict {
  if (value instanceof Placeholder) {
    throw badCheckpoint(`holds a pickled ${neverRun(value)}, instead of a dictionary of tensors`);
  }
  if (!(value instanceof Map)) throw badCheckpoint(`holds ${describe(value)} instead of a dictionary of tensors`);
  let dict = value;
  for (let depth = 0; depth < MAX_UNWRAPS; depth++) {
    const inner = innerDict(dict);
    if (!inner) break;
    dict = inner;
  }
  const found = new Map<string, TensorRef | Placeholder>();
  for (const [key, item] of dict) {
    if (typeof key === "string" && (item instanceof TensorRef || item instanceof Placeholder)) found.set(key, item);
  }
  requireFew(found.size, "tensors");
  const items = [...found.values()];
  if (!items.some((item) => item instanceof TensorRef)) {
    const [placeholder] = items as Placeholder[];
    throw badCheckpoint(`holds no tensors${placeholder ? `, only ${neverRun(placeholder)}` : ""}`);
  }
  return found;
}

function innerDict(dict: PickleDict): PickleDict | undefined {
  for (const key of WRAPPERS) {
    const found = dict.get(key);
    if (found instanceof Map) return found;
  }
  const [only] = dict.size === 1 ? dict.values() : [];
  return only instanceof Map ? only : undefined;
}
