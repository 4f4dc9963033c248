// Owns the GPU kernels that read and store pictures: a region becomes a network's input, its result goes to packed rows, to a
// texture or onto sums. shaders/picture.wgsl.ts has their texts.

import { CURVE_WGSL, transferWgsl } from "../shaders/color-curve.wgsl.js";
import type { KernelSource, Storage } from "../shaders/kernel.js";
import {
  accumulateWgsl,
  imageToTensorWgsl,
  loadMeanWgsl,
  loadPackedWgsl,
  loadResultWgsl,
  loadTextureWgsl,
  NOTE_NAN_WGSL,
  PICTURE_HEADER_WORDS,
  regionWgsl,
  resizePixelsWgsl,
  storePackedWgsl,
  storePixelWgsl,
  storeRgb8Wgsl,
  storeTextureWgsl,
  TEXEL_WGSL,
  tensorToImageWgsl,
} from "../shaders/picture.wgsl.js";
import {
  alphaTapsWgsl,
  opaqueAlphaWgsl,
  resizedAlphaWgsl,
  resizedFloatAlphaWgsl,
  SOURCE_ALPHA_WGSL,
} from "../shaders/result-alpha.wgsl.js";
import { type Curve, HDR_WHITE, largestOf } from "./color-curve.js";
import { cover, input, type KernelCall, type KernelTensor, kernelCall, OUTPUT, withWindow } from "./kernel.js";
import { LARGEST_VALUE, type Pixels, resultPixelBytes, type StepBits } from "./pixels.js";
import { type Plane, plane as planeOf } from "./plane.js";
import { type Bound, flag, type StorableFormat, TEXTURE_IN, textureOut } from "./texture-copy.kernels.js";

type Channels = Pixels["channels"];

/** How a picture is read. */
export type SourceForm =
  | { readonly kind: "packed"; readonly channels: Channels; readonly bits: StepBits }
  | {
      readonly kind: "texture";
      /** Texels are rounded to the levels that 8 bits hold. */
      readonly hasLevels: boolean;
      /** The format is one of -srgb: the device decodes texels on reading, which is undone. */
      readonly isDecoded: boolean;
      /** How stored values become those of a network. */
      readonly encode: Curve;
      /** Stored values are multiplied by alpha. */
      readonly unpremultiply: boolean;
      /** The first row is the bottom one. */
      readonly flip: boolean;
      /** NaN is counted among the overflows of the result. */
      readonly countsNaN: boolean;
    }
  | { readonly kind: "external"; readonly flip: boolean };

/** Where a destination's alpha comes from: nowhere (opaque), or the source's, resized with so many taps a pixel along each axis. */
export type AlphaForm =
  | { readonly kind: "opaque" }
  | {
      readonly kind: "packed" | "texture";
      readonly bits: StepBits;
      readonly taps: { readonly x: number; readonly y: number };
    };

/** How a result is stored. */
export type TargetForm =
  | { readonly kind: "packed"; readonly channels: Channels; readonly bits: StepBits }
  | {
      readonly kind: "texture";
      readonly format: StorableFormat;
      /** The curve that is undone before values are stored. */
      readonly decode: Curve;
      readonly premultiply: boolean;
      readonly flip: boolean;
    };

/** A result on the GPU behind a header: of one run, or the sum of eight, which are floats. */
export interface ResultForm {
  readonly kind: "result" | "sums";
  readonly bits: StepBits;
}

/** A result: RGBA words of 8 or 16 bits a channel, or RGB as floats. */
export interface PictureSpec {
  readonly width: number;
  readonly height: number;
  readonly bits: StepBits;
}

/** Bytes of a result's pixels, without the header. */
export function pictureByteLength({ width, height, bits }: PictureSpec): number {
  return width * height * resultPixelBytes(bits);
}

/** Words of a packed row, which begins with one. */
export function rowWords(width: number, { channels, bits }: { channels: Channels; bits: StepBits }): number {
  return Math.ceil((width * channels * bits) / 32);
}

/** Bytes before the first pixel of a picture that the GPU writes; the first word is 1 where some value was not finite. */
export const PICTURE_HEADER_BYTES = PICTURE_HEADER_WORDS * 4;

/** Bytes of the sums of a kept rectangle. */
export function sumsByteLength(width: number, height: number): number {
  return PICTURE_HEADER_BYTES + width * height * 3 * 4;
}

const GROUP_X = 16;
const GROUP_Y = 4;
const PACK_GROUP = 64;

const HEADER = { HEADER: { u32: PICTURE_HEADER_WORDS } } as const;

export const REGION: Bound = [{ name: "region", access: "uniform", type: "Region" }, { kind: "region" }];
const RESULT: Bound = [{ name: "pixels", access: "read_write", type: "array<u32>" }, { kind: "picture-out" }];

/** A picture that a kernel writes: `channels` are the tensor's, `gray` stores the luma. */
export interface PictureStore {
  readonly channels: number;
  readonly bits: StepBits;
  readonly gray: boolean;
}

/** What a kernel that calls storePixel needs. */
export function pictureStore({ channels, bits, gray }: PictureStore) {
  return {
    binding: RESULT,
    constants: {
      CHANNELS: { u32: channels },
      WORDS: { u32: resultPixelBytes(bits) / 4 },
      GRAY: { u32: gray ? 1 : 0 },
      ...HEADER,
    },
    text: storePixelWgsl,
  } as const;
}

/** What a kernel that calls loadSource needs. */
export function sourceParts(source: SourceForm) {
  if (source.kind === "packed") {
    const binding: Bound = [{ name: "picture", access: "read", type: "array<u32>" }, { kind: "picture-in" }];
    const constants = { SOURCE_CHANNELS: { u32: source.channels }, SOURCE_BITS: { u32: source.bits } };
    return { bind: [binding], constants, text: [regionWgsl, loadPackedWgsl] };
  }
  const { kind, flip } = source;
  const { isDecoded, encode, hasLevels, unpremultiply, countsNaN } = kind === "texture" ? source : FRAME;
  return {
    bind: [TEXTURE_IN[kind], ...(countsNaN ? [OVERFLOWS] : [])],
    constants: {
      DECODED: flag(isDecoded),
      ...curveConstants(encode),
      LEVELS: flag(hasLevels),
      UNPREMULTIPLY: flag(unpremultiply),
      FLIP: flag(flip),
    },
    text: [
      regionWgsl,
      TEXEL_WGSL[kind],
      NOTE_NAN_WGSL[countsNaN ? "counted" : "unnoted"],
      transferWgsl,
      CURVE_WGSL[encode],
      loadTextureWgsl,
    ],
  };
}

// A frame of a video has levels, however it was converted.
const FRAME = { isDecoded: false, encode: "none", hasLevels: true, unpremultiply: false, countsNaN: false } as const;

const OVERFLOWS: Bound = [{ name: "overflows", access: "read_write", type: "array<u32>" }, { kind: "overflows" }];

/** Reads a region of a picture as a tensor of 1 or 3 channels. */
export function imageToTensorKernel(
  source: SourceForm,
  output: { readonly plane: Plane; readonly channels: number },
  storage: Storage,
): KernelCall {
  const { bind, constants, text } = sourceParts(source);
  return kernelCall({
    variant: source.kind,
    storage,
    constants: { ...constants, CHANNELS: { u32: output.channels } },
    bind: [REGION, ...bind, OUTPUT],
    planes: [{ plane: output.plane }],
    text: [...text, imageToTensorWgsl],
    workgroups: cover(output.plane.width, output.plane.height, 1, GROUP_X, GROUP_Y),
  });
}

/** Its planes say nothing yet of where the picture lies: see withOrigin and withWindow. */
export function tensorToImageKernel(
  tensor: KernelTensor,
  pictureWidth: number,
  picture: Omit<PictureStore, "channels">,
  storage: Storage,
): KernelCall {
  const { width, height } = tensor.plane;
  const store = pictureStore({ ...picture, channels: tensor.channels });
  return kernelCall({
    variant: "direct",
    storage,
    constants: store.constants,
    bind: [input("source0", 0, tensor), store.binding],
    planes: [{ plane: { ...planeOf(width, height, 0), pitch: pictureWidth } }, { plane: tensor.plane }],
    text: [store.text, tensorToImageWgsl],
    workgroups: cover(width, height, 1, GROUP_X, GROUP_Y),
  });
}

/** Resizes a region of a picture into a result, with so many taps a pixel along each axis. */
export function resizePixelsKernel(
  source: SourceForm,
  result: PictureSpec,
  taps: { readonly x: number; readonly y: number },
): KernelCall {
  const from = sourceParts(source);
  const store = pictureStore({ channels: 3, bits: result.bits, gray: false });
  const { width, height } = result;
  const call = kernelCall({
    variant: source.kind,
    storage: "f32",
    constants: {
      ...from.constants,
      ...store.constants,
      TAPS_X: { u32: taps.x },
      TAPS_Y: { u32: taps.y },
    },
    bind: [
      REGION,
      ...from.bind,
      [{ name: "taps", access: "read", type: "array<f32>" }, { kind: "tables" }],
      store.binding,
    ],
    planes: [{ plane: { ...planeOf(width, height, 0), pitch: width } }],
    text: [...from.text, store.text, resizePixelsWgsl],
    workgroups: cover(width, height, 1, GROUP_X, GROUP_Y),
  });
  return { ...call, planes: withWindow(call.planes, [0, 0, width, height]) };
}

/** Adds the kept part of a result of floats to the sums; `most` is the largest part of any region. */
export function accumulateKernel(most: { readonly width: number; readonly height: number }): KernelCall {
  return kernelCall({
    variant: "direct",
    storage: "f32",
    constants: { ...HEADER, WORDS: { u32: resultPixelBytes(32) / 4 } },
    bind: [REGION, RESULT, [{ name: "sums", access: "read_write", type: "array<u32>" }, { kind: "sums" }]],
    text: [regionWgsl, loadResultWgsl, accumulateWgsl],
    workgroups: cover(most.width, most.height, 1, GROUP_X, GROUP_Y),
  });
}

/** Stores the kept part of a result, or of sums; `most` is the largest part of any region. */
export function storeKernel(
  result: ResultForm,
  target: TargetForm,
  alpha: AlphaForm,
  most: { readonly width: number; readonly height: number },
): KernelCall {
  const from = resultParts(result, target.kind === "packed" ? target.bits : result.bits);
  const levels = LARGEST_VALUE[target.kind === "packed" ? target.bits : result.bits];
  const alphas = alphaParts(alpha, levels);
  const constants = { ...HEADER, ...from.constants, ...alphas.constants, LARGEST: { u32: levels } };
  if (target.kind === "packed") {
    const { channels, bits } = target;
    const isRgb8 = channels === 3 && bits === 8 && result.kind === "result" && result.bits === 8;
    return kernelCall({
      variant: "packed",
      storage: "f32",
      constants: { ...constants, CHANNELS: { u32: channels }, BITS: { u32: bits }, FLIP: flag(false) },
      bind: [
        REGION,
        from.binding,
        ...alphas.bind,
        [{ name: "packed", access: "read_write", type: "array<u32>" }, { kind: "packed-out" }],
      ],
      text: isRgb8 ? [regionWgsl, storeRgb8Wgsl] : [regionWgsl, from.text, ...alphas.text, storePackedWgsl],
      workgroups: cover(rowWords(most.width, target), most.height, 1, PACK_GROUP, 1),
    });
  }
  const { format, decode, premultiply, flip } = target;
  return kernelCall({
    variant: format,
    storage: "f32",
    constants: {
      ...constants,
      ...curveConstants(decode),
      PREMULTIPLY: flag(premultiply),
      FLIP: flag(flip),
      BITS: { u32: result.bits },
    },
    bind: [REGION, from.binding, ...alphas.bind, textureOut(format), OVERFLOWS],
    text: [regionWgsl, from.text, ...alphas.text, transferWgsl, CURVE_WGSL[decode], storeTextureWgsl],
    workgroups: cover(most.width, most.height, 1, GROUP_X, GROUP_Y),
  });
}

function resultParts(result: ResultForm, bits: StepBits) {
  if (result.kind === "sums") {
    const binding: Bound = [{ name: "pixels", access: "read_write", type: "array<u32>" }, { kind: "sums" }];
    return { binding, constants: { BITS: { u32: bits } }, text: loadMeanWgsl };
  }
  return { binding: RESULT, constants: { WORDS: { u32: resultPixelBytes(result.bits) / 4 } }, text: loadResultWgsl };
}

function alphaParts(
  alpha: AlphaForm,
  largest: number,
): { bind: readonly Bound[]; constants: KernelSource["constants"]; text: readonly string[] } {
  if (alpha.kind === "opaque") return { bind: [], constants: {}, text: [opaqueAlphaWgsl] };
  const { taps, bits } = alpha;
  const tables: Bound = [{ name: "alphaTaps", access: "read", type: "array<f32>" }, { kind: "alpha-tables" }];
  const source: Bound =
    alpha.kind === "packed"
      ? [{ name: "alpha", access: "read", type: "array<u32>" }, { kind: "alpha-in" }]
      : TEXTURE_IN.texture;
  return {
    bind: [tables, source],
    constants: {
      TAPS_X: { u32: taps.x },
      TAPS_Y: { u32: taps.y },
      SOURCE_BITS: { u32: bits },
      LARGEST: { u32: largest },
    },
    text: [
      alphaTapsWgsl,
      ...(bits === 32 ? [resizedFloatAlphaWgsl] : [SOURCE_ALPHA_WGSL[alpha.kind], resizedAlphaWgsl]),
    ],
  };
}

function curveConstants(curve: Curve) {
  return { LARGEST_COLOR: { f32: largestOf(curve) }, ...(curve === "hdr" ? { HDR_WHITE: { f32: HDR_WHITE } } : {}) };
}
