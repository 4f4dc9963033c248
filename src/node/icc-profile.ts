// Puts an ICC colour profile into an encoded PNG, JPEG or WebP file. Owns these containers' framing only: sharp can attach a profile too, but
// converts the values to it on the way, and here they are in it already.
import { crc32, deflateSync } from "node:zlib";

export type PictureFormat = "png" | "jpeg" | "webp";

/** The same file with the profile in it; the pixel data is not touched. */
export function embedIccProfile(file: Buffer, format: PictureFormat, profile: Uint8Array): Buffer {
  return { png: intoPng, jpeg: intoJpeg, webp: intoWebp }[format](file, Buffer.from(profile));
}

const PNG_AFTER_HEADER = 33; // signature and IHDR, which comes first

function intoPng(file: Buffer, profile: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from("iCCPICC profile\0\0", "latin1"), deflateSync(profile)]); // type, name, method 0
  const chunk = Buffer.concat([uint32(body.length - 4), body, uint32(crc32(body))]);
  return Buffer.concat([file.subarray(0, PNG_AFTER_HEADER), chunk, file.subarray(PNG_AFTER_HEADER)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const JPEG_PART = 65519; // a segment's 65533 bytes less the label and two counters

function intoJpeg(file: Buffer, profile: Buffer): Buffer {
  const hasJfif = file.readUInt16BE(2) === 0xffe0; // that segment has to stay the first
  const at = hasJfif ? 4 + file.readUInt16BE(4) : 2;
  const count = Math.ceil(profile.length / JPEG_PART);
  const segments = Array.from({ length: count }, (_, index) => {
    const part = profile.subarray(index * JPEG_PART, (index + 1) * JPEG_PART);
    const body = Buffer.concat([Buffer.from("ICC_PROFILE\0", "latin1"), Buffer.from([index + 1, count]), part]);
    const length = body.length + 2;
    return Buffer.concat([Buffer.from([0xff, 0xe2, length >> 8, length & 0xff]), body]);
  });
  return Buffer.concat([file.subarray(0, at), ...segments, file.subarray(at)]);
}

const WEBP_HAS_PROFILE = 0x20;
const WEBP_HAS_ALPHA = 0x10;

function intoWebp(file: Buffer, profile: Buffer): Buffer {
  const first = file.subarray(12); // behind "RIFF", the length and "WEBP"
  const isExtended = first.toString("latin1", 0, 4) === "VP8X";
  const header = isExtended ? Buffer.from(first.subarray(0, 18)) : extendedWebpHeader(first);
  header[8]! |= WEBP_HAS_PROFILE;
  const rest = isExtended ? first.subarray(18) : first;
  const chunk = Buffer.concat([Buffer.from("ICCP    "), profile, Buffer.alloc(profile.length % 2)]);
  chunk.writeUInt32LE(profile.length, 4);
  const whole = Buffer.concat([file.subarray(0, 12), header, chunk, rest]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}

/** The VP8X chunk for a file that has only a picture chunk, lossy (VP8) or lossless (VP8L). */
function extendedWebpHeader(picture: Buffer): Buffer {
  const isLossless = picture.toString("latin1", 0, 4) === "VP8L";
  const bits = picture.readUInt32LE(isLossless ? 9 : 14);
  // VP8L: 14 bits width - 1, 14 bits height - 1, 1 bit alpha. VP8: 14 bits width, 2 of scale, 14 bits height, 2 of scale.
  const width = isLossless ? (bits & 0x3fff) + 1 : bits & 0x3fff;
  const height = isLossless ? ((bits >>> 14) & 0x3fff) + 1 : (bits >>> 16) & 0x3fff;
  const header = Buffer.alloc(18);
  header.write("VP8X", "latin1");
  header.writeUInt32LE(10, 4);
  header[8] = isLossless && (bits >>> 28) & 1 ? WEBP_HAS_ALPHA : 0;
  header.writeUIntLE(width - 1, 12, 3);
  header.writeUIntLE(height - 1, 15, 3);
  return header;
}
