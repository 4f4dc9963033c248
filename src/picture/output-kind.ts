// Owns what a picture may be given back as, and which kind a call asks for. Making those that live on the CPU is sink.ts.

import { EsrganError } from "../errors.js";
import type { Pixels } from "../ops/pixels.js";
import { type ImageSource, type SourceKind, sourceKind } from "./source.js";

/**
 * "pixels" keeps channels and 16 bits, and so does "blob" as PNG; "imageData", "imageBitmap",
 * "texture" and "canvas" are RGBA, of 8 bits unless another format is asked for.
 */
export type OutputKind = "imageBitmap" | "imageData" | "pixels" | "blob" | "texture" | "canvas";

/** What each kind of result is. */
export interface OutputTypes {
  /** Yours to close. */
  readonly imageBitmap: ImageBitmap;
  /** RGBA with straight alpha. */
  readonly imageData: ImageData;
  /** Channels and bits of the source. */
  readonly pixels: Pixels;
  /** A picture file. */
  readonly blob: Blob;
  /** The one given, or one that is yours to destroy. */
  readonly texture: GPUTexture;
  /** The one given. */
  readonly canvas: HTMLCanvasElement | OffscreenCanvas;
}

/** What an output kind needs of the environment, by the names of its globals: one of them. */
const NEEDS: Readonly<Record<OutputKind, readonly string[]>> = {
  imageBitmap: ["createImageBitmap"],
  imageData: ["ImageData"],
  pixels: [],
  blob: ["Blob"],
  texture: [],
  canvas: ["HTMLCanvasElement", "OffscreenCanvas"],
};
const KINDS = Object.keys(NEEDS) as OutputKind[];

const DEFAULTS: Readonly<Record<SourceKind, OutputKind>> = {
  pixels: "pixels",
  imageData: "imageData",
  texture: "texture",
  element: "imageBitmap",
  blob: "imageBitmap",
  url: "imageBitmap",
};

/**
 * The kind asked for, or the kind that came in: an ImageBitmap for elements, frames, blobs and URLs.
 * @throws EsrganError "bad-input" if there is no such kind, or not in this environment
 */
export function outputKind(source: ImageSource, asked: OutputKind | undefined): OutputKind {
  const kind = asked === undefined ? DEFAULTS[sourceKind(source)] : asked;
  requireOutputKind(kind);
  const needs = NEEDS[kind];
  if (needs.length > 0 && !needs.some((name) => name in globalThis && Reflect.get(globalThis, name) !== undefined)) {
    throw new EsrganError("bad-input", `This environment has no ${needs.join(" or ")}, ask for the output "pixels"`);
  }
  return kind;
}

/** @throws EsrganError "bad-input" if there is no such kind */
export function requireOutputKind(kind: OutputKind): void {
  if (KINDS.includes(kind)) return;
  const kinds = KINDS.map((each) => `"${each}"`).join(", ");
  throw new EsrganError("bad-input", `The output must be one of ${kinds}, got "${kind}"`);
}

/** How a picture file is written. */
export interface BlobOptions {
  /** "image/png" by default, which keeps 16 bits and straight alpha; else whatever the browser can write. */
  readonly type?: string | undefined;
  /** For lossy types: 0..1, the browser's own by default. */
  readonly quality?: number | undefined;
}

/** @throws EsrganError "bad-input" naming the option */
export function requireBlobOptions({ type, quality }: BlobOptions): void {
  if (type !== undefined && (typeof type !== "string" || !/^image\/[\w.+-]+$/.test(type))) {
    throw new EsrganError("bad-input", `type must be a picture's type such as "image/png", got "${String(type)}"`);
  }
  if (quality !== undefined && !(typeof quality === "number" && quality >= 0 && quality <= 1)) {
    throw new EsrganError("bad-input", `quality must be a number from 0 to 1, got ${String(quality)}`);
  }
}
