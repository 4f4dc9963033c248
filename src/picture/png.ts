// Owns writing PNG where there is no Node: straight alpha and 16 bits stay as they are, which
// canvases cannot promise. The file is written row by row, so that only the compressed bytes are held.

import { EsrganError } from "../errors.js";
import type { PictureSize } from "../ops/image-to-tensor.js";
import type { Pixels } from "../ops/pixels.js";
import { crc32 } from "../weights/crc32.js";
import { EventLoopYield } from "../weights/event-loop-yield.js";
import type { ColorSpace } from "./source.js";

type Bytes = Uint8Array<ArrayBuffer>;
export type PixelStrips = Iterable<Pixels> | AsyncIterable<Pixels>;

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const COLOR_TYPES: Readonly<Record<Pixels["channels"], number>> = { 1: 0, 2: 4, 3: 2, 4: 6 };
// Coding-independent code points: primaries of Display P3, transfer of sRGB, RGB, full range.
const CICP_DISPLAY_P3 = Uint8Array.of(12, 13, 0, 1);
const PAETH = 4; // One filter for all rows: choosing saves a few percent and takes five times as long.
const BATCH_BYTES = 2 ** 17;

/**
 * The strips, which follow one another from the top and make up a picture of `size`, as one PNG: gray
 * or RGB, with alpha or without, of 8 or 16 bits as the first strip is. Hands the thread back every 20 ms.
 * @throws EsrganError "bad-input" where there is no CompressionStream, "internal" if the strips do not
 * make up the picture
 */
export async function pngOf(strips: PixelStrips, size: PictureSize, colorSpace: ColorSpace): Promise<Blob> {
  if (typeof CompressionStream === "undefined") {
    throw new EsrganError("bad-input", "This environment has no CompressionStream to write PNG with");
  }
  const parts: Bytes[] = [SIGNATURE];
  const { readable, writable } = new CompressionStream("deflate");
  const collected = collect(readable.getReader(), parts);
  collected.catch(() => {}); // heard of at the end
  const writer = writable.getWriter();
  try {
    const turn = new EventLoopYield();
    let rows: FilteredRows | undefined;
    let count = 0;
    for await (const strip of strips) {
      if (!rows) {
        rows = new FilteredRows(strip);
        parts.push(...header(strip, size, colorSpace));
      }
      rows.require(strip, size.width);
      count += strip.height;
      for (const batch of rows.batches(strip.data)) {
        await writer.write(batch);
        if (turn.isOver()) await turn.next();
      }
    }
    if (count !== size.height) throw notWhole(`${count} rows`, size);
    await writer.close();
    await collected;
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
  parts.push(chunk("IEND", new Uint8Array(0)));
  return new Blob(parts, { type: "image/png" });
}

/** Makes chunks of the compressed bytes as they come. */
async function collect(reader: ReadableStreamDefaultReader<Uint8Array>, parts: Bytes[]): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parts.push(chunk("IDAT", value));
  }
}

function header({ channels, bits }: Pixels, { width, height }: PictureSize, colorSpace: ColorSpace): Bytes[] {
  const fields = new Uint8Array(13); // the last three: deflate, the five filters, not interlaced
  const view = new DataView(fields.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  view.setUint8(8, bits);
  view.setUint8(9, COLOR_TYPES[channels]);
  const chunks = [chunk("IHDR", fields)];
  if (colorSpace === "display-p3") chunks.push(chunk("cICP", CICP_DISPLAY_P3));
  return chunks;
}

function chunk(type: string, data: Uint8Array): Bytes {
  const out = new Uint8Array(data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(data.length + 8, crc32(out.subarray(4, data.length + 8)));
  return out;
}

/** Turns rows of samples into rows of filtered bytes. Owns the last row, which the next one is compared with. */
class FilteredRows {
  // Both with a pixel of zeros before the row, as the format has it.
  #above: Bytes;
  #row: Bytes;
  readonly #form: Pixels;
  readonly #pixelBytes: number;

  constructor(form: Pixels) {
    this.#form = form;
    this.#pixelBytes = (form.channels * form.bits) / 8;
    this.#above = new Uint8Array((1 + form.width) * this.#pixelBytes);
    this.#row = new Uint8Array((1 + form.width) * this.#pixelBytes);
  }

  /** @throws EsrganError "internal" for a strip of another form */
  require({ width, height, channels, bits, data }: Pixels, wanted: number): void {
    const { channels: c, bits: b } = this.#form;
    const isWhole = data.length === width * height * channels;
    if (width === wanted && channels === c && bits === b && isWhole) return;
    throw new EsrganError(
      "internal",
      `A strip of ${width}x${height} pixels, ${channels} channels of ${bits} bits and ${data.length} values came for a PNG ` +
        `of width ${wanted} with ${c} channels of ${b} bits`,
    );
  }

  /** The filtered bytes of whole rows, some rows at a time, each in memory of its own. */
  *batches(data: Pixels["data"]): Generator<Bytes, void, void> {
    const samples = this.#form.width * this.#form.channels;
    const lineBytes = this.#row.length - this.#pixelBytes + 1;
    const rows = data.length / samples;
    const rowsABatch = Math.max(1, Math.floor(BATCH_BYTES / lineBytes));
    for (let y = 0; y < rows; y += rowsABatch) {
      const count = Math.min(rowsABatch, rows - y);
      const batch = new Uint8Array(count * lineBytes);
      for (let i = 0; i < count; i++) {
        this.#load(data.subarray((y + i) * samples, (y + i + 1) * samples));
        this.#filter(batch.subarray(i * lineBytes, (i + 1) * lineBytes));
        [this.#above, this.#row] = [this.#row, this.#above];
      }
      yield batch;
    }
  }

  #load(samples: Pixels["data"]): void {
    const row = this.#row;
    if (this.#form.bits === 8) {
      row.set(samples, this.#pixelBytes);
      return;
    }
    for (let i = 0, to = this.#pixelBytes; i < samples.length; i++, to += 2) {
      row[to] = samples[i]! >> 8; // the format's order
      row[to + 1] = samples[i]!;
    }
  }

  /** Each byte as the difference from what Paeth's predictor expects of its neighbours (PNG specification, 9.4). */
  #filter(line: Bytes): void {
    const row = this.#row;
    const above = this.#above;
    const step = this.#pixelBytes;
    line[0] = PAETH;
    for (let i = step, to = 1; i < row.length; i++, to++) {
      const left = row[i - step]!;
      const over = above[i]!;
      const corner = above[i - step]!;
      const toLeft = Math.abs(over - corner);
      const toOver = Math.abs(left - corner);
      const toCorner = Math.abs(left + over - 2 * corner);
      const nearest = toLeft <= toOver && toLeft <= toCorner ? left : toOver <= toCorner ? over : corner;
      line[to] = row[i]! - nearest;
    }
  }
}

function notWhole(got: string, { width, height }: PictureSize): EsrganError {
  return new EsrganError("internal", `Strips of ${got} came for a PNG of ${width}x${height} pixels`);
}
