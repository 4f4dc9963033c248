// Owns pictures on the CPU that go to the GPU part by part: whole rows of a part are copied, nothing else is done to them here.

import { rowWords } from "../ops/picture.kernels.js";
import { arrayOver, type PixelArray, type Pixels, type StepBits, type StepPixels } from "../ops/pixels.js";
import type { PackedRows, Rectangle } from "../ops/region.js";

/** Rows of pixels from the top: interleaved channels, as wide as the whole. */
export interface PixelStrip {
  readonly y: number;
  readonly rows: number;
  readonly data: PixelArray;
}

/** A picture of which parts are asked for from the top down. */
export interface PixelSource extends Omit<StepPixels, "data"> {
  /** The bytes of a part, each row beginning with a word. Rows above the part are not asked for again. */
  pack(part: Rectangle): Promise<Uint8Array<ArrayBuffer>>;
}

/** The form of packed rows that `pack` gives of a part. */
export function packedRows(part: Rectangle, form: Pick<StepPixels, "channels" | "bits">): PackedRows {
  return { ...part, pitch: rowWords(part.width, form), offset: 0 };
}

/** A picture that is there as a whole. */
export class ArraySource implements PixelSource {
  readonly width: number;
  readonly height: number;
  readonly channels: Pixels["channels"];
  readonly bits: StepBits;

  constructor(private readonly pixels: StepPixels) {
    ({ width: this.width, height: this.height, channels: this.channels, bits: this.bits } = pixels);
  }

  async pack(part: Rectangle): Promise<Uint8Array<ArrayBuffer>> {
    return packPart(this.pixels, part, 0);
  }
}

/** A picture that comes strip by strip; rows above those asked for last are let go. */
export class StripSource implements PixelSource {
  readonly width: number;
  readonly height: number;
  readonly channels: Pixels["channels"];
  readonly bits: StepBits;
  #kept: StepPixels;
  /** The picture's row that `#kept` starts with. */
  #first = 0;

  constructor(
    private readonly strips: AsyncIterator<PixelStrip>,
    form: Omit<StepPixels, "data">,
  ) {
    ({ width: this.width, height: this.height, channels: this.channels, bits: this.bits } = form);
    this.#kept = { ...form, height: 0, data: emptyArray(form.bits, 0) };
  }

  async pack(part: Rectangle): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#first + this.#kept.height < part.y + part.height) {
      const { done, value } = await this.strips.next();
      if (done) throw new Error("a picture ended before its last row");
      this.#add(value, Math.max(part.y - this.#first, 0));
    }
    return packPart(this.#kept, part, this.#first);
  }

  #add(strip: PixelStrip, dropped: number): void {
    const { width, channels, data, height } = this.#kept;
    const from = Math.min(dropped, height);
    const rest = data.subarray(from * width * channels);
    const joined = emptyArray(this.bits, rest.length + strip.data.length);
    joined.set(rest);
    joined.set(strip.data, rest.length);
    this.#first += from;
    this.#kept = { ...this.#kept, data: joined, height: height - from + strip.rows };
  }
}

/** An array for so many values. */
export function emptyArray(bits: StepBits, length: number): PixelArray {
  return arrayOver(bits, new ArrayBuffer((length * bits) / 8));
}

/** The bytes of `part` of a picture whose first row at hand is `firstRow`. What lies outside is the picture's other side. */
function packPart(pixels: StepPixels, part: Rectangle, firstRow: number): Uint8Array<ArrayBuffer> {
  const { width, height, channels, bits, data } = pixels;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const pixelBytes = (channels * bits) / 8;
  const pitch = rowWords(part.width, pixels) * 4;
  const packed = new Uint8Array(pitch * part.height);
  const rowCount = firstRow + height;
  for (let row = 0; row < part.height; row++) {
    const line = (modulo(part.y + row, rowCount) - firstRow) * width;
    for (let x = 0; x < part.width; ) {
      const column = modulo(part.x + x, width);
      const length = Math.min(part.width - x, width - column);
      const from = (line + column) * pixelBytes;
      packed.set(bytes.subarray(from, from + length * pixelBytes), row * pitch + x * pixelBytes);
      x += length;
    }
  }
  return packed;
}

function modulo(value: number, size: number): number {
  return ((value % size) + size) % size;
}
