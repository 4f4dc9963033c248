// ICC profiles of the two simplest kinds, made and looked into: a curve for gray, or curves and three primaries for RGB (ICC.1:2022, version 4).
// Owns the format and the sums behind it; which profile a picture has is not here.

/** CIE chromaticities x and y of the white and the primaries, in the order of PNG's cHRM. */
export type Chromaticities = readonly [
  whiteX: number,
  whiteY: number,
  redX: number,
  redY: number,
  greenX: number,
  greenY: number,
  blueX: number,
  blueY: number,
];

/** Linear light for a value v: v ** g; or (a * v + b) ** g from d on and c * v below. */
export type Curve = readonly [g: number] | readonly [g: number, a: number, b: number, c: number, d: number];

type Vector = [number, number, number];
type Matrix = [Vector, Vector, Vector]; // rows

const D65 = [0.3127, 0.329] as const;
export const SRGB_PRIMARIES: Chromaticities = [...D65, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06];
export const SRGB_CURVE: Curve = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045];

const D50: Vector = [0.9642, 1, 0.8249]; // the white of all profiles
// From XYZ to the responses of the eye's cones, and back: Bradford's, which ICC names.
const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

/** A profile of values that are turned into light by this curve, or by the curve that another profile has; without primaries of gray ones. */
export function makeProfile(name: string, curve: Curve | Buffer, primaries?: Chromaticities): Buffer {
  const curveTag = Buffer.isBuffer(curve) ? curve : parametricCurve(curve);
  const tags: [string, Buffer][] = [
    ["desc", text(name)],
    ["cprt", text("No copyright, use freely")],
    ["wtpt", xyz(D50)],
  ];
  if (primaries) {
    const { colorants, adaptation } = matrices(primaries);
    tags.push(["chad", fixed("sf32", adaptation.flat())]);
    for (const [column, channel] of ["r", "g", "b"].entries()) {
      tags.push([`${channel}XYZ`, xyz(colorants.map((row) => row[column]) as Vector)], [`${channel}TRC`, curveTag]);
    }
  } else tags.push(["kTRC", curveTag]);
  return assemble(primaries ? "RGB " : "GRAY", tags);
}

/** Which values a profile is about: "RGB ", "GRAY" and so on; undefined where it is no profile. */
export function profileSpace(profile: Uint8Array): string | undefined {
  const bytes = Buffer.from(profile.buffer, profile.byteOffset, profile.length);
  return bytes.length >= 132 && bytes.toString("latin1", 36, 40) === "acsp"
    ? bytes.toString("latin1", 16, 20)
    : undefined;
}

/** A tag's content; undefined where there is none. */
export function profileTag(profile: Uint8Array, name: string): Buffer | undefined {
  const bytes = Buffer.from(profile.buffer, profile.byteOffset, profile.length);
  const count = bytes.length >= 132 ? bytes.readUInt32BE(128) : 0;
  for (let at = 132; at + 12 <= bytes.length && at < 132 + count * 12; at += 12) {
    if (bytes.toString("latin1", at, at + 4) !== name) continue;
    const [start, length] = [bytes.readUInt32BE(at + 4), bytes.readUInt32BE(at + 8)];
    return start + length <= bytes.length ? bytes.subarray(start, start + length) : undefined;
  }
  return undefined;
}

/** Whether values are proportional to light, so that 8 bits are too few for the dark ones. */
export function isLinear(profile: Uint8Array): boolean {
  const curve = profileTag(profile, "gTRC") ?? profileTag(profile, "kTRC");
  if (!curve || curve.length < 12) return false;
  const kind = curve.toString("latin1", 0, 4);
  if (kind === "para") return curve.readUInt16BE(8) === 0 && curve.length >= 16 && curve.readInt32BE(12) === 65536;
  const entries = kind === "curv" ? curve.readUInt32BE(8) : Number.NaN;
  return entries === 0 || (entries === 1 && curve.length >= 14 && curve.readUInt16BE(12) === 256);
}

function assemble(space: string, tags: readonly [string, Buffer][]): Buffer {
  const header = Buffer.alloc(128);
  header.writeUInt32BE(0x04300000, 8); // the version
  header.write(`mntr${space}XYZ `, 12, "latin1");
  header.write("acsp", 36, "latin1");
  xyz(D50).copy(header, 68, 8);
  const table = Buffer.alloc(4 + tags.length * 12);
  table.writeUInt32BE(tags.length, 0);
  const bodies: Buffer[] = [];
  let at = header.length + table.length;
  for (const [index, [name, body]] of tags.entries()) {
    table.write(name, 4 + index * 12, "latin1");
    table.writeUInt32BE(at, 8 + index * 12);
    table.writeUInt32BE(body.length, 12 + index * 12);
    bodies.push(body, Buffer.alloc(-body.length & 3));
    at += body.length + (-body.length & 3);
  }
  const whole = Buffer.concat([header, table, ...bodies]);
  whole.writeUInt32BE(whole.length, 0);
  return whole;
}

/** The primaries' colours as seen under D50, a column each, and what brings colours there. */
function matrices([wx, wy, rx, ry, gx, gy, bx, by]: Chromaticities): { colorants: Matrix; adaptation: Matrix } {
  const white = fromXy(wx, wy);
  const primaries = transposed([fromXy(rx, ry), fromXy(gx, gy), fromXy(bx, by)]);
  const amounts = times(inverse(primaries), white); // so that all three make white
  const toXyz = primaries.map((row) => row.map((value, column) => value * amounts[column]!)) as Matrix;
  const [from, to] = [times(BRADFORD, white), times(BRADFORD, D50)];
  const scaled = BRADFORD.map((row, index) => row.map((value) => (value * to[index]!) / from[index]!)) as Matrix;
  const adaptation = product(inverse(BRADFORD), scaled);
  return { colorants: product(adaptation, toXyz), adaptation };
}

function fromXy(x: number, y: number): Vector {
  return [x / y, 1, (1 - x - y) / y];
}

function times(matrix: Matrix, [x, y, z]: Vector): Vector {
  return matrix.map(([a, b, c]) => a * x + b * y + c * z) as Vector;
}

function transposed(matrix: Matrix): Matrix {
  return [0, 1, 2].map((column) => matrix.map((row) => row[column]!)) as Matrix;
}

function product(left: Matrix, right: Matrix): Matrix {
  return transposed(transposed(right).map((column) => times(left, column)) as Matrix);
}

function inverse([[a, b, c], [d, e, f], [g, h, i]]: Matrix): Matrix {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const cofactors: Matrix = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return cofactors.map((row) => row.map((value) => value / determinant)) as Matrix;
}

function fixed(kind: string, values: readonly number[]): Buffer {
  const out = Buffer.alloc(8 + values.length * 4);
  out.write(kind, "latin1");
  for (const [index, value] of values.entries()) out.writeInt32BE(Math.round(value * 65536), 8 + index * 4);
  return out;
}

function xyz(value: Vector): Buffer {
  return fixed("XYZ ", value);
}

function parametricCurve(parameters: Curve): Buffer {
  const kind = Buffer.from([0, parameters.length === 1 ? 0 : 3, 0, 0]);
  const values = fixed("para", parameters);
  return Buffer.concat([values.subarray(0, 8), kind, values.subarray(8)]);
}

function text(words: string): Buffer {
  const head = Buffer.alloc(28); // one translation, which begins behind this
  head.write("mluc", "latin1");
  head.writeUInt32BE(1, 8);
  head.writeUInt32BE(12, 12);
  head.write("enUS", 16, "latin1");
  head.writeUInt32BE(words.length * 2, 20);
  head.writeUInt32BE(28, 24);
  return Buffer.concat([head, Buffer.from(words, "utf16le").swap16()]);
}
