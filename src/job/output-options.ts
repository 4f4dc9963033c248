// Owns what a call may say of its result: which kind, and options that are for one kind alone.

import { EsrganError } from "../errors.js";
import type { TextureSlice } from "../gpu/texture-checks.js";
import { type BlobOptions, type OutputKind, outputKind, requireBlobOptions } from "../picture/output-kind.js";
import type { ImageSource, PixelFormat } from "../picture/source.js";

/** What a call gives back, and where it puts it. */
export interface OutputOptions extends BlobOptions {
  /**
   * What the output "canvas", which it stands for, draws into: tile by tile as the picture is computed. With the output "imageBitmap" it is
   * drawn as well.
   */
  readonly canvas?: HTMLCanvasElement | OffscreenCanvas | undefined;
  /**
   * What the output "texture", which it stands for, writes: a texture, or one level and layer of it. By default one is made, which
   * is yours.
   */
  readonly texture?: TextureSlice | undefined;
  /**
   * Of the output "imageData": "rgba-unorm8", or "rgba-float16" where the environment has that. By default that of ImageData which came in,
   * else "rgba-unorm8".
   */
  readonly pixelFormat?: PixelFormat | undefined;
  /** Of a texture that is made: the source's own, or rgba8unorm. */
  readonly textureFormat?: GPUTextureFormat | undefined;
  /** GPUTextureUsage of a texture that is made, beside what writing it needs; TEXTURE_BINDING and COPY_SRC by default. */
  readonly textureUsage?: number | undefined;
}

/** The kinds that each option is for, first the one that it stands for. */
const KINDS: { readonly [O in keyof OutputOptions]-?: readonly [OutputKind, ...OutputKind[]] } = {
  type: ["blob"],
  quality: ["blob"],
  canvas: ["canvas", "imageBitmap"],
  texture: ["texture"],
  pixelFormat: ["imageData"],
  textureFormat: ["texture"],
  textureUsage: ["texture"],
};

export const OUTPUT_OPTIONS: readonly string[] = ["output", ...Object.keys(KINDS)];

const MOST_USAGE = 2 ** 32; // GPUTextureUsageFlags are 32 bits.

/**
 * The kind of result asked for: by name, by a canvas or texture to write, or the kind that came in.
 * @throws EsrganError "bad-input" for options that are out of range, or for another kind of result
 */
export function requestedOutput(
  source: ImageSource,
  options: OutputOptions & { readonly output?: OutputKind | undefined },
): OutputKind {
  const given = (Object.keys(KINDS) as (keyof typeof KINDS)[]).filter((name) => options[name] !== undefined);
  const place = given.find((name) => name === "canvas" || name === "texture");
  const { output = place && KINDS[place][0] } = options;
  const kind = outputKind(source, output);
  for (const name of given) {
    if (KINDS[name].includes(kind)) continue;
    const kinds = KINDS[name].map((each) => `"${each}"`).join(" or ");
    throw new EsrganError("bad-input", `The option ${name} is for the output ${kinds}, got "${kind}"`);
  }
  if (kind === "canvas" && !options.canvas) {
    throw new EsrganError("bad-input", 'The output "canvas" needs the option canvas, a canvas to draw into');
  }
  requireBlobOptions(options);
  requireTextureOptions(options);
  requirePixelFormat(options);
  return kind;
}

/** @throws EsrganError "bad-input" for a kind that strips cannot be, or a pixel format of another */
export function requireStripOutput(options: {
  readonly output?: OutputKind | undefined;
  readonly pixelFormat?: PixelFormat | undefined;
}): void {
  const { output = "pixels", pixelFormat } = options;
  if (output !== "pixels" && output !== "imageData") {
    throw new EsrganError("bad-input", `The output of strips must be "pixels" or "imageData", got "${String(output)}"`);
  }
  if (pixelFormat !== undefined && output !== "imageData") {
    throw new EsrganError("bad-input", `The option pixelFormat is for the output "imageData", got "${output}"`);
  }
  requirePixelFormat(options);
}

function requirePixelFormat({ pixelFormat }: Pick<OutputOptions, "pixelFormat">): void {
  if (pixelFormat === undefined || pixelFormat === "rgba-unorm8" || pixelFormat === "rgba-float16") return;
  throw new EsrganError(
    "bad-input",
    `pixelFormat must be "rgba-unorm8" or "rgba-float16", got "${String(pixelFormat)}"`,
  );
}

function requireTextureOptions({ texture, textureFormat, textureUsage }: OutputOptions): void {
  const made = textureFormat === undefined ? "textureUsage" : "textureFormat";
  if (texture !== undefined && (textureFormat !== undefined || textureUsage !== undefined)) {
    throw new EsrganError("bad-input", `The option ${made} is for a texture that is made, but one was given to write`);
  }
  if (textureUsage === undefined) return;
  if (Number.isInteger(textureUsage) && textureUsage >= 0 && textureUsage < MOST_USAGE) return;
  throw new EsrganError("bad-input", `textureUsage must be flags of GPUTextureUsage, got ${String(textureUsage)}`);
}
