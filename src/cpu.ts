// Owns upscaling on the CPU, through the references alone: slow, exact, the measure of every kernel.

import { runOnCpu } from "./graph/cpu-executor.js";
import { type Model, notFiniteError, requireModel } from "./models/model.js";
import { imageToTensorReference } from "./ops/image-to-tensor.reference.js";
import { LARGEST_VALUE, type Pixels } from "./ops/pixels.js";
import { roundUp } from "./ops/plane.js";
import { resizeTensor } from "./ops/resize.reference.js";
import type { Tensor } from "./ops/tensor.js";
import { tensorToImageReference } from "./ops/tensor-to-image.reference.js";
import { requireOptions } from "./options.js";
import { alphaOf } from "./picture/alpha.js";
import { filledAtOnce } from "./picture/alpha-fill.js";
import { pixelsOf } from "./picture/source.js";
import { doneAtOnce } from "./weights/event-loop-yield.js";

/**
 * Upscales `source` with `model` on the calling thread, in float32. Blocks until done: use a worker.
 * @throws EsrganError "bad-input", "bad-weights" where the network's result is not finite
 */
export function upscaleOnCpu(
  model: Model,
  source: Pixels,
  options: { readonly onProgress?: (progress: { done: number; total: number }) => void } = {},
): Pixels {
  requireModel(model);
  requireOptions(options, ["onProgress"], "upscaleOnCpu");
  const { graph, inputChannels, multiple, scale } = model.network;
  const pixels = pixelsOf(source);
  const { channels, bits } = pixels;
  const input = imageToTensorReference(filledAtOnce(pixels), {
    channels: inputChannels,
    width: roundUp(pixels.width, multiple),
    height: roundUp(pixels.height, multiple),
  });
  const { onProgress } = options;
  const output = runOnCpu(graph, input, onProgress ? { onProgress: (done, total) => onProgress({ done, total }) } : {});
  const width = pixels.width * scale;
  const height = pixels.height * scale;
  if (!hasFiniteValues(output, { width, height })) throw notFiniteError(model);
  const colors = channels < 3 ? 1 : 3;
  const color = tensorToImageReference(output, { width, height, channels: colors, bits });
  if (colors === channels) return color;
  const alpha = resizedAlpha(pixels, width, height);
  const data = bits === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < colors; c++) data[i * channels + c] = color.data[i * colors + c]!;
    data[i * channels + colors] = alpha ? alpha[i]! : LARGEST_VALUE[bits];
  }
  return { width, height, channels, bits, data };
}

/** Whether the top left of a tensor, which becomes the picture, holds finite values alone. */
function hasFiniteValues({ data, ...shape }: Tensor, { width, height }: Pick<Pixels, "width" | "height">): boolean {
  for (let row = 0; row < shape.channels * shape.height; row++) {
    if (row % shape.height >= height) continue;
    const from = row * shape.width;
    if (!data.subarray(from, from + width).every(Number.isFinite)) return false;
  }
  return true;
}

/** Alpha resized bicubically, in levels of its bits; undefined where it is opaque throughout. */
function resizedAlpha(pixels: Pixels, width: number, height: number): Pixels["data"] | undefined {
  const alpha = doneAtOnce(alphaOf(pixels));
  if (!alpha) return undefined;
  const input = imageToTensorReference(alpha, { channels: 1, height: alpha.height, width: alpha.width });
  const resized = resizeTensor(input, { mode: "bicubic", antialias: true }, { width, height });
  return tensorToImageReference(resized, { width, height, channels: 1, bits: alpha.bits }).data;
}
