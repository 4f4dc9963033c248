// Raw frames with their times as a Matroska stream, which ffmpeg reads from a pipe. Owns that format as far as one track of raw RGB needs it
// (RFC 9559): a cluster for each frame, so that times are whole and nothing has to be known of what comes.

export interface RawVideo {
  readonly width: number;
  readonly height: number;
  /** Of each of the three colours. */
  readonly bits: 8 | 16;
}

const NS_A_TICK = 1000; // times in microseconds: exact for every time base of 2 us and more once it is rounded to
const UNKNOWN_SIZE = Buffer.from("01ffffffffffffff", "hex");

/** What stands before the first frame. */
export function matroskaHeader({ width, height, bits }: RawVideo): Buffer {
  const header = element("1a45dfa3", element("4282", Buffer.from("matroska")), element("4287", uint(4)));
  const info = element("1549a966", element("2ad7b1", uint(NS_A_TICK)));
  const fourCc = Buffer.from("RGB").toString("latin1") + String.fromCharCode(bits * 3);
  const picture = [
    element("b0", uint(width)),
    element("ba", uint(height)),
    element("2eb524", Buffer.from(fourCc, "latin1")),
  ];
  const track = [
    element("d7", uint(1)), // its number
    element("73c5", uint(1)),
    element("83", uint(1)), // video
    element("22b59c", Buffer.from("und")), // else it is English
    element("86", Buffer.from("V_UNCOMPRESSED")),
    element("e0", ...picture),
  ];
  return Buffer.concat([header, start("18538067", UNKNOWN_SIZE), info, element("1654ae6b", element("ae", ...track))]);
}

const DURATION_BYTES = 10;

/** What stands before a frame's pixels, of which there are `byteLength` bytes, 16-bit values little-endian; time in microseconds. */
export function matroskaFrameStart(timeUs: number, byteLength: number): Buffer {
  const block = Buffer.concat([start("a1", sizeOf(4 + byteLength)), Buffer.from([0x81, 0, 0, 0])]); // track 1, at the cluster's time
  const group = start("a0", sizeOf(block.length + byteLength + DURATION_BYTES));
  const rest = Buffer.concat([element("e7", uint(timeUs)), group, block]);
  return Buffer.concat([start("1f43b675", sizeOf(rest.length + byteLength + DURATION_BYTES)), rest]);
}

/** What stands behind them: then it may be known when the next frame comes. */
export function matroskaFrameEnd(durationUs: number): Buffer {
  return Buffer.concat([Buffer.from([0x9b, 0x80 | 8]), uint(durationUs)]);
}

function element(id: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([start(id, sizeOf(body.length)), body]);
}

function start(id: string, size: Buffer): Buffer {
  return Buffer.concat([Buffer.from(id, "hex"), size]);
}

/** A length of eight bytes, of which the first begins with the bit that says so. */
function sizeOf(byteLength: number): Buffer {
  const size = uint(byteLength);
  size[0]! |= 1;
  return size;
}

function uint(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
