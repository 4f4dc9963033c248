// Owns which buffers stand at both ends of a run, between pictures and the network, and how large they are. Written once: plans
// and the choice of tiles both ask here.

import {
  type AlphaForm,
  PICTURE_HEADER_BYTES,
  pictureByteLength,
  rowWords,
  type SourceForm,
  storeKernel,
  sumsByteLength,
  type TargetForm,
} from "../ops/picture.kernels.js";
import type { StepBits } from "../ops/pixels.js";
import type { PlacedCall } from "./bind.js";
import { type PlannedBuffer, plannedBuffer, UNIFORM_ALIGN } from "./runnable-plan.js";

export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** Where the results of a run go. */
export interface PictureTarget {
  readonly form: TargetForm;
  /** Packed rows are read back from a buffer of the run; what is given belongs to whoever runs it. */
  readonly place: "read-back" | "given";
  readonly alpha: AlphaForm;
  /** The largest part that is kept of a run's result, in its pixels. */
  readonly kept: Extent;
  /** The largest part of the source's alpha that such a part needs. */
  readonly alphaExtent: Extent;
  /** The pixels of the destination that the tables of taps are for at once. */
  readonly tables: Extent;
  /** Results are added up before they are stored: self-ensemble. */
  readonly isMean: boolean;
}

/** Where results go, before the size of a tile is known. */
export interface TargetChoice extends Pick<PictureTarget, "form" | "place" | "alpha" | "isMean"> {
  /** The source whose alpha is resized, and pixels of the destination for each of its pixels; unused where all is opaque. */
  readonly alphaSource: Extent & { readonly scaleX: number; readonly scaleY: number };
}

/** The target of tiles that keep at most `kept` of their results. */
export function targetOf({ form, place, alpha, isMean, alphaSource }: TargetChoice, kept: Extent): PictureTarget {
  const taps = alpha.kind === "opaque" ? { x: 0, y: 0 } : alpha.taps;
  const { width, height, scaleX, scaleY } = alphaSource;
  // The first and the last pixel may begin one before and end one after the whole.
  const length = (most: number, scale: number, count: number) => Math.ceil(most / scale) + count + 1;
  const alphaExtent = {
    width: Math.min(width + taps.x, length(kept.width, scaleX, taps.x)),
    height: Math.min(height + taps.y, length(kept.height, scaleY, taps.y)),
  };
  // Alpha in a texture is there as a whole, and so are its tables.
  const whole = { width: Math.round(width * scaleX), height: Math.round(height * scaleY) };
  const tables = alpha.kind === "texture" ? whole : kept;
  return { form, place, alpha, isMean, kept, alphaExtent, tables };
}

/** A target without alpha. */
export function opaqueTarget(
  form: TargetForm,
  place: PictureTarget["place"],
  { isMean = false }: { readonly isMean?: boolean } = {},
): TargetChoice {
  const alphaSource = { width: 1, height: 1, scaleX: 1, scaleY: 1 };
  return { form, place, isMean, alpha: { kind: "opaque" }, alphaSource };
}

/** The pictures of a run: the source at hand, and its result. */
export interface PictureEnd {
  readonly source: SourceForm;
  /** The part of a packed source that is uploaded for a run; undefined where the source is given. */
  readonly uploaded: Extent | undefined;
  readonly result: Extent & { readonly bits: StepBits };
  /** Undefined: the result stays where it is, and is read back whole. */
  readonly target: PictureTarget | undefined;
  /** Regions whose uniforms are written beforehand. */
  readonly regions: number;
}

/** The buffers at both ends, in bytes that the sizes alone decide. */
export function pictureBuffers({ source, uploaded, result, target, regions }: PictureEnd): PlannedBuffer[] {
  const buffers: PlannedBuffer[] = [];
  const add = (label: string, role: PlannedBuffer["role"], byteLength: number) =>
    buffers.push(plannedBuffer(label, role, byteLength));
  const rows = ({ width, height }: Extent, form: Parameters<typeof rowWords>[1]) => rowWords(width, form) * 4 * height;
  if (uploaded && source.kind === "packed") add("picture in", "picture-in", rows(uploaded, source));
  const resultBytes = PICTURE_HEADER_BYTES + pictureByteLength(result);
  add("picture out", "picture-out", resultBytes);
  if (target) {
    const { form, alpha, kept, alphaExtent, tables, isMean, place } = target;
    if (isMean) add("sums", "sums", sumsByteLength(kept.width, kept.height));
    if (alpha.kind === "packed") add("alpha in", "alpha-in", rows(alphaExtent, { channels: 1, bits: alpha.bits }));
    if (alpha.kind !== "opaque") {
      const entries = tables.width * (alpha.taps.x + 1) + tables.height * (alpha.taps.y + 1);
      add("alpha taps", "alpha-tables", entries * 4);
    }
    if (form.kind === "texture") add("overflows", "overflows", 4);
    else if (place === "read-back") {
      const byteLength = PICTURE_HEADER_BYTES + rows(kept, form);
      add("packed out", "packed-out", byteLength);
      add("staging", "staging", byteLength);
    }
  } else add("staging", "staging", resultBytes);
  add("regions", "regions", regions * UNIFORM_ALIGN);
  return buffers;
}

/** The call that stores the kept part of a run's result, or of the sums of several. */
export function storeTargetCall(target: PictureTarget, resultBits: StepBits): PlacedCall {
  const { form, alpha, kept, isMean } = target;
  const bits = form.kind === "packed" ? form.bits : textureBits(form);
  const from = isMean ? ({ kind: "sums", bits } as const) : ({ kind: "result", bits: resultBits } as const);
  return {
    node: "store",
    op: "store",
    call: storeKernel(from, form, alpha, kept),
    reads: [],
    writes: undefined,
    planes: {},
    flops: 0,
  };
}

/** The bits that a texture's results have before they are stored. */
export function textureBits(form: TargetForm & { kind: "texture" }): 8 | 16 {
  return form.format === "rgba8unorm" || form.format === "bgra8unorm" ? 8 : 16;
}
