// Owns depth-to-space on the CPU.

import type { PixelShuffleAttributes } from "./pixel-shuffle.js";
import type { Tensor } from "./tensor.js";

/** Fills `output`, whose shape is the shape rule's, and returns it. */
export function pixelShuffleReference(input: Tensor, attributes: PixelShuffleAttributes, output: Tensor): Tensor {
  const { factor, order, cut: [first] = [0, 0] } = attributes;
  const { channels, height, width } = output;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [column, row] = [x + first, y + first];
        const place = (row % factor) * factor + (column % factor);
        const deep = order === "pytorch" ? c * factor * factor + place : place * channels + c;
        const from = (deep * input.height + Math.floor(row / factor)) * input.width + Math.floor(column / factor);
        output.data[(c * height + y) * width + x] = input.data[from]!;
      }
    }
  }
  return output;
}
