// RDN (Zhang et al. 2018, "Residual Dense Network for Image Super-Resolution"), with up-convolutions that are shuffled, as in its paper, or with
// the end of idealo's ISR and UpscalerJS ("esrgan-slim", "esrgan-medium"). tools/convert-weights.py brings their Keras tensors to these names and to
// PyTorch's channel order.

import { EsrganError } from "../errors.js";
import { GraphBuilder } from "../graph/builder.js";
import type { ValueId } from "../graph/graph.js";
import type { Activation } from "../ops/op.js";
import { type TensorMap, WeightTensor } from "../weights/tensor-map.js";
import { statedFacts } from "./facts.js";
import { confirmScale, countFrom, inChannels, outChannels, pictureChannels, refuseUnused } from "./inspect.js";
import type { Network } from "./network.js";

const RELU: Activation = { kind: "relu" };

export function isRdn(map: TensorMap): boolean {
  return ["sfe1", "sfe2", "rdb.0.conv1", "rdb.0.lff", "gff1", "gff2", "up1", "conv_last"].every((name) =>
    map.tensors.has(`${name}.weight`),
  );
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function rdn(map: TensorMap): Network {
  const inputChannels = pictureChannels(inChannels(map, "sfe1"), "sfe1.weight");
  const outputChannels = pictureChannels(outChannels(map, "conv_last"), "conv_last.weight");
  const ups = countFrom(map, 1, (n) => `up${n}.weight`);
  const factors = Array.from({ length: ups }, (_, n) =>
    shuffleFactor(map, `up${n + 1}`, n + 1 < ups ? `up${n + 2}` : "conv_last"),
  );
  const isShuffled = factors.at(-1)! > 1;
  if (!isShuffled && factors.some((factor) => factor > 1)) {
    throw new EsrganError("unsupported-model", "The RDN shuffles pixels before its last up-convolution alone");
  }
  // Repeated pixels leave their number open.
  const { range, ...said } = statedFacts(map, "an RDN", isShuffled ? ["range"] : ["scale", "range"]);
  const scale = isShuffled ? factors.reduce((product, factor) => product * factor, 1) : said.scale;
  if (isShuffled) confirmScale(map, scale, "the shuffle of its up-convolutions");
  const blocks = countFrom(map, 0, (n) => `rdb.${n}.conv1.weight`);
  const names = ["sfe1", "sfe2", "gff1", "gff2", "conv_last"];

  const b = new GraphBuilder(range === "255" ? forWhiteOfOne(map) : map);
  const first = b.conv("sfe1", b.input(inputChannels));
  let y = b.conv("sfe2", first);
  const ends: ValueId[] = [];
  for (let n = 0; n < blocks; n++) {
    const convs = countFrom(map, 1, (k) => `rdb.${n}.conv${k}.weight`);
    const features = [y];
    for (let k = 1; k <= convs; k++) {
      names.push(`rdb.${n}.conv${k}`);
      features.push(b.conv(`rdb.${n}.conv${k}`, [...features], RELU));
    }
    names.push(`rdb.${n}.lff`);
    y = b.scaledAdd(`rdb.${n}`, b.conv(`rdb.${n}.lff`, features), 1, y);
    ends.push(y);
  }
  y = b.scaledAdd("skip", b.conv("gff2", b.conv("gff1", ends)), 1, first);
  for (let n = 1; n <= ups; n++) {
    names.push(`up${n}`);
    const factor = factors[n - 1]!;
    y = b.conv(`up${n}`, y, n < ups && factor === 1 ? RELU : { kind: "none" });
    if (factor > 1) y = b.pixelShuffle(n < ups ? `shuffle${n}` : "shuffle", y, factor);
  }
  if (!isShuffled) y = b.upsampleNearest("larger", y, scale);
  const out = b.conv("conv_last", y);
  refuseUnused(map, new Set(names.flatMap((name) => [`${name}.weight`, `${name}.bias`])), "an RDN");
  return {
    architecture: "rdn",
    scale,
    blocks,
    inputChannels,
    outputChannels,
    multiple: 1,
    graph: b.build(out),
  };
}

/** By what the result of `up` is shuffled before `next`: 1 where that takes all its channels as they are. */
function shuffleFactor(map: TensorMap, up: string, next: string): number {
  const [made, taken] = [outChannels(map, up), inChannels(map, next)];
  const factor = Math.sqrt(made / taken);
  if (Number.isInteger(factor) && factor > 0) return factor;
  throw new EsrganError(
    "bad-weights",
    `${next} takes ${taken} of ${made} channels, expected all or one of a square of a scale`,
  );
}

/** The network is linear but for ReLU: with biases 255 times as small it takes and gives values 255 times as small. */
function forWhiteOfOne(map: TensorMap): TensorMap {
  const tensors = [...map.tensors].map(([name, tensor]) => {
    if (!name.endsWith(".bias")) return [name, tensor] as const;
    return [
      name,
      new WeightTensor(
        name,
        tensor.shape,
        tensor.floats().map((value) => value / 255),
      ),
    ] as const;
  });
  return { ...map, tensors: new Map(tensors) };
}
