// Owns the GPU kernels of the operations that are not convolutions. One kernel each: none of them costs enough to vary.

import { concatChannelsWgsl } from "../shaders/concat-channels.wgsl.js";
import { activateWgsl, preluWgsl, scaledAddWgsl } from "../shaders/elementwise.wgsl.js";
import {
  imageToTensorWgsl,
  loadPixelWgsl,
  PICTURE_HEADER_WORDS,
  storePixelWgsl,
  tensorToImageWgsl,
} from "../shaders/image.wgsl.js";
import type { KernelBinding, Storage } from "../shaders/kernel.js";
import { pixelShuffleWgsl, pixelUnshuffleWgsl, upsampleNearestWgsl } from "../shaders/rearrange.wgsl.js";
import { resizePixelsWgsl, resizeWgsl } from "../shaders/resize.wgsl.js";
import { activationWgsl, constantForm } from "./activation.kernels.js";
import {
  type ConstantData,
  constant,
  cover,
  input,
  type KernelCall,
  type KernelParts,
  type KernelTensor,
  kernelCall,
  OUTPUT,
  PICTURE_IN,
  PICTURE_OUT,
  TABLES,
  withWindow,
} from "./kernel.js";
import type { Activation, Parameter } from "./op.js";
import { channelBlocks, type Plane, plane as planeOf, roundUp } from "./plane.js";
import { type ResizeFilter, resizeTaps } from "./resize.js";

/** The operands of a kernel, placed. */
export interface SmallSpec {
  readonly storage: Storage;
  readonly inputs: readonly KernelTensor[];
  readonly output: { readonly plane: Plane; readonly channels: number };
}

const GROUP_X = 16;
const GROUP_Y = 4;

/** Of every activation but prelu, which has a kernel of its own. */
export function activateKernel(spec: SmallSpec, activation: Exclude<Activation, { kind: "prelu" }>): KernelCall {
  const form = constantForm(activation);
  return simple(spec, { constants: { SLOPE: { f32: form.slope } }, text: [activationWgsl(form), activateWgsl] });
}

export function preluKernel(spec: SmallSpec, slopes: Parameter, node: string): KernelCall {
  const data: ConstantData = {
    key: `${node} slopes`,
    byteLength: roundUp(spec.output.channels, 4) * 4,
    pack: () => padded(slopes.floats(), roundUp(spec.output.channels, 4)),
  };
  return simple(spec, { text: [preluWgsl], bind: [constant("slopes", "array<vec4f>", data)] });
}

export function scaledAddKernel(spec: SmallSpec, alpha: number): KernelCall {
  return simple(spec, {
    constants: { ALPHA: { f32: alpha } },
    bind: [input("source1", 1, spec.inputs[1]!)],
    planes: [{ plane: spec.inputs[1]!.plane }],
    text: [scaledAddWgsl],
  });
}

/** One dispatch an input, in order: each clears the lanes it shares with none of the inputs before it. */
export function concatKernels(spec: SmallSpec): KernelCall[] {
  let first = 0;
  return spec.inputs.map((tensor, index) => {
    const from = first;
    first += tensor.channels;
    const blocks = channelBlocks(first) - Math.floor(from / 4);
    const { width, height } = spec.output.plane;
    return kernelCall({
      variant: "copy",
      storage: spec.storage,
      constants: {
        FIRST_CHANNEL: { u32: from },
        CHANNELS: { u32: tensor.channels },
        OUT_CHANNELS: { u32: spec.output.channels },
      },
      bind: [input("source0", index, tensor), OUTPUT],
      planes: [{ plane: spec.output.plane }, { plane: tensor.plane }],
      text: [concatChannelsWgsl],
      workgroups: cover(width, height, blocks, GROUP_X, GROUP_Y),
    });
  });
}

export function pixelShuffleKernel(spec: SmallSpec, factor: number, order: "pytorch" | "tensorflow"): KernelCall {
  return simple(spec, { constants: rearranged(spec, factor, order), text: [pixelShuffleWgsl] });
}

export function pixelUnshuffleKernel(spec: SmallSpec, factor: number, order: "pytorch" | "tensorflow"): KernelCall {
  return simple(spec, { constants: rearranged(spec, factor, order), text: [pixelUnshuffleWgsl] });
}

export function upsampleNearestKernel(spec: SmallSpec, factor: number): KernelCall {
  return simple(spec, { constants: { FACTOR: { u32: factor } }, text: [upsampleNearestWgsl] });
}

export function resizeKernel(spec: SmallSpec, { mode, antialias }: ResizeFilter, node: string): KernelCall {
  const from = spec.inputs[0]!.plane;
  const to = spec.output.plane;
  const across = resizeTaps(mode, antialias, from.width, to.width);
  const down = resizeTaps(mode, antialias, from.height, to.height);
  const size = `${from.width}x${from.height} to ${to.width}x${to.height}`;
  const table = (name: string, type: KernelBinding["type"], values: Float32Array | Int32Array) =>
    constant(name, type, {
      key: `${node} ${name} ${size}`,
      byteLength: values.byteLength,
      pack: () => values as Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>,
    });
  return simple(spec, {
    aux: [across.count, down.count],
    bind: [
      table("startX", "array<i32>", across.start),
      table("weightsX", "array<f32>", across.weights),
      table("startY", "array<i32>", down.start),
      table("weightsY", "array<f32>", down.weights),
    ],
    text: [resizeWgsl],
  });
}

/** `bits` a channel of the packed picture, whose pixels are RGBA words. */
export interface PictureSpec {
  readonly width: number;
  readonly height: number;
  readonly bits: 8 | 16;
}

/** Bytes of a picture as the GPU reads it. */
export function pictureByteLength({ width, height, bits }: PictureSpec): number {
  return width * height * (bits / 2);
}

/** Bytes before the first pixel of a picture that the GPU writes; the first word is 1 where some value was no finite number. */
export const PICTURE_HEADER_BYTES = PICTURE_HEADER_WORDS * 4;

/** A picture that a kernel writes: `channels` are the tensor's, `gray` stores the luma. */
export interface PictureStore {
  readonly channels: number;
  readonly bits: 8 | 16;
  readonly gray: boolean;
}

/** What a kernel that calls storePixel needs. */
export function pictureStore({ channels, bits, gray }: PictureStore) {
  return {
    binding: PICTURE_OUT,
    constants: {
      CHANNELS: { u32: channels },
      WORDS: { u32: bits / 8 },
      GRAY: { u32: gray ? 1 : 0 },
      HEADER: { u32: PICTURE_HEADER_WORDS },
    },
    text: storePixelWgsl,
  } as const;
}

export function imageToTensorKernel(picture: PictureSpec, output: SmallSpec["output"], storage: Storage): KernelCall {
  return kernelCall({
    variant: "direct",
    storage,
    constants: { CHANNELS: { u32: output.channels }, IN_WORDS: { u32: picture.bits / 8 } },
    bind: [PICTURE_IN, OUTPUT],
    planes: [{ plane: output.plane }, { plane: planeOf(picture.width, picture.height, 0) }],
    text: [loadPixelWgsl, imageToTensorWgsl],
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

/** Resizing of a window from pixels to pixels, with so many taps an output pixel along each axis. */
export function resizePixelsKernel(
  source: PictureSpec,
  result: PictureSpec,
  counts: { readonly x: number; readonly y: number },
): KernelCall {
  const store = pictureStore({ channels: 3, bits: result.bits, gray: false });
  const { width, height } = result;
  const call = kernelCall({
    variant: "direct",
    storage: "f32",
    constants: { ...store.constants, IN_WORDS: { u32: source.bits / 8 } },
    bind: [PICTURE_IN, TABLES, store.binding],
    planes: [
      { plane: { ...planeOf(width, height, 0), pitch: width }, aux: [counts.x, counts.y] },
      { plane: { ...planeOf(source.width, source.height, 0), pitch: source.width } },
    ],
    text: [loadPixelWgsl, store.text, resizePixelsWgsl],
    workgroups: cover(width, height, 1, GROUP_X, GROUP_Y),
  });
  return { ...call, planes: withWindow(call.planes, [0, 0, width, height]) };
}

function simple(
  spec: SmallSpec,
  parts: Pick<KernelParts, "text" | "constants"> & Partial<Pick<KernelParts, "bind" | "planes">> & { aux?: number[] },
): KernelCall {
  const { plane } = spec.output;
  return kernelCall({
    variant: "direct",
    storage: spec.storage,
    constants: parts.constants ?? {},
    bind: [input("source0", 0, spec.inputs[0]!), OUTPUT, ...(parts.bind ?? [])],
    planes: [{ plane, aux: parts.aux ?? [] }, { plane: spec.inputs[0]!.plane }, ...(parts.planes ?? [])],
    text: parts.text,
    workgroups: cover(plane.width, plane.height, channelBlocks(spec.output.channels), GROUP_X, GROUP_Y),
  });
}

function rearranged(spec: SmallSpec, factor: number, order: "pytorch" | "tensorflow") {
  return {
    FACTOR: { u32: factor },
    CHANNELS: { u32: spec.output.channels },
    PYTORCH_ORDER: { u32: order === "pytorch" ? 1 : 0 },
  };
}

function padded(values: Float32Array, length: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length);
  out.set(values);
  return out;
}
