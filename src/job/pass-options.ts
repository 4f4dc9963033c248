// Owns the options of a pass, checked.

import { EsrganError } from "../errors.js";
import { requireOptions } from "../options.js";
import type { TextureAlpha, TextureValues, Transfer } from "../plan/texture-forms.js";
import { shown } from "./shown.js";

/** What a pass is made for. Sizes are texels of the input; the output has the network's scale as many. */
export interface PassOptions {
  /** Of the input, in texels. */
  readonly width: number;
  /** Of the input, in texels. */
  readonly height: number;
  /** The format of the input: rgba8unorm or bgra8unorm with or without -srgb, rgba16float, rgba32float, or "external". */
  readonly input: GPUTextureFormat | "external";
  /** The format of the output: those of the input but "external". */
  readonly output: GPUTextureFormat;
  /** What the input's values are; texels of -srgb formats are always taken for what they are. "srgb" by default. */
  readonly inputTransfer?: Transfer | undefined;
  /** What the output's values are to be; "srgb" by default. */
  readonly outputTransfer?: Transfer | undefined;
  /**
   * "standard" (the default) clamps values to 0..1. "hdr" is for linear values of float formats, up to 65504: a curve that is
   * undone afterwards brings them to what networks take. Negative values and NaN become 0.
   */
  readonly range?: PassRange | undefined;
  /** The first row of both textures is the bottom one. */
  readonly flipY?: boolean | undefined;
  /** "opaque" (the default) stores 1; else the input's alpha is resized, bicubic, beside straight or premultiplied colours. */
  readonly alpha?: TextureAlpha | undefined;
  /**
   * Milliseconds of GPU time that a slice may take at most: dispatches are cut into bands of rows short enough for that. Without it
   * a slice is no shorter than the network's longest layer.
   */
  readonly maxSliceMs?: number | undefined;
  /** Gives the making of the pass up. */
  readonly signal?: AbortSignal | undefined;
}

/** Which values a pass takes: see PassOptions. */
export type PassRange = "standard" | "hdr";

export interface PassRequest {
  readonly width: number;
  readonly height: number;
  readonly input: string;
  readonly output: string;
  readonly source: TextureValues;
  readonly target: TextureValues;
  readonly maxSliceMs: number | undefined;
}

const KNOWN: readonly (keyof PassOptions)[] = [
  "width",
  "height",
  "input",
  "output",
  "inputTransfer",
  "outputTransfer",
  "range",
  "flipY",
  "alpha",
  "maxSliceMs",
  "signal",
];
const TRANSFERS: readonly Transfer[] = ["srgb", "linear"];
const RANGES: readonly PassRange[] = ["standard", "hdr"];
const HDR_FORMATS: readonly string[] = ["rgba16float", "rgba32float"];
const ALPHAS: readonly TextureAlpha[] = ["opaque", "straight", "premultiplied"];

/** @throws EsrganError "bad-input" naming the option; `known` are those that there are, `what` is who takes them */
export function passRequest(
  options: PassOptions,
  { known = KNOWN, what = "createPass" }: { readonly known?: readonly string[]; readonly what?: string } = {},
): PassRequest {
  requireOptions(options, known, what);
  const { width, height, input, output, maxSliceMs } = options;
  const { range = "standard", flipY = false, alpha = "opaque" } = options;
  requireOneOf("range", range, RANGES);
  const usual = range === "hdr" ? "linear" : "srgb";
  const { inputTransfer = usual, outputTransfer = usual } = options;
  for (const [name, value] of Object.entries({ width, height })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new EsrganError("bad-input", `${name} must be a positive integer, got ${value}`);
    }
  }
  for (const [name, value] of Object.entries({ input, output })) {
    if (typeof value !== "string") {
      throw new EsrganError("bad-input", `${name} must be the format of a texture, got ${value}`);
    }
  }
  requireOneOf("inputTransfer", inputTransfer, TRANSFERS);
  requireOneOf("outputTransfer", outputTransfer, TRANSFERS);
  if (range === "hdr") requireHdr({ input, output }, { inputTransfer, outputTransfer });
  requireOneOf("alpha", alpha, ALPHAS);
  if (typeof flipY !== "boolean") throw new EsrganError("bad-input", `flipY must be true or false, got ${flipY}`);
  if (maxSliceMs !== undefined && !(typeof maxSliceMs === "number" && maxSliceMs > 0)) {
    throw new EsrganError("bad-input", `maxSliceMs must be a positive number of milliseconds, got ${maxSliceMs}`);
  }
  if (input === "external" && alpha !== "opaque") {
    throw new EsrganError("bad-input", `External textures are opaque, so alpha must be "opaque", got "${alpha}"`);
  }
  return {
    width,
    height,
    input,
    output,
    source: { transfer: range === "hdr" ? range : inputTransfer, flip: flipY, alpha },
    target: { transfer: range === "hdr" ? range : outputTransfer, flip: flipY, alpha },
    maxSliceMs,
  };
}

function requireHdr(formats: Readonly<Record<string, string>>, transfers: Readonly<Record<string, Transfer>>): void {
  for (const [name, format] of Object.entries(formats)) {
    if (HDR_FORMATS.includes(format)) continue;
    throw new EsrganError(
      "bad-input",
      `The range "hdr" needs an ${name} of ${HDR_FORMATS.join(" or ")}, got ${format}`,
    );
  }
  for (const [name, transfer] of Object.entries(transfers)) {
    if (transfer === "linear") continue;
    throw new EsrganError("bad-input", `The range "hdr" is of linear values, got ${name} "${transfer}"`);
  }
}

function requireOneOf(name: string, value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return;
  const list = known.map((each) => `"${each}"`).join(", ");
  throw new EsrganError("bad-input", `${name} must be one of ${list}, got ${shown(value)}`);
}
