// Writes PNG files of every kind for tests, chunk by chunk. Owns no compression choices: each row goes unfiltered.
import { crc32, deflateSync } from "node:zlib";

export interface PngParts {
  readonly width: number;
  readonly height: number;
  /** Bits a sample. */
  readonly depth: 1 | 2 | 4 | 8 | 16;
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA. */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  /** Whole samples of 8 or 16 bits; for less, bytes as they are packed. */
  readonly samples: readonly number[];
  /** Chunks between the header and the data, in order. */
  readonly chunks?: readonly (readonly [type: string, data: Uint8Array])[];
}

export function pngFile({ width, height, depth, colourType, samples, chunks = [] }: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = depth;
  header[9] = colourType;
  const bytes = depth === 16 ? uint16(...samples) : Buffer.from(samples);
  const rowLength = bytes.length / height;
  const rows = Array.from({ length: height }, (_, y) => [
    Buffer.from([0]),
    bytes.subarray(y * rowLength, (y + 1) * rowLength),
  ]).flat();
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    ...chunks.map(([type, data]) => chunk(type, data)),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

export function uint16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.concat([Buffer.alloc(4), Buffer.from(type, "latin1"), data, Buffer.alloc(4)]);
  out.writeUInt32BE(data.length, 0);
  out.writeUInt32BE(crc32(out.subarray(4, out.length - 4)), out.length - 4);
  return out;
}
