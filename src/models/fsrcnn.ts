// FSRCNN (Dong et al. 2016, "Accelerating the Super-Resolution Convolutional Neural Network"): convolutions of the small luma with PReLU,
// thin in the middle, and a transposed convolution that enlarges.

import { EsrganError } from "../errors.js";
import { GraphBuilder } from "../graph/builder.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { metadataInteger, numberedConvs, outChannels, refuseUnused, shapeOf } from "./inspect.js";
import { enlargeByNetwork, lumaFacts } from "./luma.js";
import { colorNetwork, type Network } from "./network.js";

export function isFsrcnn(map: TensorMap): boolean {
  return numberedConvs(map).length >= 3 && map.tensors.has("prelu1.weight") && map.tensors.has("deconv.weight");
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function fsrcnn(map: TensorMap): Network {
  const convs = numberedConvs(map);
  const { scale, luma: range, edge: padding } = lumaFacts(map, "an FSRCNN", ["scale", "luma", "edge"]);
  const [, , kernel] = shapeOf(map, "deconv.weight", 4) as [number, number, number];
  const offset = metadataInteger(map, "deconv_padding") ?? Math.floor((kernel - 1) / 2);
  if (offset >= kernel) {
    throw new EsrganError("bad-weights", `The metadata says deconv_padding ${offset}, expected at most ${kernel - 1}`);
  }
  const names = ["deconv.weight", "deconv.bias"];
  const b = new GraphBuilder(map);
  const out = enlargeByNetwork(b, {
    scale,
    range,
    network(picture) {
      let x = picture;
      convs.forEach((name, index) => {
        const slopes = `prelu${index + 1}`;
        x = b.conv(name, x, b.preluSlopes(slopes, outChannels(map, name)), { padding });
        names.push(`${name}.weight`, `${name}.bias`, `${slopes}.weight`);
      });
      return b.convTranspose("deconv", x, { stride: scale, offset, padding });
    },
  });
  refuseUnused(map, new Set(names), "an FSRCNN");
  return colorNetwork({ architecture: "fsrcnn", scale, blocks: convs.length - 1, graph: b.build(out) });
}
