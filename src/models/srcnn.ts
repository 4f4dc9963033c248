// SRCNN (Dong et al. 2014, "Learning a Deep Convolutional Network for Image Super-Resolution"): three convolutions of the luma of a picture
// that bicubic interpolation has enlarged.

import { GraphBuilder } from "../graph/builder.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { statedFacts } from "./facts.js";
import { numberedConvs, refuseUnused } from "./inspect.js";
import { enlargeByLuma } from "./luma.js";
import { colorNetwork, type Network } from "./network.js";

export function isSrcnn(map: TensorMap): boolean {
  const convs = numberedConvs(map);
  return convs.length === 3 && map.tensors.get("conv3.weight")?.shape[0] === 1 && !map.tensors.has("prelu1.weight");
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function srcnn(map: TensorMap): Network {
  const convs = numberedConvs(map);
  const { scale, luma: range, padding } = statedFacts(map, "an SRCNN", ["scale", "luma", "padding"]);
  const b = new GraphBuilder(map);
  const out = enlargeByLuma(b, b.input(3), {
    scale,
    range,
    isEnlarged: true,
    network: (luma) =>
      convs.reduce(
        (x, name) => b.conv(name, x, name === convs.at(-1) ? { kind: "none" } : { kind: "relu" }, { padding }),
        luma,
      ),
  });
  refuseUnused(map, new Set(convs.flatMap((name) => [`${name}.weight`, `${name}.bias`])), "an SRCNN");
  return colorNetwork({ architecture: "srcnn", scale, blocks: 1, graph: b.build(out) });
}
