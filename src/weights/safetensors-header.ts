// Owns the JSON header of a .safetensors file. JSON.parse alone would hide duplicate keys, let "__proto__" through and nest as deep as an attacker
// likes, so the header is read by its own grammar: it can hold nothing but tensors and metadata.

import { EsrganError } from "../errors.js";
import { requireFew } from "./limits.js";
import { printableName } from "./printable-name.js";

/** One tensor of the header, as written there: nothing but its grammar has been checked. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Offsets into the data behind the header. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

const MAX_RANK = 32;

/** @throws EsrganError "bad-weights" naming the place and what was expected there */
export function parseSafetensorsHeader(text: string): SafetensorsHeader {
  const reader = new HeaderReader(text);
  const entries: TensorEntry[] = [];
  const metadata: Record<string, string> = Object.create(null);
  let texts = 0;
  if (!text.startsWith("{")) throw reader.unexpected('"{"');
  reader.object(
    () => "the safetensors header",
    (name) => {
      if (name === "__metadata__") {
        reader.object(
          () => "the safetensors metadata",
          (key) => {
            metadata[key] = reader.string();
            requireFew(++texts, "entries of metadata");
          },
        );
      } else {
        entries.push(readEntry(reader, name));
        requireFew(entries.length, "tensors");
      }
    },
  );
  reader.end();
  return { entries, metadata };
}

function readEntry(reader: HeaderReader, name: string): TensorEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  reader.object(
    () => `tensor ${printableName(name)}`,
    (key) => {
      if (key === "dtype") dtype = reader.string();
      else if (key === "shape") shape = reader.integers(MAX_RANK);
      else if (key === "data_offsets") offsets = reader.integers(2);
      else
        throw bad(
          `Tensor ${printableName(name)} has a field ${printableName(key)}, expected dtype, shape and data_offsets`,
        );
    },
  );
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const missing = dtype === undefined ? "dtype" : shape === undefined ? "shape" : "data_offsets";
    throw bad(`Tensor ${printableName(name)} has no ${missing}, expected dtype, shape and data_offsets`);
  }
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || begin > end) {
    throw bad(
      `Tensor ${printableName(name)} has data_offsets [${offsets.join(",")}], expected [begin,end] with begin <= end`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Reads the part of JSON that the format uses: objects, strings, and lists of non-negative integers. */
class HeaderReader {
  private at = 0;

  constructor(private readonly text: string) {}

  /** Calls `readValue` for each key, once the reader stands before the key's value. */
  object(what: () => string, readValue: (key: string) => void): void {
    this.expect("{");
    if (this.accept("}")) return;
    const keys = new Set<string>();
    do {
      const key = this.string();
      if (keys.has(key)) throw bad(`The key ${printableName(key)} stands twice in ${what()}`);
      keys.add(key);
      this.expect(":");
      readValue(key);
    } while (this.accept(","));
    this.expect("}");
  }

  string(): string {
    this.skipSpace();
    const start = this.at;
    if (this.text[start] !== '"') throw this.unexpected("a string");
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === "\\" ? 2 : 1;
    try {
      const value: unknown = JSON.parse(this.text.slice(start, end + 1));
      this.at = end + 1;
      return String(value);
    } catch (cause) {
      throw this.unexpected("a string", { cause });
    }
  }

  integers(limit: number): number[] {
    const values: number[] = [];
    this.expect("[");
    if (this.accept("]")) return values;
    do {
      if (values.length === limit) throw this.unexpected(`a list of at most ${limit} integers`);
      values.push(this.integer());
    } while (this.accept(","));
    this.expect("]");
    return values;
  }

  end(): void {
    this.skipSpace();
    if (this.at < this.text.length) throw this.unexpected("the end");
  }

  unexpected(expected: string, options?: ErrorOptions): EsrganError {
    const got =
      this.at < this.text.length ? JSON.stringify(printableName(this.text.slice(this.at, this.at + 20))) : "its end";
    return bad(`The safetensors header has ${got} at position ${this.at}, expected ${expected}`, options);
  }

  private integer(): number {
    this.skipSpace();
    const [digits] = this.text.slice(this.at, this.at + 20).match(/^(?:0|[1-9]\d*)(?![\d.eE])/) ?? [];
    if (digits === undefined || !Number.isSafeInteger(Number(digits))) {
      throw this.unexpected(`an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
    }
    this.at += digits.length;
    return Number(digits);
  }

  private expect(character: string): void {
    if (!this.accept(character)) throw this.unexpected(JSON.stringify(character));
  }

  private accept(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
  }
}

/** Space, tab, line feed or carriage return, as JSON has it. */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function bad(message: string, options?: ErrorOptions): EsrganError {
  return new EsrganError("bad-weights", message, options);
}
