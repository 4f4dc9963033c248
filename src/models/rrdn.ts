// RRDN (Cardinale et al. 2018, "ISR"; UpscalerJS "esrgan-thick"): ESRGAN's trunk with one pixel shuffle at its end.
// tools/convert-weights.py brings its Keras tensors to these names and to PyTorch's channel order.

import { EsrganError } from "../errors.js";
import { GraphBuilder } from "../graph/builder.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { inChannels, outChannels, pictureChannels, refuseUnused, shuffledScale } from "./inspect.js";
import type { Network } from "./network.js";
import { rrdb, trunkActivation, trunkOf } from "./rrdb.js";

export function isRrdn(map: TensorMap): boolean {
  return ["conv_first", "body.0.rdb1.conv1", "conv_body", "conv_shuffle", "conv_last"].every((name) =>
    map.tensors.has(`${name}.weight`),
  );
}

/** @throws EsrganError "bad-weights" or "unsupported-model" */
export function rrdn(map: TensorMap): Network {
  const trunk = trunkOf(map);
  const activation = trunkActivation(map, "relu");
  const outputChannels = pictureChannels(outChannels(map, "conv_last"), "conv_last.weight");
  const inputChannels = pictureChannels(inChannels(map, "conv_first"), "conv_first.weight");
  if (inputChannels !== outputChannels) {
    throw new EsrganError(
      "unsupported-model",
      `The RRDN takes pictures of ${inputChannels} channels and gives ${outputChannels}, expected as many`,
    );
  }
  const scale = shuffledScale(map, "conv_shuffle", inChannels(map, "conv_last"));
  const b = new GraphBuilder(map);
  const first = b.conv("conv_first", b.input(inputChannels));
  let y = first;
  for (let n = 0; n < trunk.blocks; n++) y = rrdb(b, `body.${n}`, y, trunk, activation);
  y = b.scaledAdd("skip", b.conv("conv_body", y), 1, first);
  const out = b.conv("conv_last", b.pixelShuffle("shuffle", b.conv("conv_shuffle", y), scale));
  const names = ["conv_first", "conv_body", "conv_shuffle", "conv_last", ...trunk.names];
  refuseUnused(map, new Set(names.flatMap((name) => [`${name}.weight`, `${name}.bias`])), "an RRDN");
  return {
    architecture: "rrdn",
    scale,
    blocks: trunk.blocks,
    inputChannels,
    outputChannels,
    multiple: 1,
    graph: b.build(out),
  };
}
