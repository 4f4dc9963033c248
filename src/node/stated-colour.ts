// What a picture's file says of its colours without an ICC profile: PNG's chunks, and the mark of Adobe RGB that cameras leave in Exif. Owns
// reading them and what they mean as a profile, for formats that have no such chunks.
import { crc32 } from "node:zlib";
import { type Chromaticities, type Curve, makeProfile, SRGB_CURVE, SRGB_PRIMARIES } from "./icc-profile.js";
import { TiffDirectory } from "./tiff-directory.js";

// By their lengths. Of the first four the first that is there counts, and an ICC profile after cICP; the others are about screens of HDR.
const LENGTHS = { cICP: 4, sRGB: 1, gAMA: 4, cHRM: 32, mDCV: 24, cLLI: 8 } as const;

/** PNG chunks about colour, as they are in the file. */
export type PngColour = Readonly<Partial<Record<keyof typeof LENGTHS, Uint8Array>>>;

const SRGB_GAMMA = 45455; // what writers of sRGB pictures state, and readers take for sRGB
const ADOBE_RGB: Chromaticities = [0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06];

// ITU-T H.273, tables 2 and 3: those of light on a screen.
const D65 = [0.3127, 0.329] as const;
const PRIMARIES: Record<number, Chromaticities> = {
  1: SRGB_PRIMARIES,
  5: [...D65, 0.64, 0.33, 0.29, 0.6, 0.15, 0.06],
  6: [...D65, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07],
  9: [...D65, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046],
  11: [0.314, 0.351, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06],
  12: [...D65, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06],
};
const BT709: Curve = [1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081];
const CURVES: Record<number, Curve> = {
  1: BT709,
  4: [2.2],
  5: [2.8],
  6: BT709,
  8: [1],
  13: SRGB_CURVE,
  14: BT709,
  15: BT709,
};

/** The chunks about colour in a PNG file that is whole; undefined without any. */
export function pngColour(file: Buffer): PngColour | undefined {
  const found: Partial<Record<string, Uint8Array>> = {};
  for (const { type, data } of chunksBeforePixels(file)) {
    const isColour = Object.hasOwn(LENGTHS, type) && data.length === LENGTHS[type as keyof typeof LENGTHS];
    if (isColour) found[type] ??= Buffer.from(data);
  }
  return Object.keys(found).length > 0 ? (found as PngColour) : undefined;
}

/** How many frames a PNG file has: an animated one says so before its pixels. */
export function pngFrames(file: Buffer): number {
  for (const { type, data } of chunksBeforePixels(file)) {
    if (type === "acTL" && data.length === 8) return Math.max(1, data.readUInt32BE(0));
  }
  return 1;
}

function* chunksBeforePixels(file: Buffer): Generator<{ type: string; data: Buffer }> {
  for (let at = 8; at + 12 <= file.length; ) {
    const type = file.toString("latin1", at + 4, at + 8);
    const end = at + 8 + file.readUInt32BE(at);
    if (type === "IDAT" || end + 4 > file.length) return;
    if (crc32(file.subarray(at + 4, end)) === file.readUInt32BE(end)) yield { type, data: file.subarray(at + 8, end) };
    at = end + 4;
  }
}

/**
 * The profile that says the same as a PNG's chunks and its own profile, which is undefined for sRGB; "unknown" where there is none for it, as
 * for the curves of HDR.
 */
export function equalProfile(
  colour: PngColour,
  iccProfile: Uint8Array | undefined,
  isGray: boolean,
): Uint8Array | undefined | "unknown" {
  if (colour.cICP) return codedProfile(colour.cICP, isGray);
  if (iccProfile) return iccProfile;
  if (colour.sRGB) return undefined;
  const gamma = colour.gAMA && uint32s(colour.gAMA)[0]!;
  const primaries = statedPrimaries(colour.cHRM);
  const isOwn = primaries && !isGray && !isNear(primaries, SRGB_PRIMARIES);
  const isSrgbCurve = !gamma || Math.abs(gamma - SRGB_GAMMA) < 500;
  if (isSrgbCurve && !isOwn) return undefined;
  const curve: Curve = gamma ? [100_000 / gamma] : SRGB_CURVE;
  return makeProfile("As PNG's gAMA and cHRM say", curve, isGray ? undefined : (primaries ?? SRGB_PRIMARIES));
}

function codedProfile(cicp: Uint8Array, isGray: boolean): Uint8Array | undefined | "unknown" {
  const [primaries, transfer, matrix, isFullRange] = cicp as unknown as [number, number, number, number];
  const [known, curve] = [PRIMARIES[primaries], CURVES[transfer]];
  if (!known || !curve || matrix !== 0 || isFullRange !== 1) return "unknown";
  if (curve === SRGB_CURVE && (isGray || known === SRGB_PRIMARIES)) return undefined;
  return makeProfile(`As PNG's cICP says, ${primaries}-${transfer}`, curve, isGray ? undefined : known);
}

/** Of chromaticities that are none, none. */
function statedPrimaries(chrm: Uint8Array | undefined): Chromaticities | undefined {
  if (!chrm) return undefined;
  const all = uint32s(chrm).map((value) => value / 100_000);
  const [, , rx, ry, gx, gy, bx, by] = all as unknown as Chromaticities;
  const area = (gx - rx) * (by - ry) - (bx - rx) * (gy - ry);
  const isPossible =
    all.every((value) => value <= 1) && [1, 3, 5, 7].every((y) => all[y]! > 0) && Math.abs(area) > 1e-3;
  return isPossible ? (all as unknown as Chromaticities) : undefined;
}

function isNear(a: Chromaticities, b: Chromaticities): boolean {
  return a.every((value, index) => Math.abs(value - b[index]!) < 0.002);
}

function uint32s(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4));
}

/** The profile of Adobe RGB where Exif says so: its colour space is "uncalibrated" and its interoperability "R03" (DCF 2.0). */
export function exifProfile(exif: Buffer, isGray: boolean): Buffer | undefined {
  const start = exif.toString("latin1", 0, 6) === "Exif\0\0" ? 6 : 0;
  const tiff = new TiffDirectory(exif.subarray(start));
  const about = tiff.entry(tiff.first, 0x8769);
  const space = about && tiff.entry(about.value, 0xa001);
  const interoperability = about && tiff.entry(about.value, 0xa005);
  const index = interoperability && tiff.entry(interoperability.value, 0x0001);
  if (space?.short !== 0xffff || index?.text !== "R03\0") return undefined;
  return makeProfile("Adobe RGB, as Exif says", [563 / 256], isGray ? undefined : ADOBE_RGB);
}
