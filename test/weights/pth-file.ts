// Owns writing checkpoints of PyTorch for tests, zip and legacy, without PyTorch: what torch.save writes, with every number free.

import { crc32 } from "node:zlib";
import { floatToHalf } from "../../src/weights/half.js";
import type { TensorMap } from "../../src/weights/tensor-map.js";

const STORAGES = {
  f32: { type: "FloatStorage", bytes: 4 },
  f16: { type: "HalfStorage", bytes: 2 },
  bf16: { type: "BFloat16Storage", bytes: 2 },
  f64: { type: "DoubleStorage", bytes: 8 },
  i64: { type: "LongStorage", bytes: 8 },
} as const;

export type StoredDtype = keyof typeof STORAGES;

/** A tensor with a storage of its own; strides and offset count items of it. */
export class StoredTensor {
  constructor(
    readonly shape: readonly number[],
    readonly values: ArrayLike<number>,
    readonly dtype: StoredDtype = "f32",
    readonly layout: { readonly strides?: readonly number[]; readonly offset?: number } = {},
  ) {}
}

/** An object of a class that no reader knows. */
export class StoredObject {
  constructor(readonly name: string) {}
}

export type Stored = null | number | string | StoredTensor | StoredObject | { readonly [key: string]: Stored };

interface Pickled {
  readonly pickle: Uint8Array;
  readonly storages: readonly { readonly key: string; readonly count: number; readonly bytes: Uint8Array }[];
}

/** A zip checkpoint, as torch.save has written them since 1.6. */
export function pthFile(value: Stored): Uint8Array {
  return zipFile(pthMembers(value));
}

export function pthMembers(value: Stored): [name: string, bytes: Uint8Array][] {
  const { pickle, storages } = pickled(value, false);
  return [
    ["net/data.pkl", pickle],
    ["net/byteorder", latin1("little")],
    ...storages.map(({ key, bytes }): [string, Uint8Array] => [`net/data/${key}`, bytes]),
    ["net/version", latin1("3\n")],
  ];
}

/** A checkpoint as torch.save wrote them before 1.6. */
export function legacyPthFile(value: Stored): Uint8Array {
  const { pickle, storages } = pickled(value, true);
  const keys = latin1(`\x80\x02](${storages.map(({ key }) => text(key)).join("")}e.`);
  const parts = storages.flatMap(({ count, bytes }) => [int64(count), bytes]);
  return concat([...LEGACY_HEAD, pickle, keys, ...parts]);
}

/** The tensors of a network, as a checkpoint's dictionary. */
export function storedTensors({ tensors }: TensorMap, dtype: StoredDtype = "f32"): { [key: string]: Stored } {
  return Object.fromEntries(
    [...tensors].map(([name, tensor]) => [name, new StoredTensor(tensor.shape, tensor.floats(), dtype)]),
  );
}

/** An archive of members that are stored as they are, with true checksums. */
export function zipFile(members: readonly (readonly [name: string, bytes: Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, bytes] of members) {
    const label = new TextEncoder().encode(name);
    const common = [u16(0), u16(0), u32(0), u32(crc32(bytes)), u32(bytes.length), u32(bytes.length)];
    const local = concat([latin1("PK\x03\x04"), u16(0), ...common, u16(label.length), u16(0), label]);
    directory.push(latin1("PK\x01\x02"), u16(0), u16(0), ...common, u16(label.length), u16(0));
    directory.push(u16(0), u16(0), u16(0), u32(0), u32(at), label);
    parts.push(local, bytes);
    at += local.length + bytes.length;
  }
  const entries = concat(directory);
  const count = u16(members.length & 0xffff);
  const end = [latin1("PK\x05\x06"), u16(0), u16(0), count, count, u32(entries.length), u32(at), u16(0)];
  return concat([...parts, entries, ...end]);
}

const LEGACY_HEAD = [
  latin1("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."),
  latin1("\x80\x02M\xe9\x03."),
  latin1("\x80\x02}."),
];

function pickled(value: Stored, isLegacy: boolean): Pickled {
  const storages: { key: string; count: number; bytes: Uint8Array }[] = [];
  const write = (item: Stored): string => {
    if (item === null) return "N";
    if (typeof item === "number") return integer(item);
    if (typeof item === "string") return text(item);
    if (item instanceof StoredObject) return `${globalName(item.name)})R`;
    if (!(item instanceof StoredTensor)) {
      const items = Object.entries(item).map(([key, each]) => text(key) + write(each));
      return `ccollections\nOrderedDict\n)R(${items.join("")}u`;
    }
    const key = String(storages.length);
    const count = item.values.length;
    storages.push({ key, count, bytes: storageBytes(item) });
    const type = globalName(`torch.${STORAGES[item.dtype].type}`);
    const id = `(${text("storage")}${type}${text(key)}${text("cpu")}${integer(count)}${isLegacy ? "N" : ""}tQ`;
    const { offset = 0, strides = rowMajor(item.shape) } = item.layout;
    const numbers = (list: readonly number[]) => `(${list.map(integer).join("")}t`;
    const args = `${id}${integer(offset)}${numbers(item.shape)}${numbers(strides)}\x89N`;
    return `${globalName("torch._utils._rebuild_tensor_v2")}(${args}tR`;
  };
  return { pickle: latin1(`\x80\x02${write(value)}.`), storages };
}

function storageBytes({ values, dtype }: StoredTensor): Uint8Array {
  const bytes = new Uint8Array(values.length * STORAGES[dtype].bytes);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (dtype === "f32") view.setFloat32(4 * i, value, true);
    else if (dtype === "f16") view.setUint16(2 * i, floatToHalf(value), true);
    else if (dtype === "bf16") view.setUint16(2 * i, brainFloat(value), true);
    else if (dtype === "f64") view.setFloat64(8 * i, value, true);
    else view.setBigInt64(8 * i, BigInt(value), true);
  }
  return bytes;
}

function brainFloat(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
}

export function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, d) => shape.slice(d + 1).reduce((product, extent) => product * extent, 1));
}

/** A string of characters below 256, each of which is a byte. */
export function latin1(characters: string): Uint8Array {
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}

export function text(value: string): string {
  const bytes = new TextEncoder().encode(value);
  return `X${String.fromCharCode(...u32(bytes.length), ...bytes)}`;
}

export function integer(value: number): string {
  return `\x8a\x08${String.fromCharCode(...int64(value))}`;
}

export function globalName(name: string): string {
  const dot = name.lastIndexOf(".");
  return `c${name.slice(0, dot)}\n${name.slice(dot + 1)}\n`;
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8);
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function int64(value: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
