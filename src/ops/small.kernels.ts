// Owns the GPU kernels of the operations that are not convolutions. One kernel each: none of them costs enough to vary. Kernels of
// pictures are picture.kernels.ts.

import { concatChannelsWgsl } from "../shaders/concat-channels.wgsl.js";
import { activateWgsl, preluWgsl, scaledAddWgsl } from "../shaders/elementwise.wgsl.js";
import type { Storage } from "../shaders/kernel.js";
import { pixelShuffleWgsl, pixelUnshuffleWgsl, upsampleNearestWgsl } from "../shaders/rearrange.wgsl.js";
import { resizeWgsl } from "../shaders/resize.wgsl.js";
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
} from "./kernel.js";
import type { Activation, Parameter } from "./op.js";
import type { PixelShuffleAttributes, ShuffleForm } from "./pixel-shuffle.js";
import { channelBlocks, type Plane, roundUp } from "./plane.js";
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

export function pixelShuffleKernel(
  spec: SmallSpec,
  { cut: [first] = [0, 0], ...form }: PixelShuffleAttributes,
): KernelCall {
  return simple(spec, { constants: { ...rearranged(spec, form), CUT: { u32: first } }, text: [pixelShuffleWgsl] });
}

export function pixelUnshuffleKernel(spec: SmallSpec, form: ShuffleForm): KernelCall {
  return simple(spec, { constants: rearranged(spec, form), text: [pixelUnshuffleWgsl] });
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
  const table = (name: string, type: "array<i32>" | "array<f32>", values: Float32Array | Int32Array) =>
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

function rearranged(spec: SmallSpec, { factor, order }: ShuffleForm) {
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
