// ESPCN (Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network"):
// convolutions of the small luma with tanh (or ReLU) between them, and a pixel shuffle.

import { GraphBuilder } from "../graph/builder.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { numberedConvs, pictureChannelsOf, refuseUnused, shuffledScale, stated } from "./inspect.js";
import { enlargeByNetwork, lumaFacts } from "./luma.js";
import { colorNetwork, type Network } from "./network.js";

/** Convolutions of a picture whose last gives the pixels of several. */
export function isEspcn(map: TensorMap): boolean {
  const convs = numberedConvs(map);
  const [last] = map.tensors.get(`${convs.at(-1)}.weight`)?.shape ?? [];
  return (
    convs.length >= 3 &&
    last !== pictureChannelsOf(map) &&
    !map.tensors.has("deconv.weight") &&
    !map.tensors.has("prelu1.weight")
  );
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function espcn(map: TensorMap): Network {
  const convs = numberedConvs(map);
  const last = convs.at(-1)!;
  const scale = shuffledScale(map, last, pictureChannelsOf(map)!);
  // The paper's three have tanh; others have ReLU, and no tensor tells.
  const isPapers = convs.length === 3 && stated(map, "activation") === undefined;
  const wanted = isPapers ? (["luma"] as const) : (["luma", "activation"] as const);
  const { luma: range, activation = "tanh" } = lumaFacts(map, "an ESPCN", wanted);
  const b = new GraphBuilder(map);
  const out = enlargeByNetwork(b, {
    scale,
    range,
    network(picture) {
      const deep = convs.slice(0, -1).reduce((x, name) => b.conv(name, x, { kind: activation }), picture);
      return b.pixelShuffle("shuffle", b.conv(last, deep), scale);
    },
  });
  refuseUnused(map, new Set(convs.flatMap((name) => [`${name}.weight`, `${name}.bias`])), "an ESPCN");
  return colorNetwork({ architecture: "espcn", scale, blocks: convs.length - 2, graph: b.build(out) });
}
