// VDSR (Kim et al. 2016, "Accurate Image Super-Resolution Using Very Deep Convolutional Networks"): what twenty 3x3 convolutions make of
// the luma of an enlarged picture is added to it. One file serves every scale.

import { GraphBuilder } from "../graph/builder.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { numberedConvs, pictureChannelsOf, refuseUnused } from "./inspect.js";
import { enlargeByNetwork, lumaFacts } from "./luma.js";
import { colorNetwork, type Network } from "./network.js";

export function isVdsr(map: TensorMap): boolean {
  const convs = numberedConvs(map);
  const [given] = map.tensors.get(`${convs.at(-1)}.weight`)?.shape ?? [];
  return convs.length > 3 && given === pictureChannelsOf(map) && !map.tensors.has("prelu1.weight");
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function vdsr(map: TensorMap): Network {
  const convs = numberedConvs(map);
  const { scale, luma: range } = lumaFacts(map, "a VDSR", ["scale", "luma"]);
  const bias = map.tensors.has("conv1.bias");
  const b = new GraphBuilder(map);
  const out = enlargeByNetwork(b, {
    scale,
    range,
    isEnlarged: true,
    network(picture) {
      const residual = convs.reduce(
        (x, name) => b.conv(name, x, name === convs.at(-1) ? { kind: "none" } : { kind: "relu" }, { bias }),
        picture,
      );
      return b.scaledAdd("residual", residual, 1, picture);
    },
  });
  const names = convs.flatMap((name) => (bias ? [`${name}.weight`, `${name}.bias`] : [`${name}.weight`]));
  refuseUnused(map, new Set(names), "a VDSR");
  return colorNetwork({ architecture: "vdsr", scale, blocks: convs.length - 2, graph: b.build(out) });
}
