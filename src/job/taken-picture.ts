// Owns a picture that was taken, once it is there, and its use. How sources are taken is taken-source.ts.

import type { ChosenTexture } from "../gpu/texture-checks.js";
import { loadPart } from "../load-part.js";
import type { Pixels } from "../ops/pixels.js";
import { imageDataOf } from "../picture/sink.js";
import type { ColorSpace, PixelFormat } from "../picture/source.js";

/** A picture as it was at the time of the call. */
export type TakenPicture =
  | {
      readonly at: "cpu";
      readonly pixels: Pixels;
      readonly colorSpace: ColorSpace;
      /** Of ImageData. */
      readonly pixelFormat?: PixelFormat | undefined;
    }
  | {
      readonly at: "gpu";
      /** Of ours, with values as they are stored: sRGB-encoded where the source's format says so. */
      readonly texture: GPUTexture;
      /** Whether nothing of it is transparent; undefined where nobody looked. */
      readonly isOpaque: boolean | undefined;
      /** What the source was made of. */
      readonly format: GPUTextureFormat;
      readonly colorSpace: ColorSpace;
    };

/** ImageData of what was made of a picture: in its colour space, and in its own pixel format unless another is asked for. */
export function imageDataLike(picture: TakenPicture, pixels: Pixels, asked: PixelFormat | undefined): ImageData {
  const own = picture.at === "cpu" ? picture.pixelFormat : undefined;
  return imageDataOf(pixels, picture.colorSpace, asked ?? own);
}

/** The whole picture as pixels: one on the GPU is read back and freed, so ask once. */
export async function pixelsOfTaken(device: GPUDevice, picture: TakenPicture): Promise<Pixels> {
  if (picture.at === "cpu") return picture.pixels;
  try {
    const { readTexture } = await loadPart(() => import("../gpu/read-texture.js"));
    return await readTexture(device, picture.texture);
  } finally {
    picture.texture.destroy();
  }
}

/** The whole of a texture of ours. */
export function wholeTexture(texture: GPUTexture): ChosenTexture {
  return { texture, mipLevel: 0, arrayLayer: 0, width: texture.width, height: texture.height };
}
