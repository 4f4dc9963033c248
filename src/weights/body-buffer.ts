// Owns the memory that a body of unknown chunks is gathered in: once, where its length is known or a .safetensors file says it in its header.

import { SAFETENSORS_START_BYTES, safetensorsHeadLength, safetensorsLength } from "./safetensors.js";

// More than any network of this family has. A length beyond may be a lie, and is not allocated before its bytes are there.
const TRUSTED_BYTES = 2 ** 28;

/** Takes a body's chunks, in order, and gives it whole. */
export class BodyBuffer {
  /** Gathered while the length is not known, or is wrong. */
  #chunks: Uint8Array[] = [];
  /** The whole of it, filled up to `length`. */
  #whole: Uint8Array | undefined;
  #length = 0;
  /** How much must be there to ask how long a .safetensors file is; undefined once that was asked. */
  #headBytes: number | undefined = SAFETENSORS_START_BYTES;

  /** `expected`: how long the body should be, where somebody said it. */
  constructor(expected: number | undefined) {
    if (expected !== undefined && expected <= TRUSTED_BYTES) this.#whole = new Uint8Array(expected);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Takes a chunk. Its memory may be kept. */
  append(chunk: Uint8Array): void {
    if (this.#whole && this.#length + chunk.byteLength > this.#whole.byteLength) {
      this.#chunks = [this.#whole.subarray(0, this.#length)];
      this.#whole = undefined;
      this.#headBytes = undefined;
    }
    if (this.#whole) this.#whole.set(chunk, this.#length);
    else this.#chunks.push(chunk);
    this.#length += chunk.byteLength;
    if (!this.#whole) this.#askHeader();
  }

  /** The body; memory of its own, but for what a chunk alone holds. */
  take(): Uint8Array {
    if (this.#whole) return this.#whole.subarray(0, this.#length);
    return this.#chunks.length === 1 ? this.#chunks[0]! : joined(this.#chunks, this.#length);
  }

  #askHeader(): void {
    while (this.#headBytes !== undefined && this.#length >= this.#headBytes) {
      const head = firstBytes(this.#chunks, this.#headBytes);
      const isStart = head.length === SAFETENSORS_START_BYTES;
      this.#headBytes = isStart ? safetensorsHeadLength(head) : undefined;
      if (isStart) continue;
      const found = safetensorsLength(head);
      if (found === undefined || found < this.#length || found > TRUSTED_BYTES) return;
      this.#whole = joined(this.#chunks, found);
      this.#chunks = [];
    }
  }
}

function firstBytes(chunks: readonly Uint8Array[], count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let at = 0;
  for (const chunk of chunks) {
    if (at === count) break;
    const part = chunk.subarray(0, count - at);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The chunks, one after another, in `byteLength` bytes. */
function joined(chunks: readonly Uint8Array[], byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
