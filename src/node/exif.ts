// Exif data of a picture that was made larger: what it says of the camera, the place and the time stays, and what was about the smaller picture
// does not. Owns the change of such data; where they stand in files is picture-metadata.ts and png-writer.ts.
import { TiffDirectory } from "./tiff-directory.js";

const ORIENTATION = 0x0112;
const SOFTWARE = 0x0131;
const EXIF_DIRECTORY = 0x8769;
const GPS_DIRECTORY = 0x8825;
const RESOLUTION = [0x011a, 0x011b, 0x0128]; // across, down and its unit
const INCH = 2;
const MAX_CONTENT_BYTES = 2 ** 20; // of a directory: its entries may all lead to the same bytes
const OF_OFFSETS = [0x927c, 0xa005]; // a maker's notes, and one more directory
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

const WORD_BYTES: Record<number, number> = { 3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8 };

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

/** Pixels an inch, in a little-endian file. */
export function densityEntries(density: number): TiffContent[] {
  const [across, down, unit] = RESOLUTION as [number, number, number];
  return [
    rationalEntry(across, density),
    rationalEntry(down, density),
    { tag: unit, type: SHORT, data: littleEndian(2, INCH) },
  ];
}

function rationalEntry(tag: number, value: number): TiffContent {
  const below = value < 2 ** 22 ? 1000 : 1; // the number above has 32 bits
  return {
    tag,
    type: RATIONAL,
    data: Buffer.concat([littleEndian(4, Math.round(value * below)), littleEndian(4, below)]),
  };
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
  const old = [...tiff.entries(tiff.first)].map((at) => ({ tag: tiff.uint(at, 2), row: bytes.subarray(at, at + 12) }));
  const kept = old.filter(({ tag }) => !added.some((each) => each.tag === tag));
  const start = bytes.length + (bytes.length % 2);
  const whole = Buffer.concat([bytes, Buffer.alloc(start - bytes.length), directory(start, [...kept, ...added], tiff)]);
  new TiffDirectory(whole).setUint(4, 4, start);
  return whole;
}

type Row = TiffContent | { readonly tag: number; readonly row: Buffer };

/** A directory of these entries that will stand at `start`, with their content behind it. None follows it. */
function directory(start: number, unsorted: readonly Row[], { isLittle }: Pick<TiffDirectory, "isLittle">): Buffer {
  const rows = [...unsorted].sort((a, b) => a.tag - b.tag);
  const table = Buffer.alloc(2 + rows.length * 12 + 4);
  const out = new TiffDirectory(table, isLittle);
  const contents: Buffer[] = [];
  let content = start + table.length;
  out.setUint(0, 2, rows.length);
  for (const [index, row] of rows.entries()) {
    const at = 2 + index * 12;
    if ("row" in row) {
      table.set(row.row, at);
      continue;
    }
    const { data } = row;
    out.setUint(at, 2, row.tag);
    out.setUint(at + 2, 2, row.type);
    out.setUint(at + 4, 4, data.length / TYPE_BYTES[row.type]!);
    if (data.length <= 4) {
      table.set(data, at + 8);
      continue;
    }
    out.setUint(at + 8, 4, content);
    contents.push(data, Buffer.alloc(data.length % 2));
    content += data.length + (data.length % 2);
  }
  return Buffer.concat([table, ...contents]);
}

/**
 * Puts what a TIFF or Exif says in words, of the exposure and of the place into a little-endian TIFF. Makers' notes are left out: they hold
 * offsets that nobody else knows.
 */
export function withExifOf(source: Uint8Array, target: Buffer, more: readonly TiffContent[] = []): Buffer {
  const tiff = new TiffDirectory(sameBytes(source));
  if (!isTiff(tiff.bytes)) return withEntries(target, more);
  let bytes = target;
  const pointers: TiffContent[] = [];
  for (const tag of [EXIF_DIRECTORY, GPS_DIRECTORY]) {
    const contents = contentsOf(tiff, tiff.entry(tiff.first, tag)?.value ?? 0);
    if (contents.length === 0) continue;
    const start = bytes.length + (bytes.length % 2);
    bytes = Buffer.concat([bytes, Buffer.alloc(start - bytes.length), directory(start, contents, { isLittle: true })]);
    pointers.push({ tag, type: LONG, data: littleEndian(4, start) });
  }
  const resolution = contentsOf(tiff, tiff.first).filter(({ tag }) => RESOLUTION.includes(tag));
  const all = [...textEntries(source), ...resolution, ...pointers];
  return withEntries(bytes, [...all.filter(({ tag }) => !more.some((each) => each.tag === tag)), ...more]);
}

/** The same as Exif of its own; undefined where nothing is said. */
export function exifOf(source: Uint8Array, more: readonly TiffContent[] = []): Buffer | undefined {
  const whole = new TiffDirectory(withExifOf(source, EMPTY_TIFF, more));
  return whole.entries(whole.first).next().done ? undefined : whole.bytes;
}

/** A directory's entries with their content in the order of little-endian files. Those that lead elsewhere are left out. */
function contentsOf(tiff: TiffDirectory, at: number): TiffContent[] {
  let room = MAX_CONTENT_BYTES;
  return [...tiff.entries(at)].flatMap((entry) => {
    const [tag, type] = [tiff.uint(entry, 2), tiff.uint(entry + 2, 2)];
    const length = tiff.uint(entry + 4, 4) * (TYPE_BYTES[type] ?? 0);
    const start = length > 4 ? tiff.uint(entry + 8, 4) : entry + 8;
    if (OF_OFFSETS.includes(tag) || length === 0 || length > room || start + length > tiff.bytes.length) return [];
    room -= length;
    const data = Buffer.from(tiff.bytes.subarray(start, start + length));
    if (!tiff.isLittle) swap(data, WORD_BYTES[type] ?? 1);
    return [{ tag, type, data }];
  });
}

/** Without a copy: a TIFF may have a gigabyte. */
function sameBytes({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function swap(data: Buffer, wordBytes: number): void {
  if (wordBytes === 2) data.swap16();
  if (wordBytes === 4) data.swap32();
  if (wordBytes === 8) data.swap64();
}

function littleEndian(byteLength: number, value: number): Buffer {
  const data = Buffer.alloc(byteLength);
  data.writeUIntLE(value, 0, byteLength);
  return data;
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
  const tiff = new TiffDirectory(sameBytes(exif));
  const rows = new Map([...tiff.entries(tiff.first)].map((at) => [tiff.uint(at, 2), at])); // each once, whatever the file says
  const found = [...rows].flatMap(([tag, at]) => (Object.hasOwn(TEXT_TAGS, tag) ? textAt(tiff, at, tag) : []));
  if (found.some(({ tag }) => tag === 0x0132)) return found;
  const takenAt = tiff.entry(tiff.entry(tiff.first, EXIF_DIRECTORY)?.value ?? 0, TAKEN_AT);
  return takenAt ? [...found, ...textAt(tiff, takenAt.at, 0x0132)] : found;
}

function textAt(tiff: TiffDirectory, at: number, tag: number): TiffContent[] {
  const length = tiff.uint(at + 4, 4);
  const start = length > 4 ? tiff.uint(at + 8, 4) : at + 8;
  if (tiff.uint(at + 2, 2) !== ASCII || length === 0 || length > MAX_CONTENT_BYTES) return [];
  if (start + length > tiff.bytes.length) return [];
  return [{ tag, type: ASCII, data: tiff.bytes.subarray(start, start + length) }];
}
