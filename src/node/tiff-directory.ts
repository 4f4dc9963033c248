// Just enough of a reader of TIFF's directories, which Exif is made of too. What is not there reads as 0.

/** An entry's four last bytes, read as each kind of content. */
export interface TiffEntry {
  readonly value: number;
  readonly short: number;
  readonly text: string;
  /** Where the entry stands. */
  readonly at: number;
}

export class TiffDirectory {
  /** Where the first directory begins. */
  readonly first: number;
  readonly isLittle: boolean;

  /** Of a part without the file's first bytes its order has to be said. */
  constructor(
    readonly bytes: Buffer,
    isLittle = bytes.toString("latin1", 0, 2) === "II",
  ) {
    this.isLittle = isLittle;
    this.first = this.uint(4, 4);
  }

  /** An entry of the directory that begins here. */
  entry(directory: number, wanted: number): TiffEntry | undefined {
    for (const at of this.entries(directory)) {
      if (this.uint(at, 2) !== wanted) continue;
      return {
        value: this.uint(at + 8, 4),
        short: this.uint(at + 8, 2),
        text: this.bytes.toString("latin1", at + 8, at + 12),
        at,
      };
    }
    return undefined;
  }

  /** Where the entries of the directory stand, of 12 bytes each. */
  *entries(directory: number): Generator<number> {
    if (directory === 0) return;
    const count = this.uint(directory, 2);
    for (let at = directory + 2; at < directory + 2 + count * 12 && at + 12 <= this.bytes.length; at += 12) yield at;
  }

  uint(at: number, byteLength: number): number {
    if (at + byteLength > this.bytes.length) return 0;
    return this.isLittle ? this.bytes.readUIntLE(at, byteLength) : this.bytes.readUIntBE(at, byteLength);
  }

  /** Writes into the bytes; nothing beyond their end. */
  setUint(at: number, byteLength: number, value: number): void {
    if (at + byteLength > this.bytes.length) return;
    if (this.isLittle) this.bytes.writeUIntLE(value, at, byteLength);
    else this.bytes.writeUIntBE(value, at, byteLength);
  }
}
