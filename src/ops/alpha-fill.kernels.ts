// Owns the GPU kernels that fill colours in under faint texels; shaders/alpha-fill.wgsl.ts has their texts.

import {
  fillMeasureWgsl,
  fillRingsWgsl,
  fillSeedWgsl,
  fillStateWgsl,
  fillStoreWgsl,
} from "../shaders/alpha-fill.wgsl.js";
import { type KernelBinding, type KernelSource, kernelWgsl } from "../shaders/kernel.js";
import { FAINT, FILL_HEADER_WORDS, FILL_RINGS, FILL_TILE, LEAST_WEIGHT, tileCount } from "./alpha-fill.js";
import { type Curve, largestOf } from "./color-curve.js";
import type { PictureSize } from "./image-to-tensor.js";
import { cover } from "./kernel.js";
import type { StorableFormat } from "./texture-copy.kernels.js";

/** What is run: whole WGSL, what it binds, in order, and how many workgroups. */
export interface FillKernel {
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly KernelBinding[];
  readonly workgroups: readonly [number, number, number];
}

/** The steps of filling a picture, in order. */
export interface FillKernels {
  /** Binds the picture and the state. */
  readonly measure: FillKernel;
  /** Binds the picture, both scratch textures and the state. */
  readonly seed: FillKernel;
  /** Binds the scratch texture it reads, the one it stores to, and the state; runs `dispatches` times, the two by turns. */
  readonly rings: FillKernel;
  readonly dispatches: number;
  /** Binds both scratch textures, the picture and the state. */
  readonly store: FillKernel;
}

const STATE: KernelBinding = { name: "state", access: "read_write", type: "array<atomic<u32>>" };

export interface FillForm {
  /** Colours are multiplied by alpha; those that are filled in under alpha 0 are not. */
  readonly isPremultiplied: boolean;
  /** What the picture is read with afterwards, which says how large its values may be. */
  readonly curve: Curve;
}

/**
 * Kernels for a picture of `format`, in which colours are straight or multiplied by alpha. A dispatch has `mostGroups` workgroups at
 * most, of which each takes several tiles.
 */
export function fillKernels(
  format: StorableFormat,
  size: PictureSize,
  { isPremultiplied, curve, mostGroups }: FillForm & { readonly mostGroups: number },
): FillKernels {
  const levels = { LEVELS: { u32: format.endsWith("8unorm") ? 1 : 0 } };
  const groups = [Math.min(tileCount(size), mostGroups), 1, 1] as const;
  return {
    measure: { ...kernel("measure", [read("picture"), STATE], levels, fillMeasureWgsl), workgroups: groups },
    seed: {
      ...kernel(
        "seed",
        [read("picture"), stored("first", format), stored("second", format), STATE],
        { UNPREMULTIPLY: { u32: isPremultiplied ? 1 : 0 }, LARGEST_COLOR: { f32: largestOf(curve) }, ...levels },
        fillSeedWgsl,
      ),
      workgroups: groups,
    },
    rings: {
      ...kernel("rings", [read("source"), stored("target_", format), STATE], levels, fillRingsWgsl),
      workgroups: groups,
    },
    dispatches: Math.ceil((Math.max(size.width, size.height) - 1) / FILL_RINGS),
    store: {
      ...kernel(
        "store",
        [read("first"), read("second"), stored("target_", format), STATE],
        { PREMULTIPLY: { u32: isPremultiplied ? 1 : 0 }, ...levels },
        fillStoreWgsl,
      ),
      workgroups: cover(size.width, size.height, 1, FILL_TILE, FILL_TILE),
    },
  };
}

function kernel(
  name: string,
  bindings: readonly KernelBinding[],
  constants: KernelSource["constants"],
  text: string,
): Omit<FillKernel, "workgroups"> {
  const shared = {
    TILE: { u32: FILL_TILE },
    RINGS: { u32: FILL_RINGS },
    HEADER: { u32: FILL_HEADER_WORDS },
    FAINT: { u32: FAINT },
    LEAST_WEIGHT: { u32: LEAST_WEIGHT },
  };
  const code = kernelWgsl({
    storage: "f32",
    math: "f32",
    subgroups: "none",
    constants: { ...shared, ...constants },
    bindings,
    text: [fillStateWgsl, text],
  });
  return { label: `fill ${name}`, code, bindings };
}

function read(name: string): KernelBinding {
  return { name, access: "texture", type: "texture_2d<f32>" };
}

function stored(name: string, format: StorableFormat): KernelBinding {
  return { name, access: "store", type: `texture_storage_2d<${format}, write>` };
}
