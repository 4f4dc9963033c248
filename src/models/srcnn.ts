// SRCNN (Dong et al. 2014, "Learning a Deep Convolutional Network for Image Super-Resolution"): three convolutions of the luma of a picture
// that bicubic interpolation has enlarged.

import { GraphBuilder } from "../graph/builder.js";
import type { Activation } from "../ops/op.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { numberedConvs, pictureChannelsOf, refuseUnused, shapeOf } from "./inspect.js";
import { enlargeByNetwork, lumaFacts } from "./luma.js";
import { colorNetwork, type Network } from "./network.js";

export function isSrcnn(map: TensorMap): boolean {
  const convs = numberedConvs(map);
  const channels = pictureChannelsOf(map);
  return (
    convs.length === 3 && map.tensors.get("conv3.weight")?.shape[0] === channels && !map.tensors.has("prelu1.weight")
  );
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function srcnn(map: TensorMap): Network {
  const convs = numberedConvs(map);
  const { scale, luma: range, padding } = lumaFacts(map, "an SRCNN", ["scale", "luma", "padding"]);
  const beyond = convs.slice(1).reduce((sum, name) => sum + reachOf(map, name), 0);
  // Without padding less than the picture comes out. So it goes on at its edge, once and as far as all convolutions together look.
  const first = padding === "valid" ? ({ padding: "replicate", grow: beyond } as const) : { padding };
  const b = new GraphBuilder(map);
  const out = enlargeByNetwork(b, {
    scale,
    range,
    isEnlarged: true,
    network: (picture) =>
      convs.reduce((x, name, index) => {
        const activation: Activation = { kind: index === convs.length - 1 ? "none" : "relu" };
        return b.conv(name, x, activation, index === 0 ? first : { padding });
      }, picture),
  });
  refuseUnused(map, new Set(convs.flatMap((name) => [`${name}.weight`, `${name}.bias`])), "an SRCNN");
  return colorNetwork({ architecture: "srcnn", scale, blocks: 1, graph: b.build(out) });
}

/** Pixels that a convolution looks to each side. */
function reachOf(map: TensorMap, name: string): number {
  return Math.floor(shapeOf(map, `${name}.weight`, 4)[2]! / 2);
}
