// What a JPEG's markers say of the picture before anything is decoded: what kind of JPEG it is, and how often its data goes over the picture.
// Owns which of them are refused, and why. The data themselves are the decoder's.

interface Component {
  readonly across: number;
  readonly down: number;
}

interface JpegFrame {
  /** The frame's marker less 0xc0: 0 to 2 Huffman codes, 3 lossless, 9 and 10 arithmetic codes, and others that nobody writes. */
  readonly kind: number;
  readonly bits: number;
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
  readonly scans: number;
}

// Each scan is decoded over the whole picture, and may take hardly any bytes. Encoders write about ten.
const MAX_SCANS = 100;
const JPEG_LS = 0xf7 - 0xc0;

/** Why this JPEG is not read; undefined where the decoder may be asked. */
export function jpegProblem(bytes: Buffer): string | undefined {
  const frame = readFrame(bytes);
  if (!frame) return undefined; // the decoder's words are better
  const { kind, bits, scans } = frame;
  const convert = "convert it to a PNG or TIFF first";
  if (kind === JPEG_LS) return `it is a JPEG-LS picture, not a JPEG; ${convert}`;
  if (bits !== 8) return `it is a JPEG of ${bits} bits a channel, of which only those of 8 can be read; ${convert}`;
  if (kind === 3 || kind === 11) return `it is a lossless JPEG, which cannot be read; ${convert}`;
  if ([5, 6, 7, 13, 14, 15].includes(kind)) return `it is a hierarchical JPEG, which cannot be read; ${convert}`;
  if (scans > MAX_SCANS) return `it goes over the picture in ${scans} scans, more than the ${MAX_SCANS} allowed`;
  const { width, height } = frame;
  if (bytes.length * 8 < leastBits(frame)) {
    return `it is cut off or damaged (its header says ${width}x${height}, which cannot be in ${bytes.length} bytes)`;
  }
  return undefined;
}

/**
 * The bits that the data has at least: of Huffman codes one for each 8x8 values of a component, as the mean of each has a code of its own.
 * Arithmetic codes have no least length.
 */
function leastBits({ kind, width, height, components }: JpegFrame): number {
  if (kind > 2) return 0;
  const most = (side: keyof Component) => Math.max(1, ...components.map((each) => each[side]));
  const blocks = (pixels: number, share: number, of: number) => Math.ceil(Math.ceil((pixels * share) / of) / 8);
  const [across, down] = [most("across"), most("down")];
  const counts = components.map((each) => blocks(width, each.across, across) * blocks(height, each.down, down));
  return counts.reduce((sum, count) => sum + count, 0);
}

function readFrame(bytes: Buffer): JpegFrame | undefined {
  let frame: Omit<JpegFrame, "scans"> | undefined;
  let scans = 0;
  for (const { marker, at } of segments(bytes)) {
    const kind = marker - 0xc0;
    const isFrame = (kind >= 0 && kind <= 15 && ![4, 8, 12].includes(kind)) || kind === JPEG_LS;
    if (isFrame && !frame && at + 8 <= bytes.length) {
      const [bits, height, width] = [bytes[at + 2]!, bytes.readUInt16BE(at + 3), bytes.readUInt16BE(at + 5)];
      const sampling = Array.from({ length: bytes[at + 7]! }, (_, i) => bytes[at + 9 + i * 3] ?? 0x11);
      const components = sampling.map((factors) => ({ across: factors >> 4, down: factors & 15 }));
      frame = { kind, bits, width, height, components };
    }
    if (marker === 0xda) scans++;
  }
  return frame && { ...frame, scans };
}

/** The markers with a length behind them, and where that stands. */
function* segments(bytes: Buffer): Generator<{ marker: number; at: number }> {
  for (let at = bytes.indexOf(0xff, 2); at >= 0 && at + 4 <= bytes.length; at = bytes.indexOf(0xff, at)) {
    const marker = bytes[at + 1]!;
    // A stuffed zero and marks within a scan's data; fill bytes.
    if (marker === 0 || (marker >= 0xd0 && marker <= 0xd7) || marker === 0x01) at += 2;
    else if (marker === 0xff) at += 1;
    else if (marker === 0xd9) return;
    else {
      yield { marker, at: at + 2 };
      at += 2 + bytes.readUInt16BE(at + 2);
    }
  }
}
