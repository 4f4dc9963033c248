// SRVGGNetCompact, Real-ESRGAN's small network (github.com/xinntao/Real-ESRGAN, realesrgan/archs/srvgg_arch.py): plain
// convolutions with PReLU, one pixel shuffle, and the input upsampled by nearest neighbour as the base.

import { EsrganError } from "../errors.js";
import { GraphBuilder } from "../graph/builder.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { inChannels, outChannels, pictureChannels, refuseUnused, shuffledScale } from "./inspect.js";
import type { Network } from "./network.js";

/** Even `body` indices are convolutions, odd ones PReLU slopes. */
export function isCompact(map: TensorMap): boolean {
  const isSlopes = (name: string) => map.tensors.get(name)?.shape.length === 1;
  const isConv = (name: string) => map.tensors.get(name)?.shape.length === 4;
  return isConv("body.0.weight") && isSlopes("body.1.weight") && isConv("body.2.weight");
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function compact(map: TensorMap): Network {
  const indices = [...map.tensors.keys()].map((name) => Number(/^body\.(\d+)\.weight$/.exec(name)?.[1] ?? -1));
  const last = indices.reduce((most, index) => Math.max(most, index));
  const blocks = (last - 2) / 2;
  if (!Number.isInteger(blocks)) {
    throw new EsrganError(
      "bad-weights",
      `The last tensor is body.${last}.weight, expected a convolution at an even index`,
    );
  }
  const channels = pictureChannels(inChannels(map, "body.0"), "body.0.weight");
  const scale = shuffledScale(map, `body.${last}`, channels);
  const b = new GraphBuilder(map);
  const x = b.input(channels);
  const names: string[] = [];
  let y = x;
  for (let index = 0; index < last; index += 2) {
    y = b.conv(`body.${index}`, y, b.preluSlopes(`body.${index + 1}`, outChannels(map, `body.${index}`)));
    names.push(`body.${index}.weight`, `body.${index}.bias`, `body.${index + 1}.weight`);
  }
  y = b.pixelShuffle("shuffle", b.conv(`body.${last}`, y), scale);
  names.push(`body.${last}.weight`, `body.${last}.bias`);
  const out =
    scale === 1 ? b.scaledAdd("base", y, 1, x) : b.scaledAdd("base", y, 1, b.upsampleNearest("nearest", x, scale));
  refuseUnused(map, new Set(names), "an SRVGGNetCompact");
  return {
    architecture: "compact",
    scale,
    blocks,
    inputChannels: channels,
    outputChannels: channels,
    multiple: 1,
    graph: b.build(out),
  };
}
