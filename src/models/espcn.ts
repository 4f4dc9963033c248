// ESPCN (Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network"):
// convolutions of the small luma with tanh between them, and a pixel shuffle.

import { GraphBuilder } from "../graph/builder.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { statedFacts } from "./facts.js";
import { numberedConvs, refuseUnused, shuffledScale } from "./inspect.js";
import { enlargeByLuma } from "./luma.js";
import { colorNetwork, type Network } from "./network.js";

/** Convolutions of one channel whose last gives several. */
export function isEspcn(map: TensorMap): boolean {
  const convs = numberedConvs(map);
  const [last] = map.tensors.get(`${convs.at(-1)}.weight`)?.shape ?? [];
  return convs.length >= 3 && last !== 1 && !map.tensors.has("deconv.weight") && !map.tensors.has("prelu1.weight");
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function espcn(map: TensorMap): Network {
  const convs = numberedConvs(map);
  const last = convs.at(-1)!;
  const scale = shuffledScale(map, last, 1);
  const { luma: range } = statedFacts(map, "an ESPCN", ["luma"]);
  const b = new GraphBuilder(map);
  const out = enlargeByLuma(b, b.input(3), {
    scale,
    range,
    network(luma) {
      const deep = convs.slice(0, -1).reduce((x, name) => b.conv(name, x, { kind: "tanh" }), luma);
      return b.pixelShuffle("shuffle", b.conv(last, deep), scale);
    },
  });
  refuseUnused(map, new Set(convs.flatMap((name) => [`${name}.weight`, `${name}.bias`])), "an ESPCN");
  return colorNetwork({ architecture: "espcn", scale, blocks: convs.length - 2, graph: b.build(out) });
}
