// Owns which formats of textures are read and stored, and how values become those of a network and back. Pure.

import { EsrganError } from "../errors.js";
import { fillStateBytes } from "../ops/alpha-fill.js";
import type { Curve } from "../ops/color-curve.js";
import type { SourceForm, TargetForm } from "../ops/picture.kernels.js";
import type { StorableFormat } from "../ops/texture-copy.kernels.js";
import type { Extent } from "./picture-buffers.js";

/** Whether values are stored as sRGB encodes them, or linear. */
export type Transfer = "srgb" | "linear";

/** How alpha travels: stored as 1, or resized beside colours that are straight or multiplied by it. */
export type TextureAlpha = "opaque" | "straight" | "premultiplied";

/** Alpha is premultiplied in the values as they are stored: linear ones where the transfer is linear, bytes of -srgb formats as such. */
export interface TextureValues {
  readonly transfer: Transfer | "hdr";
  /** The first row is the bottom one. */
  readonly flip: boolean;
  readonly alpha: TextureAlpha;
}

/** The curve that values of a transfer are read and stored by. */
export const CURVES: { readonly [T in TextureValues["transfer"]]: Curve } = {
  srgb: "none",
  linear: "srgb",
  hdr: "hdr",
};

interface ReadableFormat {
  /** Eight bits a channel: values are rounded to levels. */
  readonly hasLevels: boolean;
  /** The device decodes texels on reading; -srgb textures hold the bytes of their twins. */
  readonly isSrgb: boolean;
  /** Holds every value of it, and a kernel can store to it. */
  readonly copy: StorableFormat;
}

const READABLE: { readonly [format: string]: ReadableFormat } = {
  rgba8unorm: { hasLevels: true, isSrgb: false, copy: "rgba8unorm" },
  "rgba8unorm-srgb": { hasLevels: true, isSrgb: true, copy: "rgba8unorm" },
  bgra8unorm: { hasLevels: true, isSrgb: false, copy: "rgba8unorm" },
  "bgra8unorm-srgb": { hasLevels: true, isSrgb: true, copy: "rgba8unorm" },
  rgba16float: { hasLevels: false, isSrgb: false, copy: "rgba16float" },
  rgba32float: { hasLevels: false, isSrgb: false, copy: "rgba32float" },
};

/** @throws EsrganError "bad-input" naming the format and those that there are */
export function readableFormat(format: string): ReadableFormat {
  const found = Object.hasOwn(READABLE, format) ? READABLE[format] : undefined;
  if (found) return found;
  throw new EsrganError(
    "bad-input",
    `Textures of the format ${format} cannot be read, expected one of ${Object.keys(READABLE).join(", ")}`,
  );
}

/** @throws EsrganError "bad-input" as readableFormat, but for external textures */
export function requireReadable(format: string): void {
  if (format !== "external") readableFormat(format);
}

/** How a texture of that format is read. */
export function textureSource(format: string, { transfer, flip, alpha }: TextureValues): SourceForm {
  if (format === "external") return { kind: "external", flip };
  const { hasLevels, isSrgb } = readableFormat(format);
  const encode = isSrgb ? "none" : CURVES[transfer];
  const unpremultiply = alpha === "premultiplied";
  return { kind: "texture", hasLevels, isDecoded: isSrgb, encode, unpremultiply, flip, countsNaN: false };
}

/** Bytes of a copy of such a texture. */
export function copyBytes(format: string, { width, height }: Extent): number {
  return width * height * TEXEL_BYTES[readableFormat(format).copy];
}

/** Bytes that it takes to fill in colours under transparent texels of such a copy, which are gone afterwards. */
export function fillBytes(format: string, size: Extent): number {
  return 2 * copyBytes(format, size) + fillStateBytes(size);
}

const TEXEL_BYTES: { readonly [F in StorableFormat]: number } = {
  rgba8unorm: 4,
  bgra8unorm: 4,
  rgba16float: 8,
  rgba32float: 16,
};

/** How the copy of a texture is read that copyTextureKernel made: -srgb texels are stored in it as they were. */
export function copiedTextureSource(format: string, values: TextureValues): SourceForm {
  const { copy, isSrgb } = readableFormat(format);
  return textureSource(copy, isSrgb ? { ...values, transfer: "srgb" } : values);
}

/**
 * What is done once results are stored: nothing; a copy into a texture whose format differs in -srgb alone; drawing, where the
 * device cannot store to bgra8unorm; drawing and copying.
 */
export type Finish = "none" | "copy" | "draw" | "draw-and-copy";

export interface TextureStore {
  readonly form: TargetForm & { readonly kind: "texture" };
  readonly finish: Finish;
  /** What the caller's texture must allow. */
  readonly usage: "storage" | "copy" | "render";
}

const STORABLE = ["rgba8unorm", "rgba8unorm-srgb", "bgra8unorm", "bgra8unorm-srgb", "rgba16float", "rgba32float"];

/** @throws EsrganError "bad-input" naming the format and those that there are */
export function requireStorable(format: string): void {
  if (STORABLE.includes(format)) return;
  throw new EsrganError(
    "bad-input",
    `Textures of the format ${format} cannot be stored to, expected one of ${STORABLE.join(", ")}`,
  );
}

/** Bytes of the textures of ours that stand before one of the caller's of that size. */
export function storeBytes({ form, finish }: TextureStore, { width, height }: Extent): number {
  const count = { none: 0, copy: 1, draw: 1, "draw-and-copy": 2 }[finish];
  return count * width * height * TEXEL_BYTES[form.format];
}

/** How results become a texture of that format. @throws EsrganError "bad-input" as requireStorable */
export function textureStore(
  format: string,
  { transfer, flip, alpha }: TextureValues,
  { storesBgra }: { readonly storesBgra: boolean },
): TextureStore {
  requireStorable(format);
  const store = (
    stored: StorableFormat,
    finish: Finish,
    usage: TextureStore["usage"],
    decode = CURVES[transfer],
  ): TextureStore => ({
    form: { kind: "texture", format: stored, decode, premultiply: alpha === "premultiplied", flip },
    finish,
    usage,
  });
  switch (format) {
    case "rgba8unorm":
    case "rgba16float":
    case "rgba32float":
      return store(format, "none", "storage");
    // Texels of these are stored encoded, which is what copying leaves as it is.
    case "rgba8unorm-srgb":
      return store("rgba8unorm", "copy", "copy", "none");
    case "bgra8unorm-srgb":
      return storesBgra
        ? store("bgra8unorm", "copy", "copy", "none")
        : store("rgba8unorm", "draw-and-copy", "copy", "none");
    case "bgra8unorm":
      return storesBgra ? store("bgra8unorm", "none", "storage") : store("rgba8unorm", "draw", "render");
    default:
      throw new EsrganError("internal", `The format ${format} has no way to be stored`);
  }
}
