// What of a picture formats beside PNG cannot hold, and what is done instead. Owns the choice and the conversion to sRGB; how the files are
// written is write-picture.ts.
import type { Sharp, SharpOptions } from "sharp";
import type { Pixels } from "../index.js";
import { isLinear, makeProfile, profileSpace, profileTag, SRGB_PRIMARIES } from "./icc-profile.js";
import { FORMAT_NAMES, type PictureFormat } from "./picture-format.js";
import { MAX_JPEG_PROFILE_BYTES } from "./picture-metadata.js";
import { writePng } from "./png-writer.js";
import { equalProfile, type PngColour } from "./stated-colour.js";

type EncodedFormat = Exclude<PictureFormat, "png">;

/** How a picture goes into a format. */
export interface Fit {
  /** The profile that the file gets. */
  readonly embedded?: Uint8Array;
  /** The profile of RGB that the values are converted from, to sRGB. */
  readonly converted?: Uint8Array;
  /** What is lost or changed, a sentence each. */
  readonly notes: readonly string[];
}

const HDR_TRANSFERS: Readonly<Record<number, string>> = { 16: "PQ", 18: "HLG" };

/** How values of this kind, in this profile or as these chunks of a PNG say, go into a format, which has 8 bits unless it is TIFF. */
export function fitFormat(
  format: EncodedFormat,
  { iccProfile, pngColour }: { readonly iccProfile?: Uint8Array; readonly pngColour?: PngColour },
  { channels, bits }: Omit<Pixels, "data">,
): Fit {
  const name = FORMAT_NAMES[format];
  const notes = bits === 16 && format !== "tiff" ? [`${name} has 8 bits a channel, so that the 16 were rounded`] : [];
  const profile = pngColour ? equalProfile(pngColour, iccProfile, channels < 3) : iccProfile;
  if (profile === "unknown") {
    const [primaries, transfer] = pngColour!.cICP!;
    const hdr = HDR_TRANSFERS[transfer!];
    const colours = `${hdr ? `HDR (${hdr}) ` : ""}colours ${primaries}-${transfer}`;
    return {
      notes: [...notes, `${name} cannot say the ${colours} of the PNG's cICP, so that they look different`],
    };
  }
  if (!profile) return { notes };
  const refusal = whyNot(format, profile, bits);
  if (refusal === undefined) return { embedded: profile, notes };
  const converted = asRgb(profile);
  if (!converted) return { notes: [...notes, `${refusal}, and it was left out`] };
  return { converted, notes: [...notes, `${refusal}, so that the values were converted to sRGB`] };
}

/** Why a file of this format does not get the profile; undefined where it does. */
function whyNot(format: EncodedFormat, profile: Uint8Array, bits: Pixels["bits"]): string | undefined {
  if (format === "tiff") return undefined;
  if (format === "avif") return "AVIF gets no colour profile here";
  if (format === "webp" && profileSpace(profile) === "GRAY") return "WebP cannot hold a colour profile of gray values";
  if (format === "jpeg" && profile.length > MAX_JPEG_PROFILE_BYTES) return "JPEG cannot hold so long a colour profile";
  const isCoarse = bits === 16 && isLinear(profile);
  return isCoarse ? `${FORMAT_NAMES[format]} has too few bits for the linear values of the colour profile` : undefined;
}

/** The profile, or that of a gray one's curve in sRGB's primaries: of equal values it makes the same. */
function asRgb(profile: Uint8Array): Uint8Array | undefined {
  const space = profileSpace(profile);
  const curve = space === "GRAY" ? profileTag(profile, "kTRC") : undefined;
  return curve ? makeProfile("Gray", curve, SRGB_PRIMARIES) : space === "RGB " ? profile : undefined;
}

/** The picture with 8 bits, its values as those of the profile look in sRGB. */
export async function convertToSrgb(sharp: SharpFunction, picture: Pixels, profile: Uint8Array): Promise<Pixels> {
  const { width, height, channels, data } = picture;
  if (channels > 2) return { ...picture, bits: 8, data: await throughProfile(sharp, picture, profile) };
  const levels = 2 ** picture.bits;
  const side = Math.sqrt(levels);
  const ramp = Uint16Array.from({ length: levels * 3 }, (_, i) =>
    Math.round((Math.floor(i / 3) * 65535) / (levels - 1)),
  );
  const rgb = await throughProfile(sharp, { data: ramp, width: side, height: side, channels: 3, bits: 16 }, profile);
  const out = new Uint8Array(width * height * channels);
  for (let i = 0; i < out.length; i++) {
    const isAlpha = i % 2 === channels - 1 && channels === 2;
    out[i] = isAlpha ? Math.round((data[i]! * 255) / (levels - 1)) : rgb[data[i]! * 3 + 1]!;
  }
  return { ...picture, bits: 8, data: out };
}

type SharpFunction = (input: Buffer, options: SharpOptions) => Sharp;

/** By sharp, which takes profiles from files only. */
async function throughProfile(sharp: SharpFunction, picture: Pixels, iccProfile: Uint8Array): Promise<Uint8Array> {
  const { width, height } = picture;
  const parts: Uint8Array[] = [];
  await writePng([{ y: 0, pixels: picture }], { width, height, iccProfile }, async (bytes) => void parts.push(bytes));
  const image = sharp(Buffer.concat(parts), { limitInputPixels: false });
  // Of 16 bits sharp makes Display P3 on its way, and sRGB only where that is to be the file's profile.
  return image.withIccProfile("srgb").toColourspace("srgb").raw({ depth: "uchar" }).toBuffer();
}
