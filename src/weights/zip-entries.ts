// Owns zip archives as far as checkpoints need them: the directory, and members that are stored as they are. Members lie in place,
// so no size that a directory claims is ever allocated.

import { crc32 } from "./crc32.js";
import { requireFew } from "./limits.js";
import { badCheckpoint, badWeights } from "./pickle-values.js";
import { printableName } from "./printable-name.js";

export interface ZipMember {
  readonly name: string;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly byteLength: number;
  readonly headerAt: number;
}

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const DIRECTORY_END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const LOCAL_HEADER_BYTES = 30;
const ENTRY_BYTES = 46;
const END_BYTES = 22;
const END_64_BYTES = 56;
const LOCATOR_BYTES = 20;
const MAX_COMMENT_BYTES = 0xffff;
const ZIP64_FIELD = 1;
const STORED = 0;
const ENCRYPTED = 1;
const UTF8_NAME = 0x800;

/** The archive's members by name. @throws EsrganError "bad-weights" if it is no whole zip file or a name is not harmless */
export function readZipDirectory(file: Uint8Array): Map<string, ZipMember> {
  const view = viewOf(file);
  const { at, end } = findDirectory(view);
  const members = new Map<string, ZipMember>();
  for (let next = at; next < end; ) {
    const { member, byteLength } = readEntry(view, file, next, end);
    next += byteLength;
    const { name } = member;
    const shown = printableName(name);
    if (members.has(name)) throw badCheckpoint(`holds the zip member ${shown} twice`);
    if (name.startsWith("/") || name.includes("\\") || name.split("/").includes("..")) {
      throw badCheckpoint(`holds the zip member ${shown}, which leaves the archive`);
    }
    members.set(name, member);
    requireFew(members.size, "zip members");
  }
  return members;
}

/** The bytes of members, in place. */
export class ZipReader {
  #bytesRead = 0;

  constructor(private readonly file: Uint8Array) {}

  /** @throws EsrganError "bad-weights" if `member` is compressed, encrypted, cut off, damaged, or lies where others do */
  read(member: ZipMember): Uint8Array {
    const { file } = this;
    const label = `The checkpoint's zip member ${printableName(member.name)}`;
    const view = viewOf(file);
    const { headerAt, byteLength } = member;
    if (member.method !== STORED || member.flags & ENCRYPTED) {
      const hint = "PyTorch stores it plainly, so save it again with torch.save";
      throw badWeights(`${label} is compressed or encrypted; ${hint}`);
    }
    if (headerAt + LOCAL_HEADER_BYTES > file.length || view.getUint32(headerAt, true) !== LOCAL_HEADER) {
      throw badWeights(`${label} has no header where the directory says`);
    }
    const names = view.getUint16(headerAt + 26, true) + view.getUint16(headerAt + 28, true);
    const start = headerAt + LOCAL_HEADER_BYTES + names;
    if (byteLength !== member.compressedBytes || byteLength > file.length - start) {
      throw badWeights(`${label} says it has ${byteLength} bytes, more than the file holds`);
    }
    // Else few bytes would make work for very many members.
    this.#bytesRead += byteLength;
    if (this.#bytesRead > file.length) throw badWeights(`${label} lies where other members do`);
    const bytes = file.subarray(start, start + byteLength);
    if (crc32(bytes) !== member.crc) throw badWeights(`${label} is damaged (its checksum differs)`);
    return bytes;
  }
}

function viewOf(file: Uint8Array): DataView {
  return new DataView(file.buffer, file.byteOffset, file.byteLength);
}

/** Where the directory lies, from the record at the end of the file, which a comment may follow. */
function findDirectory(view: DataView): { at: number; end: number } {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= 0 && at >= last - MAX_COMMENT_BYTES; at--) {
    if (view.getUint32(at, true) !== DIRECTORY_END || view.getUint16(at + 20, true) !== last - at) continue;
    const large = endRecord64(view, at);
    const byteLength = large?.byteLength ?? view.getUint32(at + 12, true);
    const start = large?.start ?? view.getUint32(at + 16, true);
    if (start + byteLength !== (large?.at ?? at)) throw notWhole("its directory lies elsewhere than it says");
    return { at: start, end: start + byteLength };
  }
  throw notWhole("it has no directory at its end");
}

/** The larger record that stands before the end record of an archive with 64-bit sizes, as PyTorch writes them. */
function endRecord64(view: DataView, endAt: number) {
  const locator = endAt - LOCATOR_BYTES;
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR_64) return undefined;
  const at = locator - END_64_BYTES;
  if (at < 0 || view.getUint32(at, true) !== DIRECTORY_END_64) throw notWhole("its directory has no end record");
  return { at, byteLength: uint64(view, at + 40), start: uint64(view, at + 48) };
}

function readEntry(view: DataView, file: Uint8Array, at: number, end: number) {
  if (end - at < ENTRY_BYTES || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
    throw notWhole("its directory is damaged");
  }
  const flags = view.getUint16(at + 8, true);
  const nameBytes = view.getUint16(at + 28, true);
  const extraBytes = view.getUint16(at + 30, true);
  const byteLength = ENTRY_BYTES + nameBytes + extraBytes + view.getUint16(at + 32, true);
  if (byteLength > end - at) throw notWhole("its directory is damaged");
  const nameAt = at + ENTRY_BYTES;
  const sizes = readSizes(view, at, nameAt + nameBytes, extraBytes);
  const name = decodeName(file.subarray(nameAt, nameAt + nameBytes), (flags & UTF8_NAME) !== 0);
  const member: ZipMember = {
    name,
    flags,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    ...sizes,
  };
  return { member, byteLength };
}

/** Sizes and place; those that say 0xffffffff stand in the 64-bit field, in this order. */
function readSizes(view: DataView, at: number, extraAt: number, extraBytes: number) {
  let [fieldAt, fieldEnd] = findField(view, extraAt, extraAt + extraBytes);
  const read = (value: number) => {
    if (value !== 0xffffffff || fieldAt === fieldEnd) return value;
    if (fieldEnd - fieldAt < 8) throw notWhole("its directory is damaged");
    fieldAt += 8;
    return uint64(view, fieldAt - 8);
  };
  const byteLength = read(view.getUint32(at + 24, true));
  const compressedBytes = read(view.getUint32(at + 20, true));
  const headerAt = read(view.getUint32(at + 42, true));
  return { byteLength, compressedBytes, headerAt };
}

function findField(view: DataView, start: number, end: number): [at: number, end: number] {
  for (let at = start; at + 4 <= end; ) {
    const next = at + 4 + view.getUint16(at + 2, true);
    if (next > end) throw notWhole("its directory is damaged");
    if (view.getUint16(at, true) === ZIP64_FIELD) return [at + 4, next];
    at = next;
  }
  return [end, end];
}

function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  if (!isUtf8) return String.fromCharCode(...bytes.subarray(0, 4096));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw notWhole("a name in its directory is not UTF-8", { cause });
  }
}

function uint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function notWhole(why: string, options?: ErrorOptions) {
  return badCheckpoint(`is not a whole zip file: ${why}`, options);
}
