// Owns the reading of one pickle. A pickle is a program; this interpreter runs its opcodes on plain data and calls nothing:
// what a name or a call would have made is for the caller's PickleHost to say. Its opcodes and limits are those of
// tools/convert-weights.py.

import {
  badCheckpoint,
  KnownGlobal,
  PickleBytes,
  type PickleDict,
  PickleFloat,
  PickleTuple,
  type PickleValue,
  Placeholder,
  setItem,
} from "./pickle-values.js";
import { printableName } from "./printable-name.js";

// Limits for hostile files: the largest network of the family has 702 tensors and a pickle of 30 thousand opcodes.
export const MAX_PICKLE_BYTES = 64 * 2 ** 20;
export const MAX_MEMO = 200_000;
const MAX_OPCODES = 600_000;
const MAX_STACK = 50_000;
const MAX_MARKS = 256;
const MAX_STRING_BYTES = 2 ** 20;
const MAX_NAME_BYTES = 512;
const MAX_INTEGER_BYTES = 16;
const MAX_PROTOCOL = 5;

/** What names, calls and references of a pickle mean. Nothing of it may run what the file asks for. */
export interface PickleHost {
  /** The name `module.attribute`. */
  global(name: string): KnownGlobal | Placeholder;
  /** What a call of a known name would have returned. */
  call(callee: KnownGlobal, args: readonly PickleValue[]): PickleValue;
  /** What a persistent id refers to. */
  persistent(id: PickleValue): PickleValue;
}

/**
 * Reads the pickle that begins at byte `start`, and says where it ends.
 * @throws EsrganError "bad-weights" where it is malformed, asks for too much, or has an opcode that no checkpoint needs
 */
export function readPickle(host: PickleHost, bytes: Uint8Array, start = 0): { value: PickleValue; end: number } {
  return new PickleReader(host, bytes, start).read();
}

const STOP = 0x2e;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class PickleReader {
  readonly #view: DataView;
  readonly #end: number;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #at: number;

  constructor(
    private readonly host: PickleHost,
    private readonly bytes: Uint8Array,
    start: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = Math.min(bytes.length, start + MAX_PICKLE_BYTES);
  }

  read(): { value: PickleValue; end: number } {
    for (let count = 0; count < MAX_OPCODES; count++) {
      const opcode = this.#unsigned(1);
      if (opcode === STOP) return { value: this.#pop(), end: this.#at };
      const action = PickleReader.#ACTIONS.get(opcode);
      if (!action) throw this.#bad(`opcode 0x${opcode.toString(16).padStart(2, "0")}, which no checkpoint needs,`);
      action(this);
    }
    throw this.#bad(`more than ${MAX_OPCODES} opcodes`);
  }

  static readonly #ACTIONS: ReadonlyMap<number, (reader: PickleReader) => void> = new Map<
    number,
    (reader: PickleReader) => void
  >([
    [0x80, (r) => r.#protocol()], // PROTO
    [0x95, (r) => r.#take(8)], // FRAME
    [0x28, (r) => r.#mark()], // MARK
    [0x30, (r) => r.#drop()], // POP
    [0x31, (r) => r.#popMark()], // POP_MARK
    [0x32, (r) => r.#push(r.#top())], // DUP
    [0x4e, (r) => r.#push(null)], // NONE
    [0x88, (r) => r.#push(true)], // NEWTRUE
    [0x89, (r) => r.#push(false)], // NEWFALSE
    [0x49, (r) => r.#decimal()], // INT
    [0x4a, (r) => r.#push(r.#unsigned(4) | 0)], // BININT
    [0x4b, (r) => r.#push(r.#unsigned(1))], // BININT1
    [0x4d, (r) => r.#push(r.#unsigned(2))], // BININT2
    [0x8a, (r) => r.#long(r.#unsigned(1))], // LONG1
    [0x8b, (r) => r.#long(r.#unsigned(4))], // LONG4
    [0x47, (r) => r.#push(new PickleFloat(r.#view.getFloat64(r.#take(8))))], // BINFLOAT
    [0x58, (r) => r.#push(r.#text(r.#unsigned(4)))], // BINUNICODE
    [0x8c, (r) => r.#push(r.#text(r.#unsigned(1)))], // SHORT_BINUNICODE
    [0x8d, (r) => r.#push(r.#text(r.#unsigned(8)))], // BINUNICODE8
    [0x54, (r) => r.#push(r.#oldText(r.#unsigned(4)))], // BINSTRING
    [0x55, (r) => r.#push(r.#oldText(r.#unsigned(1)))], // SHORT_BINSTRING
    [0x42, (r) => r.#push(new PickleBytes(r.#blob(r.#unsigned(4))))], // BINBYTES
    [0x43, (r) => r.#push(new PickleBytes(r.#blob(r.#unsigned(1))))], // SHORT_BINBYTES
    [0x8e, (r) => r.#push(new PickleBytes(r.#blob(r.#unsigned(8))))], // BINBYTES8
    [0x96, (r) => r.#push(new PickleBytes(r.#blob(r.#unsigned(8))))], // BYTEARRAY8
    [0x5d, (r) => r.#push([])], // EMPTY_LIST
    [0x8f, (r) => r.#push([])], // EMPTY_SET, whose items need not be told apart here
    [0x6c, (r) => r.#push(r.#popMark())], // LIST
    [0x61, (r) => r.#extend([r.#pop()])], // APPEND
    [0x65, (r) => r.#extend(r.#popMark())], // APPENDS
    [0x90, (r) => r.#extend(r.#popMark())], // ADDITEMS
    [0x29, (r) => r.#push(new PickleTuple([]))], // EMPTY_TUPLE
    [0x74, (r) => r.#push(new PickleTuple(r.#popMark()))], // TUPLE
    [0x91, (r) => r.#push(new PickleTuple(r.#popMark()))], // FROZENSET
    [0x85, (r) => r.#tuple(1)], // TUPLE1
    [0x86, (r) => r.#tuple(2)], // TUPLE2
    [0x87, (r) => r.#tuple(3)], // TUPLE3
    [0x7d, (r) => r.#push(new Map())], // EMPTY_DICT
    [0x64, (r) => r.#filledDict()], // DICT
    [0x73, (r) => r.#update([r.#pop(), r.#pop()].reverse())], // SETITEM
    [0x75, (r) => r.#update(r.#popMark())], // SETITEMS
    [0x71, (r) => r.#remember(r.#unsigned(1))], // BINPUT
    [0x72, (r) => r.#remember(r.#unsigned(4))], // LONG_BINPUT
    [0x94, (r) => r.#remember(r.#memo.size)], // MEMOIZE
    [0x68, (r) => r.#recall(r.#unsigned(1))], // BINGET
    [0x6a, (r) => r.#recall(r.#unsigned(4))], // LONG_BINGET
    [0x63, (r) => r.#global(r.#line(), r.#line())], // GLOBAL
    [0x93, (r) => r.#stackGlobal()], // STACK_GLOBAL
    [0x52, (r) => r.#reduce()], // REDUCE
    [0x81, (r) => r.#reduce()], // NEWOBJ
    [0x92, (r) => r.#reduceWithKeywords()], // NEWOBJ_EX
    [0x69, (r) => r.#instance()], // INST
    [0x6f, (r) => r.#instanceOnStack()], // OBJ
    [0x62, (r) => r.#build()], // BUILD
    [0x51, (r) => r.#push(r.host.persistent(r.#pop()))], // BINPERSID
  ]);

  #bad(why: string, options?: ErrorOptions): Error {
    return badCheckpoint(`holds a malformed pickle: ${why} at byte ${this.#at}`, options);
  }

  /** Steps over `count` bytes and says where they are. */
  #take(count: number): number {
    if (count > this.#end - this.#at) throw this.#bad("it ends in the middle of a value or is too long");
    this.#at += count;
    return this.#at - count;
  }

  #unsigned(count: 1 | 2 | 4 | 8): number {
    const at = this.#take(count);
    if (count === 1) return this.#view.getUint8(at);
    if (count === 2) return this.#view.getUint16(at, true);
    if (count === 4) return this.#view.getUint32(at, true);
    // What does not fit a number exactly is beyond every limit anyway.
    return Number(this.#view.getBigUint64(at, true));
  }

  #blob(length: number): Uint8Array {
    if (length > MAX_STRING_BYTES) throw this.#bad(`a string of ${length} bytes`);
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  #decoded(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw this.#bad("text that is not UTF-8", { cause });
    }
  }

  #text(length: number): string {
    return this.#decoded(this.#blob(length));
  }

  /** A `str` of Python 2: text or raw bytes. */
  #oldText(length: number): PickleValue {
    const bytes = this.#blob(length);
    try {
      return utf8.decode(bytes);
    } catch {
      return new PickleBytes(bytes);
    }
  }

  #line(): string {
    const length = this.bytes.subarray(this.#at, Math.min(this.#end, this.#at + MAX_NAME_BYTES)).indexOf(0x0a);
    if (length < 0) throw this.#bad("a line without an end");
    const at = this.#take(length + 1);
    return this.#decoded(this.bytes.subarray(at, at + length));
  }

  #push(value: PickleValue): void {
    if (this.#stack.length >= MAX_STACK) throw this.#bad(`more than ${MAX_STACK} values on its stack`);
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const top = this.#top();
    this.#stack.pop();
    return top;
  }

  /** The last value since the last mark. */
  #top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.#bad("nothing on its stack");
    return this.#stack.at(-1)!;
  }

  #mark(): void {
    if (this.#marks.length >= MAX_MARKS) throw this.#bad(`more than ${MAX_MARKS} nested values`);
    this.#marks.push(this.#stack.length);
  }

  #popMark(): PickleValue[] {
    const first = this.#marks.pop();
    if (first === undefined) throw this.#bad("no mark on its stack");
    return this.#stack.splice(first);
  }

  /** Takes away a value, or a mark where one is on top. */
  #drop(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.#pop();
  }

  #protocol(): void {
    if (this.#unsigned(1) > MAX_PROTOCOL) throw this.#bad("an unknown protocol");
  }

  #remember(index: number): void {
    if (this.#memo.size >= MAX_MEMO) throw this.#bad(`more than ${MAX_MEMO} values in its memo`);
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    const found = this.#memo.get(index);
    if (found === undefined) throw this.#bad(`memo entry ${index}, which does not exist,`);
    this.#push(found);
  }

  #long(length: number): void {
    if (length > MAX_INTEGER_BYTES) throw this.#bad(`an integer of ${length} bytes`);
    const at = this.#take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[at + i]!);
    this.#push(integer(BigInt.asIntN(8 * length, value)));
  }

  /** Python 2 writes integers of more than 32 bits as text. */
  #decimal(): void {
    const digits = this.#line();
    if (!/^-?[0-9]{1,20}$/.test(digits)) throw this.#bad("an integer that is none");
    this.#push(integer(BigInt(digits)));
  }

  #tuple(count: number): void {
    const items = Array.from({ length: count }, () => this.#pop());
    this.#push(new PickleTuple(items.reverse()));
  }

  #extend(items: readonly PickleValue[]): void {
    const target = this.#top();
    if (Array.isArray(target)) for (const item of items) target.push(item);
    else if (!(target instanceof Placeholder)) throw this.#bad("items for something that is not a list");
  }

  #update(items: readonly PickleValue[]): void {
    const target = this.#top();
    const isDict = target instanceof Map;
    if (items.length % 2 !== 0 || !(isDict || target instanceof Placeholder)) {
      throw this.#bad("items for something that is not a dictionary");
    }
    if (!isDict) return;
    for (let i = 0; i < items.length; i += 2) setItem(target, items[i]!, items[i + 1]!);
  }

  #filledDict(): void {
    const items = this.#popMark();
    this.#push(new Map() as PickleDict);
    this.#update(items);
  }

  #global(module: PickleValue, attribute: PickleValue): void {
    if (typeof module !== "string" || typeof attribute !== "string") throw this.#bad("a name that is not text");
    const length = module.length + attribute.length;
    if (length > MAX_NAME_BYTES) throw this.#bad(`a name of ${length} characters`);
    this.#push(this.host.global(`${module}.${attribute}`));
  }

  #stackGlobal(): void {
    const attribute = this.#pop();
    this.#global(this.#pop(), attribute);
  }

  #call(callee: PickleValue, args: PickleValue): void {
    if (callee instanceof Placeholder) this.#push(new Placeholder(callee.name));
    else if (callee instanceof KnownGlobal && args instanceof PickleTuple) {
      this.#push(this.host.call(callee, args.items));
    } else throw this.#bad("a call of something that is not a name");
  }

  #reduce(): void {
    const args = this.#pop();
    this.#call(this.#pop(), args);
  }

  #reduceWithKeywords(): void {
    this.#pop();
    this.#reduce();
  }

  #instance(): void {
    this.#global(this.#line(), this.#line());
    const callee = this.#pop();
    this.#call(callee, new PickleTuple(this.#popMark()));
  }

  #instanceOnStack(): void {
    const [callee, ...args] = this.#popMark();
    if (callee === undefined) throw this.#bad("an object of no class");
    this.#call(callee, new PickleTuple(args));
  }

  /** The state of an object, which no tensor needs. */
  #build(): void {
    this.#pop();
    this.#top();
  }
}

function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The name of what a placeholder stands for, as messages say it. */
export function neverRun(placeholder: Placeholder): string {
  return `${printableName(placeholder.name)}, which is never run`;
}
