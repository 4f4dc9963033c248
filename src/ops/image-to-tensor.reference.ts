// Owns turning a picture into a network's input on the CPU.

import { type ImageToTensorAttributes, imageToTensor, requirePixels } from "./image-to-tensor.js";
import { LUMA } from "./luma.js";
import { LARGEST_VALUE, type Pixels } from "./pixels.js";
import { type Tensor, tensor } from "./tensor.js";

/** @throws EsrganError "bad-input" if the pixels contradict themselves or are larger than the size asked for */
export function imageToTensorReference(pixels: Pixels, attributes: ImageToTensorAttributes): Tensor {
  requirePixels(pixels);
  const output = tensor(imageToTensor.outputShape(pixels, attributes));
  const { channels, height, width } = output;
  const max = LARGEST_VALUE[pixels.bits];
  const isGray = pixels.channels <= 2;
  for (let y = 0; y < height; y++) {
    const row = reflect(y, pixels.height, height) * pixels.width;
    for (let x = 0; x < width; x++) {
      const at = (row + reflect(x, pixels.width, width)) * pixels.channels;
      const red = pixels.data[at]! / max;
      const green = isGray ? red : pixels.data[at + 1]! / max;
      const blue = isGray ? red : pixels.data[at + 2]! / max;
      const gray = isGray ? red : LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue;
      const values = channels === 1 ? [gray] : [red, green, blue];
      for (let c = 0; c < channels; c++) output.data[(c * height + y) * width + x] = values[c]!;
    }
  }
  return output;
}

/** The picture's pixel at `position` of an axis of `size` pixels padded at its end to `padded`. */
function reflect(position: number, size: number, padded: number): number {
  if (position < size) return position;
  return padded - size < size ? 2 * (size - 1) - position : size - 1;
}
