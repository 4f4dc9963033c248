// Owns reading a source when the call is made: what the caller does to it afterwards changes nothing. Pictures of the browser and
// textures are copied on the GPU, raw pixels on the CPU.

import { type Snapshot, snapshotElement } from "../gpu/external-image.js";
import { chosenTexture, type TextureSlice } from "../gpu/texture-checks.js";
import { TextureCopy } from "../gpu/texture-copy.js";
import type { PictureSize } from "../ops/image-to-tensor.js";
import { decode } from "../picture/decode.js";
import { elementSize } from "../picture/element.js";
import { CanvasCopy, lookAtAlpha } from "../picture/opaque.js";
import {
  type ColorSpace,
  colorSpaceOf,
  copiedPixels,
  type ElementSource,
  type ImageSource,
  pixelFormatOf,
  sourceKind,
} from "../picture/source.js";
import { readableFormat } from "../plan/texture-forms.js";
import type { TakenPicture } from "./taken-picture.js";

export interface TakenSource {
  /** The picture, once it was decoded and the device has said that its copy is whole. */
  readonly picture: Promise<TakenPicture>;
  /** Frees the copy, if that is not done yet. Call it whatever became of the picture. */
  release(): void;
}

export interface TakeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes that a copy on the GPU may take; a larger picture is copied on the CPU. */
  readonly gpuBytes: number;
}

/**
 * Takes `source` now.
 * @throws EsrganError "bad-input" where it cannot be read, in one sentence
 */
export function takeSource(device: GPUDevice, source: ImageSource, options: TakeOptions): TakenSource {
  switch (sourceKind(source)) {
    case "pixels":
    case "imageData": {
      const about = { colorSpace: colorSpaceOf(source), pixelFormat: pixelFormatOf(source) };
      const taken = { at: "cpu", pixels: copiedPixels(source), ...about } as const;
      return { picture: Promise.resolve(taken), release: () => {} };
    }
    case "texture":
      return takeTexture(device, source as TextureSlice);
    case "element":
      return takeElement(device, source as ElementSource, options);
    case "blob":
    case "url":
      return takeFile(device, source as Blob | URL, options);
  }
}

function takeTexture(device: GPUDevice, slice: TextureSlice): TakenSource {
  const chosen = chosenTexture(slice, { name: "The texture", usage: "textureBinding" });
  const { format } = chosen.texture;
  readableFormat(format);
  return ofSnapshot(TextureCopy.snapshot(device, chosen), async () => undefined, format, "srgb");
}

function takeElement(device: GPUDevice, source: ElementSource, { gpuBytes }: TakeOptions): TakenSource {
  const size = elementSize(source);
  const colorSpace = colorSpaceOf(source);
  if (!fitsTexture(device, size, gpuBytes)) {
    const copy = new CanvasCopy(source, size, colorSpace);
    const picture = copy.pixels().then((pixels) => ({ at: "cpu" as const, pixels, colorSpace }));
    picture.catch(() => {}); // it may fail before anybody waits for it
    return { picture, release: () => {} };
  }
  const look = lookAtAlpha(source, size);
  const snapshot = snapshotElement(device, source, size, colorSpace);
  return ofSnapshot(snapshot, () => look.isOpaque(), "rgba8unorm", colorSpace);
}

function takeFile(device: GPUDevice, source: Blob | URL, options: TakeOptions): TakenSource {
  let inner: TakenSource | undefined;
  let isReleased = false;
  const picture = decode(source, options.signal).then((bitmap) => {
    try {
      inner = takeElement(device, bitmap, options);
    } finally {
      bitmap.close();
    }
    if (isReleased) inner.release();
    return inner.picture;
  });
  picture.catch(() => {});
  return {
    picture,
    release() {
      isReleased = true;
      inner?.release();
    },
  };
}

function ofSnapshot(
  { texture, ready }: Snapshot,
  look: () => Promise<boolean | undefined>,
  format: GPUTextureFormat,
  colorSpace: ColorSpace,
): TakenSource {
  const picture = ready.then(async () => ({ at: "gpu" as const, texture, isOpaque: await look(), format, colorSpace }));
  picture.catch(() => {});
  return { picture, release: () => texture.destroy() };
}

function fitsTexture(device: GPUDevice, { width, height }: PictureSize, gpuBytes: number): boolean {
  const most = device.limits.maxTextureDimension2D;
  return width <= most && height <= most && width * height * 4 <= gpuBytes;
}
