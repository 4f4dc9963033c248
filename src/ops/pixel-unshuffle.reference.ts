// Owns space-to-depth on the CPU.

import type { ShuffleForm } from "./pixel-shuffle.js";
import type { Tensor } from "./tensor.js";

/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function pixelUnshuffleReference(input: Tensor, attributes: ShuffleForm, output: Tensor): Tensor {
  const { factor, order } = attributes;
  const { channels, height, width } = input;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const place = (y % factor) * factor + (x % factor);
        const deep = order === "pytorch" ? c * factor * factor + place : place * channels + c;
        const to = (deep * output.height + Math.floor(y / factor)) * output.width + Math.floor(x / factor);
        output.data[to] = input.data[(c * height + y) * width + x]!;
      }
    }
  }
  return output;
}
