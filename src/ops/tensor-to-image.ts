// Owns the rule for turning a network's output into a picture. Alpha and where pictures go to are not here: see picture/.

import { EsrganError } from "../errors.js";
import { isPositiveInteger, requireShape } from "./checks.js";
import { formatShape, type Shape } from "./tensor.js";

export interface TensorToImageAttributes {
  /** At most the tensor's; the rest on the right is cut off. */
  readonly width: number;
  /** At most the tensor's; the rest below is cut off. */
  readonly height: number;
  /** 3 repeats a 1-channel tensor in red, green and blue; 1 weighs a 3-channel tensor to gray (luma.ts) before clamping. */
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
}

const NAME = "tensor-to-image";

/**
 * Turns the top left of [1 or 3,H,W] into pixels: clamped to 0..1, times the largest value, rounded half up; NaN becomes 0.
 * @throws EsrganError "bad-input" if the picture asked for does not fit the tensor
 */
export const tensorToImage = {
  name: NAME,
  /** The picture's shape `[channels,height,width]`. */
  outputShape(input: Shape, { channels, height, width, bits }: TensorToImageAttributes): Shape {
    const shape = { channels, height, width };
    requireShape(NAME, input);
    const isColourOrGray = [1, 3].includes(input.channels) && [1, 3].includes(channels);
    const isInside =
      isPositiveInteger(width) && isPositiveInteger(height) && width <= input.width && height <= input.height;
    if (!isColourOrGray || !isInside) {
      throw new EsrganError(
        "bad-input",
        `${NAME} got the tensor ${formatShape(input)} for the picture ${formatShape(shape)}, ` +
          "expected 1 or 3 channels of both and at most the tensor's height and width",
      );
    }
    if (bits !== 8 && bits !== 16) throw new EsrganError("bad-input", `${NAME} got bits ${bits}, expected 8 or 16`);
    return shape;
  },
} as const;
