// Owns what the names in a checkpoint of PyTorch mean: storages, and tensors that are views of them. Everything else becomes a
// placeholder. Where the storages' bytes are is pth.ts's.

import { MAX_MEMO, type PickleHost } from "./pickle.js";
import {
  badCheckpoint,
  describe,
  isIndex,
  KnownGlobal,
  type PickleDict,
  PickleTuple,
  type PickleValue,
  Placeholder,
  type StorageDtype,
  StorageRef,
  setItem,
  TensorRef,
} from "./pickle-values.js";

const MAX_DIMENSIONS = 8;

export const STORAGE_BYTES: Readonly<Record<StorageDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
};

const KNOWN: ReadonlyMap<string, KnownGlobal> = new Map(
  [
    new KnownGlobal("collections.OrderedDict", "ordered-dict"),
    new KnownGlobal("torch._utils._rebuild_tensor", "tensor"),
    new KnownGlobal("torch._utils._rebuild_tensor_v2", "tensor"),
    new KnownGlobal("torch._utils._rebuild_parameter", "parameter"),
    new KnownGlobal("torch.FloatStorage", "storage", "F32"),
    new KnownGlobal("torch.HalfStorage", "storage", "F16"),
    new KnownGlobal("torch.BFloat16Storage", "storage", "BF16"),
    new KnownGlobal("torch.DoubleStorage", "storage", "F64"),
    new KnownGlobal("torch.LongStorage", "storage", "I64"),
    new KnownGlobal("torch.IntStorage", "storage", "I32"),
  ].map((known) => [known.name, known]),
);

/** Resolves what the pickles of one file name. @throws EsrganError "bad-weights" where a storage or a tensor is not well formed */
export class TorchCheckpoint implements PickleHost {
  /** The storages that tensors may lie in, whole, by key. */
  readonly storages = new Map<string, StorageRef>();
  /** Storages of other types: a legacy file is read past them. */
  readonly skipped = new Map<string, { readonly type: string; readonly count: number }>();
  #pairs = 0;

  global(name: string): KnownGlobal | Placeholder {
    return KNOWN.get(name) ?? new Placeholder(name);
  }

  call(callee: KnownGlobal, args: readonly PickleValue[]): PickleValue {
    switch (callee.kind) {
      case "ordered-dict":
        return this.#orderedDict(args);
      case "tensor":
        return tensor(args);
      case "parameter":
        if (args[0] instanceof TensorRef || args[0] instanceof Placeholder) return args[0];
        throw badCheckpoint("holds a parameter without a tensor");
      case "storage":
        return new Placeholder(callee.name);
    }
  }

  /** `("storage", type, key, device, count[, (view key, start, count)])` */
  persistent(id: PickleValue): PickleValue {
    const parts = id instanceof PickleTuple ? id.items : [];
    const [tag, type, key, , count, view = null] = parts;
    if (tag !== "storage" || parts.length < 5 || parts.length > 6) {
      throw badCheckpoint("holds a reference that is not to a storage");
    }
    const isKnown = type instanceof KnownGlobal && type.dtype !== undefined;
    if (!isKnown && !(type instanceof Placeholder)) throw badCheckpoint("holds a storage of no type");
    if (typeof key !== "string" || !/^[0-9]{1,20}$/.test(key) || !isIndex(count)) {
      throw badCheckpoint(`holds a storage with the key ${describe(key!)}, expected a number, or of no whole size`);
    }
    if (type instanceof Placeholder) {
      this.skipped.set(key, { type: type.name, count });
      return type;
    }
    const dtype = type.dtype!;
    const whole = this.storages.get(key) ?? new StorageRef(key, dtype, count, 0, count);
    if (whole.dtype !== dtype || whole.count !== count) {
      throw badCheckpoint(`describes storage ${key} in two ways that differ`);
    }
    this.storages.set(key, whole);
    return view === null ? whole : part(whole, view);
  }

  #orderedDict(args: readonly PickleValue[]): PickleDict {
    const dict: PickleDict = new Map();
    if (args.length === 0) return dict;
    // Python 2 pickles the pairs as an argument, and one list may be an argument many times over.
    const pairs = listItems(args[0]);
    this.#pairs += pairs?.length ?? 0;
    if (this.#pairs > MAX_MEMO) throw badCheckpoint(`holds more than ${MAX_MEMO} OrderedDict entries`);
    for (const pair of pairs ?? []) {
      const [key, value] = listItems(pair) ?? [];
      if (key === undefined || value === undefined || listItems(pair)!.length !== 2) {
        throw badCheckpoint("holds a malformed OrderedDict");
      }
      setItem(dict, key, value);
    }
    if (args.length > 1 || !pairs) throw badCheckpoint("holds a malformed OrderedDict");
    return dict;
  }
}

function listItems(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  if (Array.isArray(value)) return value;
  return value instanceof PickleTuple ? value.items : undefined;
}

function part(whole: StorageRef, view: PickleValue): StorageRef {
  const parts = view instanceof PickleTuple ? view.items : [];
  const [, start, count] = parts;
  if (parts.length !== 3 || !isIndex(start) || !isIndex(count)) {
    throw badCheckpoint(`holds a malformed view of storage ${whole.key}`);
  }
  if (start + count > whole.count) {
    throw badCheckpoint(`holds a view that leaves storage ${whole.key} of ${whole.count} items`);
  }
  return new StorageRef(whole.key, whole.dtype, count, start, whole.count);
}

/** `(storage, offset, shape, strides, ...)`: what follows those is of no use for reading. */
function tensor(args: readonly PickleValue[]): TensorRef | Placeholder {
  if (args.length < 4 || args.length > 7) throw badCheckpoint(`holds a tensor made of ${args.length} arguments`);
  const [storage, offset] = args;
  if (storage instanceof Placeholder) return storage;
  if (!(storage instanceof StorageRef)) throw badCheckpoint("holds a tensor without a storage");
  const [shape, strides] = [extents(args[2]), extents(args[3])];
  if (!shape || !strides) throw badCheckpoint("holds a tensor with a malformed shape or strides");
  if (shape.length !== strides.length || !isIndex(offset)) {
    throw badCheckpoint("holds a tensor with a malformed offset, shape or strides");
  }
  // Numbers below 2^48 times numbers below 2^48 round, but never to something that is small enough.
  const last = shape.reduce((sum, extent, d) => sum + (extent - 1) * strides[d]!, offset);
  const isEmpty = shape.includes(0);
  if (isEmpty ? offset > storage.count : last >= storage.count) {
    throw badCheckpoint(
      `holds a tensor of shape [${shape.join(",")}], strides [${strides.join(",")}] at offset ${offset}, ` +
        `which leaves its storage ${storage.key} of ${storage.count} items`,
    );
  }
  return new TensorRef(storage, offset, shape, strides);
}

function extents(value: PickleValue | undefined): readonly number[] | undefined {
  const items = listItems(value);
  return items && items.length <= MAX_DIMENSIONS && items.every(isIndex) ? (items as readonly number[]) : undefined;
}
