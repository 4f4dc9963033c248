// ESRGAN's generator (Wang et al. 2018, "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks"), with the
// pixel-unshuffled input of Real-ESRGAN (Wang et al. 2021) and the extra path of ESRGAN+ (Rakotonirina and Rasoanaivo 2020).

import { EsrganError } from "../errors.js";
import { GraphBuilder } from "../graph/builder.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { countFrom, inChannels, metadataInteger, outChannels, pictureChannels, refuseUnused } from "./inspect.js";
import type { Network } from "./network.js";
import { rrdb, type Trunk, trunkActivation, trunkOf } from "./rrdb.js";

/** Whether `map`, under Real-ESRGAN's names, is an RRDBNet. */
export function isRrdbNet(map: TensorMap): boolean {
  return ["conv_first", "body.0.rdb1.conv1", "conv_body", "conv_hr", "conv_last"].every((name) =>
    map.tensors.has(`${name}.weight`),
  );
}

/**
 * Builds the network from its tensors under Real-ESRGAN's names: any number of blocks, features, growth channels and
 * up-convolutions.
 * @throws EsrganError "bad-weights" or "unsupported-model"
 */
export function rrdbNet(map: TensorMap): Network {
  const trunk = trunkOf(map);
  const activation = trunkActivation(map, "leaky-relu");
  const firstChannels = inChannels(map, "conv_first");
  const outputChannels = pictureChannels(outChannels(map, "conv_last"), "conv_last.weight");
  const multiple = unshuffleFactor(firstChannels, outputChannels);
  const ups = countFrom(map, 1, (index) => `conv_up${index}.weight`);
  const upFactor = upFactorOf(map, ups, multiple);
  const b = new GraphBuilder(map);
  const picture = b.input(outputChannels);
  const x = multiple === 1 ? picture : b.pixelUnshuffle("unshuffle", picture, multiple);
  const first = b.conv("conv_first", x);
  let y = first;
  for (let n = 0; n < trunk.blocks; n++) y = rrdb(b, `body.${n}`, y, trunk, activation);
  y = b.scaledAdd("skip", b.conv("conv_body", y), 1, first);
  for (let up = 1; up <= ups; up++) {
    y = b.conv(`conv_up${up}`, b.upsampleNearest(`upsample${up}`, y, upFactor), activation);
  }
  const out = b.conv("conv_last", b.conv("conv_hr", y, activation));
  refuseUnused(map, expectedNames(trunk, ups), "an RRDBNet");
  return {
    architecture: "rrdbnet",
    scale: upFactor ** ups / multiple,
    blocks: trunk.blocks,
    inputChannels: outputChannels,
    outputChannels,
    multiple,
    graph: b.build(out),
  };
}

/** Input channels beyond the output's are pixels laid into channels: 12 for 3 at factor 2, 48 at factor 4. */
function unshuffleFactor(taken: number, given: number): number {
  const factor = Math.sqrt(taken / given);
  if (factor === 1 || factor === 2 || factor === 4) return factor;
  throw new EsrganError(
    "unsupported-model",
    `conv_first takes ${taken} channels and conv_last gives ${given}, expected 1, 4 or 16 times as many`,
  );
}

const MAX_UP_FACTOR = 64;

/** Each up-convolution doubles the size unless the metadata's scale or up_factor says otherwise. */
function upFactorOf(map: TensorMap, ups: number, multiple: number): number {
  const scale = metadataInteger(map, "scale");
  const said = metadataInteger(map, "up_factor");
  if (said !== undefined && (said < 2 || said > MAX_UP_FACTOR)) {
    throw new EsrganError("bad-weights", `The metadata says up_factor ${said}, expected 2 to ${MAX_UP_FACTOR}`);
  }
  if (scale === undefined) {
    const factor = said ?? 2;
    if (factor ** ups % multiple === 0) return factor;
    throw new EsrganError(
      "unsupported-model",
      `The network unshuffles its input by ${multiple} but has ${ups} up-convolutions, too few to give the size back`,
    );
  }
  const factor = ups === 0 ? 2 : (said ?? Math.round((scale * multiple) ** (1 / ups)));
  if (factor < 2 || factor > MAX_UP_FACTOR || factor ** ups !== scale * multiple) {
    throw new EsrganError(
      "bad-weights",
      `The metadata says scale ${scale}, which ${ups} up-convolutions and an unshuffle of ${multiple} cannot give`,
    );
  }
  return factor;
}

function expectedNames(trunk: Trunk, ups: number): Set<string> {
  const convs = ["conv_first", "conv_body", "conv_hr", "conv_last", ...trunk.names];
  for (let up = 1; up <= ups; up++) convs.push(`conv_up${up}`);
  return new Set([...convs.flatMap((name) => [`${name}.weight`, `${name}.bias`]), ...trunk.extraTensors]);
}
