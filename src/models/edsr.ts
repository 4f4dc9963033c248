// EDSR (Lim et al. 2017, "Enhanced Deep Residual Networks for Single Image Super-Resolution") as krasserm's wdsr has it: residual blocks
// without normalisation, around the mean of the pictures it was trained with, and a shuffle in TensorFlow's order of channels.

import { EsrganError } from "../errors.js";
import { GraphBuilder } from "../graph/builder.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { rescaledConv } from "./folded.js";
import { countFrom, refuseUnused, shapeOf, shuffledScale } from "./inspect.js";
import { colorNetwork, type Network } from "./network.js";

const MEAN = "DIV2K_mean";

export function isEdsr(map: TensorMap): boolean {
  return map.tensors.has("convolution0.weight") && map.tensors.has(MEAN);
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function edsr(map: TensorMap): Network {
  const count = countFrom(map, 0, (n) => `convolution${n}.weight`);
  const conv = (n: number) => `convolution${n}`;
  // The first, the last of the body, the one that is shuffled and the last are in no block.
  const blocks = (count - 4) / 2;
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new EsrganError("bad-weights", `The weights hold ${count} convolutions, expected two a block and four more`);
  }
  const [outChannels, lastIn] = shapeOf(map, `${conv(count - 1)}.weight`, 4) as [number, number];
  const scale = shuffledScale(map, conv(count - 2), lastIn);
  const mean = map.tensors.get(MEAN)!;
  if (outChannels !== 3 || mean.shape.reduce((product, n) => product * n, 1) !== 3) {
    throw new EsrganError(
      "bad-weights",
      `${MEAN} has shape [${mean.shape.join(",")}] and ${conv(count - 1)} gives ${outChannels} channels, expected 3 of both`,
    );
  }
  const b = new GraphBuilder(map);
  const around = (factor: number) => Float32Array.from({ length: 9 }, (_, i) => (i % 4 === 0 ? factor : 0));
  const centred = b.convOf("centred", b.input(3), {
    weight: { name: "centred.weight", shape: [3, 3, 1, 1], floats: () => around(2) },
    bias: { name: "centred.bias", shape: [3], floats: () => mean.floats().map((value) => -2 * value) },
    activation: { kind: "none" },
  });
  const first = b.conv(conv(0), centred);
  let y = first;
  for (let n = 0; n < blocks; n++) {
    const inner = b.conv(conv(2 * n + 1), y, { kind: "relu" });
    y = b.scaledAdd(`${conv(2 * n + 2)}.residual`, b.conv(conv(2 * n + 2), inner), 1, y);
  }
  y = b.scaledAdd("skip", b.conv(conv(count - 3), y), 1, first);
  y = b.pixelShuffle("shuffle", b.conv(conv(count - 2), y), scale, "tensorflow");
  const out = b.convOf(conv(count - 1), y, {
    ...rescaledConv(map, conv(count - 1), 0.5, () => mean.floats()),
    activation: { kind: "none" },
  });
  const names = Array.from({ length: count }, (_, n) => [`${conv(n)}.weight`, `${conv(n)}.bias`]).flat();
  refuseUnused(map, new Set([...names, MEAN]), "an EDSR");
  return colorNetwork({ architecture: "edsr", scale, blocks, graph: b.build(out) });
}
