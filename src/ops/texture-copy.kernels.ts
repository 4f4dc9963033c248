// Owns what kernels that read or store textures bind, and the kernel that copies one: it runs when a call is made, before the others are there.

import { transferWgsl } from "../shaders/color-curve.wgsl.js";
import { copyTextureWgsl } from "../shaders/copy-texture.wgsl.js";
import type { KernelBinding } from "../shaders/kernel.js";
import { cover, type KernelArgument, type KernelCall, kernelCall } from "./kernel.js";

/** A binding of a kernel, and what stands behind it. */
export type Bound = readonly [KernelBinding, KernelArgument];

const GROUP_X = 16;
const GROUP_Y = 4;

/** The formats that a kernel stores. */
export type StorableFormat = "rgba8unorm" | "bgra8unorm" | "rgba16float" | "rgba32float";

/** A texture that is read, by its kind. */
export const TEXTURE_IN: { readonly [K in "texture" | "external"]: Bound } = {
  texture: [{ name: "picture", access: "texture", type: "texture_2d<f32>" }, { kind: "texture-in" }],
  external: [{ name: "picture", access: "external", type: "texture_external" }, { kind: "texture-in" }],
};

/** A texture that is stored to. */
export function textureOut(format: StorableFormat): Bound {
  const type = `texture_storage_2d<${format}, write>` as const;
  return [{ name: "target_", access: "store", type }, { kind: "texture-out" }];
}

/** Copies a texture of `width` x `height` texels into one that a kernel may store to. */
export function copyTextureKernel(
  { encode }: { readonly encode: boolean },
  format: StorableFormat,
  size: { readonly width: number; readonly height: number },
): KernelCall {
  return kernelCall({
    variant: format,
    storage: "f32",
    constants: { ENCODE: flag(encode) },
    bind: [TEXTURE_IN.texture, textureOut(format)],
    text: [transferWgsl, copyTextureWgsl],
    workgroups: cover(size.width, size.height, 1, GROUP_X, GROUP_Y),
  });
}

/** A constant that is 1 where `value` holds. */
export function flag(value: boolean): { readonly u32: number } {
  return { u32: value ? 1 : 0 };
}
