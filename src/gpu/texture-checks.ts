// Owns the look at textures that callers give: all that can be seen of one is checked before anything is recorded, since WebGPU would
// drop the whole of the caller's commands without a word.

import { EsrganError } from "../errors.js";
import { typeName } from "../options.js";
import type { TextureLevel } from "../picture/source.js";
import { TEXTURE_USAGE } from "./external-image.js";

/** A texture, or one mip level and array layer of it: the first of both by default. */
export type TextureSlice = GPUTexture | TextureLevel;

/** A level and a layer of a texture, with the size that it has there. */
export interface ChosenTexture {
  readonly texture: GPUTexture;
  readonly mipLevel: number;
  readonly arrayLayer: number;
  readonly width: number;
  readonly height: number;
}

type Usage = keyof typeof TEXTURE_USAGE;

const USAGE_NAMES: { readonly [U in Usage]: string } = {
  copySrc: "COPY_SRC",
  copyDst: "COPY_DST",
  textureBinding: "TEXTURE_BINDING",
  storageBinding: "STORAGE_BINDING",
  renderAttachment: "RENDER_ATTACHMENT",
};

export interface WantedTexture {
  /** What the message calls it: "The input". */
  readonly name: string;
  readonly usage?: Usage | undefined;
  readonly format?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/**
 * The level and layer that `slice` names, if it is as wanted.
 * @throws EsrganError "bad-input" naming what came and what was wanted
 */
export function chosenTexture(slice: TextureSlice, wanted: WantedTexture): ChosenTexture {
  const { texture, mipLevel = 0, arrayLayer = 0 } = isSlice(slice) ? slice : { texture: slice };
  const { name } = wanted;
  if (typeof texture?.createView !== "function") {
    throw new EsrganError(
      "bad-input",
      `${name} must be a GPUTexture or { texture, mipLevel, arrayLayer }, got ${typeName(texture)}`,
    );
  }
  const what = texture.label ? `${name} "${texture.label}"` : name;
  const refuse = (why: string) => new EsrganError("bad-input", `${what} ${why}`);
  if (texture.dimension !== "2d") throw refuse(`is a ${texture.dimension} texture, expected 2d`);
  if (texture.sampleCount !== 1) {
    throw refuse(`has ${texture.sampleCount} samples a texel, expected 1: resolve it first`);
  }
  requireIndex(what, "mipLevel", mipLevel, texture.mipLevelCount);
  requireIndex(what, "arrayLayer", arrayLayer, texture.depthOrArrayLayers);
  if (wanted.format !== undefined && texture.format !== wanted.format) {
    throw refuse(`has the format ${texture.format}, expected ${wanted.format}`);
  }
  const width = Math.max(1, texture.width >> mipLevel);
  const height = Math.max(1, texture.height >> mipLevel);
  const [wide, high] = [wanted.width ?? width, wanted.height ?? height];
  if (width !== wide || height !== high) {
    throw refuse(`has ${width}x${height} texels, expected ${wide}x${high}`);
  }
  const { usage } = wanted;
  if (usage && (texture.usage & TEXTURE_USAGE[usage]) === 0) {
    throw refuse(`was made without the usage ${USAGE_NAMES[usage]}`);
  }
  return { texture, mipLevel, arrayLayer, width, height };
}

/** The view of a level and layer, as kernels read and store it. */
export function viewOf({ texture, mipLevel, arrayLayer }: ChosenTexture): GPUTextureView {
  return texture.createView({
    label: "esrgan-webgpu",
    dimension: "2d",
    baseMipLevel: mipLevel,
    mipLevelCount: 1,
    baseArrayLayer: arrayLayer,
    arrayLayerCount: 1,
  });
}

/** The first level and layer. */
export function wholeOf(texture: GPUTexture): ChosenTexture {
  const { width, height } = texture;
  return { texture, mipLevel: 0, arrayLayer: 0, width, height };
}

/** Whether it is a texture with a level and layer, by its shape: engines hand out textures of other realms. */
function isSlice(slice: TextureSlice): slice is Exclude<TextureSlice, GPUTexture> {
  return typeof slice === "object" && slice !== null && "texture" in slice;
}

function requireIndex(what: string, name: string, index: number, count: number): void {
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new EsrganError("bad-input", `${what} has no ${name} ${index}, it has ${count}`);
}
