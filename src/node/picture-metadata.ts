// Puts an ICC colour profile, Exif, XMP and the density into an encoded JPEG, WebP or TIFF file. Owns these containers' framing only: sharp can
// attach some of it too, but converts the values to the profile on the way, where they are in it already, and adds tags of its own.
import { asciiEntry, bytesEntry, densityEntries, EMPTY_TIFF, exifOf, withEntries, withExifOf } from "./exif.js";
import type { PictureFormat } from "./picture-format.js";

export interface PictureMetadata {
  /** The ICC profile that the values are meant in. */
  readonly iccProfile?: Uint8Array | undefined;
  /** What the picture was made with; in Exif that is given it stands already. */
  readonly software?: string | undefined;
  readonly exif?: Uint8Array | undefined;
  readonly xmp?: Uint8Array | undefined;
  /** Pixels an inch. */
  readonly density?: number | undefined;
}

/** What of the metadata a format has no room for, and what is done instead: a sentence each. */
export function metadataNotes(format: PictureFormat, { exif, xmp }: PictureMetadata): string[] {
  if (format !== "jpeg") return [];
  const tooLong = (label: Buffer, content: Uint8Array | undefined) =>
    content !== undefined && !isOneSegment(label, content);
  return [
    ...(tooLong(EXIF_LABEL, exif)
      ? [
          `JPEG cannot hold Exif of ${exif!.length} bytes, of which only what it says of author, camera, exposure and place was kept`,
        ]
      : []),
    ...(tooLong(XMP_LABEL, xmp) ? [`JPEG cannot hold XMP of ${xmp!.length} bytes, and it was left out`] : []),
  ];
}

/** What stands in an AVIF's place for Exif until embedAvifExif: libvips makes the place, and writes Exif of its own only. */
export function avifPlaceholder(metadata: PictureMetadata): string | undefined {
  const exif = segmentExif(metadata);
  return exif && PLACEHOLDER.repeat(Math.ceil(exif.length / PLACEHOLDER.length));
}

/** The AVIF with Exif in place of what was put there for it. */
export function embedAvifExif(file: Buffer, metadata: PictureMetadata): Buffer {
  const exif = segmentExif(metadata);
  const text = avifPlaceholder(metadata) ?? "";
  const at = exif ? file.indexOf(text, 0, "latin1") : -1;
  const start = file.lastIndexOf("II*\0", at, "latin1");
  if (!exif || at < 0 || start < 0) return file;
  file.fill(0, start, at + text.length); // what lies behind Exif means nothing
  file.set(exif, start);
  return file;
}

const PLACEHOLDER = "esrgan-webgpu ";

/** The same file with the metadata in it; the pixel data is not touched. */
export function embedMetadata(file: Buffer, format: "jpeg" | "webp" | "tiff", metadata: PictureMetadata): Buffer {
  return { jpeg: intoJpeg, webp: intoWebp, tiff: intoTiff }[format](file, metadata);
}

const SOFTWARE = 0x0131;
const [XMP, ICC] = [0x02bc, 0x8773];
const BYTE = 1;

function wholeExif({ exif, software, density }: PictureMetadata): Uint8Array | undefined {
  if (exif) return exif;
  const entries = [...(software ? [asciiEntry(SOFTWARE, software)] : []), ...(density ? densityEntries(density) : [])];
  return entries.length > 0 ? withEntries(EMPTY_TIFF, entries) : undefined;
}

function intoTiff(file: Buffer, { iccProfile, exif, xmp, density, software }: PictureMetadata): Buffer {
  return withExifOf(exif ?? new Uint8Array(), file, [
    ...(software ? [asciiEntry(SOFTWARE, software)] : []),
    ...(iccProfile ? [bytesEntry(ICC, iccProfile)] : []),
    ...(xmp ? [bytesEntry(XMP, xmp, BYTE)] : []),
    ...(density ? densityEntries(density) : []),
  ]);
}

const JPEG_PART = 65519; // a segment's 65533 bytes less the label and two counters
export const MAX_JPEG_PROFILE_BYTES = 255 * JPEG_PART; // as far as a counter goes

const MAX_SEGMENT = 65533;
const XMP_LABEL = Buffer.from("http://ns.adobe.com/xap/1.0/\0", "latin1");
const EXIF_LABEL = Buffer.from("Exif\0\0", "latin1");

function intoJpeg(file: Buffer, metadata: PictureMetadata): Buffer {
  const { iccProfile, xmp, density } = metadata;
  const hasJfif = file.readUInt16BE(2) === 0xffe0; // that segment has to stay the first
  const at = hasJfif ? 4 + file.readUInt16BE(4) : 2;
  const start = Buffer.from(file.subarray(0, at));
  if (hasJfif && density && density < 65536) {
    start[13] = 1; // an inch
    for (const side of [14, 16]) start.writeUInt16BE(Math.round(density), side);
  }
  const exif = segmentExif(metadata);
  const profile = Buffer.from(iccProfile ?? []);
  const segments: Buffer[] = [];
  for (const [label, content] of [
    [EXIF_LABEL, exif],
    [XMP_LABEL, xmp],
  ] as const) {
    if (content && isOneSegment(label, content)) segments.push(jpegSegment(0xe1, label, Buffer.from(content)));
  }
  const count = Math.ceil(profile.length / JPEG_PART);
  for (let index = 0; index < count; index++) {
    const label = Buffer.concat([Buffer.from("ICC_PROFILE\0", "latin1"), Buffer.from([index + 1, count])]);
    segments.push(jpegSegment(0xe2, label, profile.subarray(index * JPEG_PART, (index + 1) * JPEG_PART)));
  }
  return Buffer.concat([start, ...segments, file.subarray(at)]);
}

/** Readers take Exif and XMP from one segment; those with thumbnails and edit histories may be longer. */
function isOneSegment(label: Buffer, content: Uint8Array): boolean {
  return label.length + content.length <= MAX_SEGMENT;
}

function segmentExif(metadata: PictureMetadata): Uint8Array | undefined {
  const { exif, software } = metadata;
  if (!exif || isOneSegment(EXIF_LABEL, exif)) return wholeExif(metadata);
  return exifOf(exif, software ? [asciiEntry(SOFTWARE, software)] : []);
}

function jpegSegment(marker: number, label: Buffer, content: Buffer): Buffer {
  const length = 2 + label.length + content.length;
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 0xff]), label, content]);
}

const WEBP_HAS_PROFILE = 0x20;
const WEBP_HAS_ALPHA = 0x10;
const WEBP_HAS_EXIF = 0x08;
const WEBP_HAS_XMP = 0x04;

function intoWebp(file: Buffer, metadata: PictureMetadata): Buffer {
  const { iccProfile: profile, xmp } = metadata;
  const exif = wholeExif(metadata);
  if (!profile && !exif && !xmp) return file;
  const first = file.subarray(12); // behind "RIFF", the length and "WEBP"
  const isExtended = first.toString("latin1", 0, 4) === "VP8X";
  const header = isExtended ? Buffer.from(first.subarray(0, 18)) : extendedWebpHeader(first);
  header[8]! |= (profile ? WEBP_HAS_PROFILE : 0) | (exif ? WEBP_HAS_EXIF : 0) | (xmp ? WEBP_HAS_XMP : 0);
  const picture = isExtended ? first.subarray(18) : first;
  const before = profile ? [webpChunk("ICCP", profile)] : [];
  const after = [...(exif ? [webpChunk("EXIF", exif)] : []), ...(xmp ? [webpChunk("XMP ", xmp)] : [])];
  const whole = Buffer.concat([file.subarray(0, 12), header, ...before, picture, ...after]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}

function webpChunk(name: string, content: Uint8Array): Buffer {
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
