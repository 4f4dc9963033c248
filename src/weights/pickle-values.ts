// Owns what a pickle is read to: plain data, and stand-ins for whatever would have meant running code. tools/convert-weights.py
// has the same.

import { EsrganError } from "../errors.js";
import type { WeightDtype } from "./element-types.js";
import { printableName } from "./printable-name.js";

/** Stands for anything whose making would have meant running code of the file's choice. */
export class Placeholder {
  constructor(readonly name: string) {}
}

/** One of the few names of a checkpoint that mean something here; never called either. */
export class KnownGlobal {
  constructor(
    readonly name: string,
    readonly kind: "ordered-dict" | "tensor" | "parameter" | "storage",
    readonly dtype?: StorageDtype,
  ) {}
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** Apart from integers, which alone may be sizes and offsets. */
export class PickleFloat {
  constructor(readonly value: number) {}
}

export class PickleBytes {
  constructor(readonly bytes: Uint8Array) {}
}

export type StorageDtype = WeightDtype | "I64" | "I32";

/** A checkpoint's run of items, or a part of one: `count` items of the root storage `key` from item `start`. */
export class StorageRef {
  constructor(
    readonly key: string,
    readonly dtype: StorageDtype,
    readonly count: number,
    readonly start: number,
    /** Items of the whole storage. */
    readonly rootCount: number,
  ) {}
}

/** A tensor still in its file: strides and offset count items of the storage, and were checked to stay within it. */
export class TensorRef {
  constructor(
    readonly storage: StorageRef,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

export type PickleDict = Map<unknown, PickleValue>;

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleFloat
  | PickleBytes
  | PickleTuple
  | PickleValue[]
  | PickleDict
  | Placeholder
  | KnownGlobal
  | StorageRef
  | TensorRef;

const MAX_INDEX = 2 ** 48;

/** Whether `value` may be a size, a count or an offset. */
export function isIndex(value: PickleValue | undefined): value is number {
  return typeof value === "number" && value >= 0 && value < MAX_INDEX;
}

/** Keys that are no scalars are left out: no tensor has such a name. @throws EsrganError "bad-weights" for a key that is there */
export function setItem(target: PickleDict, key: PickleValue, value: PickleValue): void {
  if (!isScalar(key)) return;
  const plain = key instanceof PickleFloat ? key.value : key;
  if (target.has(plain)) throw badCheckpoint(`holds the key ${describe(key)} twice in one dictionary`);
  target.set(plain, value);
}

function isScalar(value: PickleValue): boolean {
  return value === null || typeof value !== "object" || value instanceof PickleFloat;
}

/** A value of unknown nesting for a message, as Python would write it. */
export function describe(value: PickleValue): string {
  if (value === null) return "None";
  if (typeof value === "string") return `'${printableName(value.slice(0, 100))}'`;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return String(value);
  if (value instanceof PickleFloat) return String(value.value);
  if (value instanceof PickleTuple) return "tuple";
  if (value instanceof PickleBytes) return "bytes";
  if (Array.isArray(value)) return "list";
  if (value instanceof Map) return "dict";
  if (value instanceof Placeholder || value instanceof KnownGlobal) return printableName(value.name);
  return value instanceof TensorRef ? "a tensor" : "a storage";
}

/** One sentence about the file, which begins with "The checkpoint". */
export function badCheckpoint(what: string, options?: ErrorOptions): EsrganError {
  return badWeights(`The checkpoint ${what}`, options);
}

export function badWeights(message: string, options?: ErrorOptions): EsrganError {
  return new EsrganError("bad-weights", message, options);
}
