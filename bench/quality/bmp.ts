// Owns reading of .bmp files, which the first copies of Set5 and Set14 are and sharp does not read: uncompressed, of 8 bits with a palette, 24 or
// 32 bits.

import { EsrganError } from "../../src/errors.js";
import type { Pixels } from "../../src/ops/pixels.js";

const FILE_HEADER_BYTES = 14;
const LARGEST_SIDE = 32_768;

/**
 * The picture in a .bmp file, of red, green and blue, or of gray where all of its palette is.
 * @throws EsrganError "bad-input" naming `title` where it is none, is cut off, or is compressed
 */
export function readBmp(bytes: Uint8Array, title: string): Pixels {
  const refuse = (why: string) => new EsrganError("bad-input", `${title} cannot be read: ${why}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FILE_HEADER_BYTES + 40 || bytes[0] !== 0x42 || bytes[1] !== 0x4d)
    throw refuse("it is no .bmp file");
  const headerBytes = view.getUint32(14, true);
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const [bitsPerPixel, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  const height = Math.abs(signedHeight);
  if (headerBytes < 40 || compression !== 0 || ![8, 24, 32].includes(bitsPerPixel)) {
    throw refuse("only .bmp files without compression, of 8, 24 or 32 bits, are");
  }
  if (width < 1 || height < 1 || Math.max(width, height) > LARGEST_SIDE)
    throw refuse(`it has ${width}x${height} pixels`);
  const start = view.getUint32(10, true);
  const rowBytes = 4 * Math.ceil((width * bitsPerPixel) / 32);
  if (start + rowBytes * height > bytes.length) throw refuse("it is cut off");
  const palette = bitsPerPixel === 8 ? paletteOf(view, FILE_HEADER_BYTES + headerBytes, start) : undefined;
  const isGray = palette?.every(([blue, green, red]) => blue === green && green === red) ?? false;
  const channels = isGray ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    // Rows go upwards unless the height is negative.
    const row = start + rowBytes * (signedHeight < 0 ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      const at = row + (x * bitsPerPixel) / 8;
      const colour = palette ? palette[bytes[at]!] : [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
      if (!colour) throw refuse("a pixel has a colour beyond its palette");
      for (let c = 0; c < channels; c++) data[(y * width + x) * channels + c] = colour[2 - c]!;
    }
  }
  return { data, width, height, channels, bits: 8 };
}

/** Blue, green and red. */
function paletteOf(view: DataView, from: number, to: number): number[][] {
  const said = view.getUint32(46, true);
  const count = Math.min(said === 0 ? 256 : said, 256, Math.max(0, Math.floor((to - from) / 4)));
  return Array.from({ length: count }, (_, i) => [0, 1, 2].map((c) => view.getUint8(from + 4 * i + c)));
}
