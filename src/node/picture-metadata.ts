// Puts an ICC colour profile, and the name of what made the picture, into an encoded JPEG or WebP file. Owns these containers' framing only:
// sharp can attach both too, but converts the values to the profile on the way, where they are in it already, and adds tags of its own.

export interface PictureMetadata {
  /** The ICC profile that the values are meant in. */
  readonly iccProfile?: Uint8Array | undefined;
  /** What the picture was made with. */
  readonly software?: string | undefined;
}

/** The same file with the metadata in it; the pixel data is not touched. */
export function embedMetadata(
  file: Buffer,
  format: "jpeg" | "webp",
  { iccProfile, software }: PictureMetadata,
): Buffer {
  const embed = { jpeg: intoJpeg, webp: intoWebp }[format];
  return embed(file, iccProfile && Buffer.from(iccProfile), software ? exif(software) : undefined);
}

const SOFTWARE_TAG = 0x0131;
const ASCII = 2;

/** A TIFF header and one directory with one entry. */
function exif(software: string): Buffer {
  const text = Buffer.from(`${software.replaceAll("\0", "")}\0`.padEnd(5, "\0")); // up to four bytes would have to stand in the entry itself
  const header = Buffer.alloc(26);
  header.write("II*\0", "latin1"); // little-endian
  header.writeUInt32LE(8, 4);
  header.writeUInt16LE(1, 8);
  header.writeUInt16LE(SOFTWARE_TAG, 10);
  header.writeUInt16LE(ASCII, 12);
  header.writeUInt32LE(text.length, 14);
  header.writeUInt32LE(header.length, 18);
  return Buffer.concat([header, text]);
}

const JPEG_PART = 65519; // a segment's 65533 bytes less the label and two counters
export const MAX_JPEG_PROFILE_BYTES = 255 * JPEG_PART; // as far as a counter goes

function intoJpeg(file: Buffer, profile?: Buffer, exif?: Buffer): Buffer {
  const hasJfif = file.readUInt16BE(2) === 0xffe0; // that segment has to stay the first
  const at = hasJfif ? 4 + file.readUInt16BE(4) : 2;
  const segments = exif ? [jpegSegment(0xe1, Buffer.from("Exif\0\0", "latin1"), exif)] : [];
  const count = Math.ceil((profile?.length ?? 0) / JPEG_PART);
  for (let index = 0; index < count; index++) {
    const label = Buffer.concat([Buffer.from("ICC_PROFILE\0", "latin1"), Buffer.from([index + 1, count])]);
    segments.push(jpegSegment(0xe2, label, profile!.subarray(index * JPEG_PART, (index + 1) * JPEG_PART)));
  }
  return Buffer.concat([file.subarray(0, at), ...segments, file.subarray(at)]);
}

function jpegSegment(marker: number, label: Buffer, content: Buffer): Buffer {
  const length = 2 + label.length + content.length;
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 0xff]), label, content]);
}

const WEBP_HAS_PROFILE = 0x20;
const WEBP_HAS_ALPHA = 0x10;
const WEBP_HAS_EXIF = 0x08;

function intoWebp(file: Buffer, profile?: Buffer, exif?: Buffer): Buffer {
  if (!profile && !exif) return file;
  const first = file.subarray(12); // behind "RIFF", the length and "WEBP"
  const isExtended = first.toString("latin1", 0, 4) === "VP8X";
  const header = isExtended ? Buffer.from(first.subarray(0, 18)) : extendedWebpHeader(first);
  header[8]! |= (profile ? WEBP_HAS_PROFILE : 0) | (exif ? WEBP_HAS_EXIF : 0);
  const picture = isExtended ? first.subarray(18) : first;
  const before = profile ? [webpChunk("ICCP", profile)] : [];
  const after = exif ? [webpChunk("EXIF", exif)] : [];
  const whole = Buffer.concat([file.subarray(0, 12), header, ...before, picture, ...after]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}

function webpChunk(name: string, content: Buffer): Buffer {
  const chunk = Buffer.concat([Buffer.from(`${name}    `), content, Buffer.alloc(content.length % 2)]);
  chunk.writeUInt32LE(content.length, 4);
  return chunk;
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
