// File names as strings, whatever bytes they are, and as text that a terminal can be given. Owns both ways between names and bytes. A byte that
// is part of no UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF, as in Python's "surrogateescape": names can be cut and joined as any other
// string, and JSON carries them. Windows has no such names.
import { isUtf8 } from "node:buffer";
import { readFileSync, rmSync } from "node:fs";

const ESCAPED_BYTE = /([\udc80-\udcff])/u;
// What a terminal acts on or that turns the order of what is shown around: controls, ends of lines, marks of direction, halves of pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const SHORT_ESCAPES: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The name that these bytes are. */
export function nameFromBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let name = "";
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= bytes.length && isUtf8(bytes.subarray(at, at + n)));
    name += length ? bytes.toString("utf8", at, at + length) : String.fromCharCode(0xdc00 + bytes[at]!);
    at += length ?? 1;
  }
  return name;
}

/** The bytes that a name stands for. */
export function nameBytes(name: string): Buffer {
  // Every other part is an escaped byte.
  const parts = name.split(ESCAPED_BYTE);
  return Buffer.concat(
    parts.map((part, i) => Buffer.from(i % 2 === 1 ? [part.charCodeAt(0) & 0xff] : Buffer.from(part))),
  );
}

/** A name as the system is to be given it. */
export function systemPath(name: string): string | Buffer {
  return process.platform !== "win32" && ESCAPED_BYTE.test(name) ? nameBytes(name) : name;
}

/** Removes files and folders that may be there; those that cannot be removed stay. */
export function removeFiles(names: Iterable<string>): void {
  for (const name of names) {
    try {
      rmSync(systemPath(name), { recursive: true, force: true });
    } catch {
      // The next run may have more luck.
    }
  }
}

/** Text on one line, with escapes for what a terminal would not show as it is. The same for text that has been through it. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!;
    const byte = code >= 0xdc80 && code <= 0xdcff ? code & 0xff : code;
    const hex = byte.toString(16);
    return SHORT_ESCAPES[character] ?? (byte < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`);
  });
}

/** A value as JSON that a terminal can be given. */
export function printableJson(value: unknown, indent?: number): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, indent).replace(
    UNPRINTABLE,
    (character) => (character === "\n" ? character : escaped(character)), // outside strings: within them it is escaped already
  );
}

/** The words of this process's command line with all their bytes: Node has replaced those that are no UTF-8. Only Linux shows them. */
export function commandLineWords(): string[] {
  const words = process.argv.slice(2);
  if (process.platform !== "linux" || !words.some((word) => word.includes("\ufffd"))) return words;
  const all: Buffer[] = [];
  const line = commandLine();
  for (let at = 0, end = line.indexOf(0); end >= 0; at = end + 1, end = line.indexOf(0, at)) {
    all.push(line.subarray(at, end));
  }
  const own = all.slice(-words.length);
  const isSame = own.length === words.length && own.every((bytes, index) => bytes.toString() === words[index]);
  return isSame ? own.map(nameFromBytes) : words;
}

function commandLine(): Buffer {
  try {
    return readFileSync("/proc/self/cmdline");
  } catch {
    return Buffer.alloc(0);
  }
}
