// Exif data of a picture that was made larger: what it says of the camera, the place and the time stays, and what was about the smaller picture
// does not. Owns the change of such data; where they stand in files is picture-metadata.ts and png-writer.ts.
import { TiffDirectory } from "./tiff-directory.js";

const ORIENTATION = 0x0112;
const SOFTWARE = 0x0131;
const EXIF_DIRECTORY = 0x8769;
const WIDTH = 0xa002;
const HEIGHT = 0xa003;
const [ASCII, SHORT, LONG, UNDEFINED, RATIONAL] = [2, 3, 4, 7, 5];
const TYPE_BYTES: Record<number, number> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
};

/** An entry of a directory, its content as it stands in the file. */
export interface TiffContent {
  readonly tag: number;
  readonly type: number;
  readonly data: Buffer;
}

/** A directory's entry that holds a text. */
export function asciiEntry(tag: number, text: string): TiffContent {
  return { tag, type: ASCII, data: Buffer.from(`${text.replaceAll("\0", "")}\0`) };
}

/** Bytes that TIFF knows nothing about. */
export function bytesEntry(tag: number, bytes: Uint8Array, type = UNDEFINED): TiffContent {
  return { tag, type, data: Buffer.from(bytes) };
}

/** A resolution, in a little-endian file. */
export function rationalEntry(tag: number, value: number): TiffContent {
  const data = Buffer.alloc(8);
  data.writeUInt32LE(Math.round(value * 1000), 0);
  data.writeUInt32LE(1000, 4);
  return { tag, type: RATIONAL, data };
}

/** A small number, in a little-endian file. */
export function shortEntry(tag: number, value: number): TiffContent {
  return { tag, type: SHORT, data: Buffer.of(value & 255, value >> 8) };
}

/** TIFF with nothing in it yet. */
export const EMPTY_TIFF = Buffer.from("II*\0\0\0\0\0", "latin1");

/** Exif for the larger picture, with the software that made it. Undefined for what is no Exif. */
export function adaptedExif(
  exif: Uint8Array,
  { width, height, software }: { readonly width: number; readonly height: number; readonly software?: string },
): Buffer | undefined {
  const tiff = new TiffDirectory(Buffer.from(exif));
  if (!isTiff(tiff.bytes)) return undefined;
  setNumber(tiff, tiff.first, ORIENTATION, 1);
  const about = tiff.entry(tiff.first, EXIF_DIRECTORY)?.value ?? 0;
  setNumber(tiff, about, WIDTH, width);
  setNumber(tiff, about, HEIGHT, height);
  return withEntries(tiff.bytes, software ? [asciiEntry(SOFTWARE, software)] : []);
}

function isTiff(bytes: Buffer): boolean {
  return /^(?:II\*\0|MM\0\*)/.test(bytes.toString("latin1", 0, 4));
}

/** Replaces the number that an entry holds; one that is too large for its type becomes 0, which is "unknown". */
function setNumber(tiff: TiffDirectory, directory: number, tag: number, value: number): void {
  const at = tiff.entry(directory, tag)?.at;
  if (at === undefined) return;
  const type = tiff.uint(at + 2, 2);
  if (type === SHORT) tiff.setUint(at + 8, 2, value < 65536 ? value : 0);
  if (type === LONG) tiff.setUint(at + 8, 4, value);
}

/**
 * The TIFF with these entries in its first directory, which is written anew at the end; no other one follows it, such as that of a thumbnail.
 * All else stays where it is, as offsets may lead there that nobody knows.
 */
export function withEntries(bytes: Buffer, added: readonly TiffContent[]): Buffer {
  const tiff = new TiffDirectory(bytes);
  const old = [...tiff.entries(tiff.first)].map((at) => ({ tag: tiff.uint(at, 2), at }));
  const kept = old.filter(({ tag }) => !added.some((each) => each.tag === tag));
  const start = bytes.length + (bytes.length % 2);
  const tableBytes = 2 + (kept.length + added.length) * 12 + 4;
  const contents = added.map(({ data }) => (data.length > 4 ? data.length + (data.length % 2) : 0));
  const whole = Buffer.concat([bytes], start + tableBytes + contents.reduce((sum, length) => sum + length, 0));
  const out = new TiffDirectory(whole);
  out.setUint(4, 4, start);
  out.setUint(start, 2, kept.length + added.length);
  let content = start + tableBytes;
  const rows = [...kept, ...added].sort((a, b) => a.tag - b.tag);
  for (const [index, row] of rows.entries()) {
    const at = start + 2 + index * 12;
    if ("at" in row) whole.set(bytes.subarray(row.at, row.at + 12), at);
    else {
      out.setUint(at, 2, row.tag);
      out.setUint(at + 2, 2, row.type);
      out.setUint(at + 4, 4, row.data.length / TYPE_BYTES[row.type]!);
      const isInside = row.data.length <= 4;
      whole.set(row.data, isInside ? at + 8 : content);
      if (isInside) continue;
      out.setUint(at + 8, 4, content);
      content += row.data.length + (row.data.length % 2);
    }
  }
  return whole;
}

const TEXT_TAGS: Record<number, string> = {
  270: "ImageDescription",
  271: "Make",
  272: "Model",
  306: "DateTime",
  315: "Artist",
  33432: "Copyright",
};
const TAKEN_AT = 0x9003;

/** What Exif says in words: of the picture, the camera, the time, the author. For formats that take no Exif data as they are. */
export function exifTexts(exif: Uint8Array): Record<string, string> {
  return Object.fromEntries(
    textEntries(exif).map(({ tag, data }) => [TEXT_TAGS[tag]!, data.toString().replace(/\0+$/, "")]),
  );
}

/** The same as entries of a directory. */
export function textEntries(exif: Uint8Array): TiffContent[] {
  const tiff = new TiffDirectory(Buffer.from(exif));
  const found = [...tiff.entries(tiff.first)].flatMap((at) => {
    const tag = tiff.uint(at, 2);
    return Object.hasOwn(TEXT_TAGS, tag) ? textAt(tiff, at, tag) : [];
  });
  if (found.some(({ tag }) => tag === 0x0132)) return found;
  const takenAt = tiff.entry(tiff.entry(tiff.first, EXIF_DIRECTORY)?.value ?? 0, TAKEN_AT);
  return takenAt ? [...found, ...textAt(tiff, takenAt.at, 0x0132)] : found;
}

function textAt(tiff: TiffDirectory, at: number, tag: number): TiffContent[] {
  const length = tiff.uint(at + 4, 4);
  const start = length > 4 ? tiff.uint(at + 8, 4) : at + 8;
  if (tiff.uint(at + 2, 2) !== ASCII || length === 0 || start + length > tiff.bytes.length) return [];
  return [{ tag, type: ASCII, data: tiff.bytes.subarray(start, start + length) }];
}
