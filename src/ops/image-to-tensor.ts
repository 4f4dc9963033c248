// Owns the rule for turning a picture into a network's input. Alpha and where pictures come from are not here: see picture/.

import { EsrganError } from "../errors.js";
import { isPositiveInteger } from "./checks.js";
import type { Pixels } from "./pixels.js";
import { formatShape, type Shape } from "./tensor.js";

export interface ImageToTensorAttributes {
  /** 3 repeats a gray picture in red, green and blue; 1 weighs a colour picture to gray (luma.ts). */
  readonly channels: 1 | 3;
  /** At least the picture's; what is more continues it to the right by reflection. */
  readonly width: number;
  /** At least the picture's; what is more continues it below by reflection. */
  readonly height: number;
}

/** A picture's extent: `Pixels`, or a texture. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const NAME = "image-to-tensor";

/**
 * Turns pixels into values 0..1, [channels,height,width], ignoring alpha. The padding on the right and below reflects without repeating the edge
 * pixel (torch.nn.functional.pad(mode="reflect")), and repeats the edge pixel along an axis where the picture is too small to reflect.
 * @throws EsrganError "bad-input" if the size asked for is smaller than the picture
 */
export const imageToTensor = {
  name: NAME,
  outputShape(picture: PictureSize, { channels, width, height }: ImageToTensorAttributes): Shape {
    const shape = { channels, height, width };
    if (!isPositiveInteger(picture.width) || !isPositiveInteger(picture.height)) {
      throw new EsrganError(
        "bad-input",
        `${NAME} got a picture of ${picture.width}x${picture.height} pixels, expected positive integers`,
      );
    }
    const fits = Number.isSafeInteger(width) && Number.isSafeInteger(height);
    if (!fits || width < picture.width || height < picture.height || (channels !== 1 && channels !== 3)) {
      throw new EsrganError(
        "bad-input",
        `${NAME} got a picture of ${picture.width}x${picture.height} pixels for the tensor ${formatShape(shape)}, ` +
          "expected 1 or 3 channels and at least the picture's height and width",
      );
    }
    return shape;
  },
} as const;

const DATA_TYPES: { readonly [B in Pixels["bits"]]: readonly string[] } = {
  8: ["Uint8Array", "Uint8ClampedArray"],
  16: ["Uint16Array"],
};

/**
 * Refuses pixels whose data does not fit what they say of themselves.
 * @throws EsrganError "bad-input" naming the size, channels and bits
 */
export function requirePixels({ data, width, height, channels, bits }: Pixels): void {
  const what = `A picture of ${width}x${height} pixels with ${channels} channels of ${bits} bits`;
  if (!isPositiveInteger(width) || !isPositiveInteger(height)) {
    throw new EsrganError("bad-input", `${what} needs a positive width and height`);
  }
  if (![1, 2, 3, 4].includes(channels) || (bits !== 8 && bits !== 16)) {
    throw new EsrganError("bad-input", `${what} was given, expected 1 to 4 channels of 8 or 16 bits`);
  }
  // By name, as arrays of other realms are of other classes.
  const type = Object.prototype.toString.call(data).slice("[object ".length, -1);
  if (!DATA_TYPES[bits].includes(type)) {
    throw new EsrganError(
      "bad-input",
      `${what} came with data of type ${type}, expected ${DATA_TYPES[bits].join(" or ")}`,
    );
  }
  const expected = width * height * channels;
  if (data.length !== expected) {
    throw new EsrganError("bad-input", `${what} needs ${expected} values, got ${data.length}`);
  }
}
