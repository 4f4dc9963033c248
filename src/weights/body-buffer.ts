// Owns the memory that a body of unknown chunks is gathered in: once, where somebody says how long it is, beforehand or when its beginning has come.

// More than any network of this family has. A length beyond may be a lie, and is not allocated before its bytes are there.
const TRUSTED_BYTES = 2 ** 28;

/** Takes a body's chunks, in order, and gives it whole. */
export class BodyBuffer {
  /** Gathered while the length is not known, or is wrong. */
  #chunks: Uint8Array[] = [];
  /** The whole of it, filled up to `length`. */
  #whole: Uint8Array | undefined;
  #length = 0;

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
    }
    if (this.#whole) this.#whole.set(chunk, this.#length);
    else this.#chunks.push(chunk);
    this.#length += chunk.byteLength;
  }

  /** Its first bytes, `count` or as many as there are. */
  start(count: number): Uint8Array {
    const [first] = this.#whole ? [this.#whole.subarray(0, this.#length)] : this.#chunks;
    if (first && first.length >= Math.min(count, this.#length)) return first.subarray(0, count);
    return joined(this.#chunks, Math.min(count, this.#length));
  }

  /**
   * Memory for a body of `byteLength`, with what there is of it, that stays what the rest comes to as long as it is not longer; undefined for
   * more than is trusted, or less than there is.
   */
  reserve(byteLength: number): Uint8Array | undefined {
    if (this.#whole?.byteLength === byteLength) return this.#whole;
    if (byteLength > TRUSTED_BYTES || byteLength < this.#length) return undefined;
    this.#whole = joined(this.#whole ? [this.#whole.subarray(0, this.#length)] : this.#chunks, byteLength);
    this.#chunks = [];
    return this.#whole;
  }

  /** The body; memory of its own, but for what a chunk alone holds. */
  take(): Uint8Array {
    if (this.#whole) return this.#whole.subarray(0, this.#length);
    return this.#chunks.length === 1 ? this.#chunks[0]! : joined(this.#chunks, this.#length);
  }
}

/** The first bytes of the chunks, one after another, in `byteLength` bytes. */
function joined(chunks: readonly Uint8Array[], byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const chunk of chunks) {
    if (at === byteLength) break;
    const part = chunk.subarray(0, byteLength - at);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
