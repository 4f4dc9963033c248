// The networks against their papers' formulas, written down a second time on plain operations: what the builders say and
// no fixture covers.

import { describe, expect, it } from "vitest";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { runReference } from "../../src/graph/op-references.js";
import { detectNetwork } from "../../src/models/detect.js";
import { pixelUnshuffle } from "../../src/ops/pixel-unshuffle.js";
import type { Tensor } from "../../src/ops/tensor.js";
import type { TensorMap } from "../../src/weights/tensor-map.js";
import { compactWeights, rdnWeights, rrdbWeights, rrdnWeights } from "../cases/networks.js";
import { leaky, operations, plus, RELU, shuffle, times, up } from "../cases/plain-operations.js";
import { randomTensor, seededRandom } from "../cases/random.js";

const LEAKY = leaky(0.2);

function rrdbNet(map: TensorMap, x: Tensor, options: { blocks: number; isPlus?: boolean; unshuffle?: number }): Tensor {
  const { conv, cat } = operations(map);
  const { blocks, isPlus = false, unshuffle = 1 } = options;
  const rdb = (id: string, x0: Tensor) => {
    const x1 = conv(`${id}.conv1`, x0, LEAKY);
    let x2 = conv(`${id}.conv2`, cat(x0, x1), LEAKY);
    if (isPlus) x2 = plus(x2, conv(`${id}.conv1x1`, x0));
    const x3 = conv(`${id}.conv3`, cat(x0, x1, x2), LEAKY);
    let x4 = conv(`${id}.conv4`, cat(x0, x1, x2, x3), LEAKY);
    if (isPlus) x4 = plus(x4, x2);
    return plus(x0, conv(`${id}.conv5`, cat(x0, x1, x2, x3, x4)), 0.2);
  };
  const picture = unshuffle === 1 ? x : runReference(pixelUnshuffle, [x], { factor: unshuffle, order: "pytorch" });
  const first = conv("conv_first", picture);
  let y = first;
  for (let n = 0; n < blocks; n++) {
    y = plus(y, rdb(`body.${n}.rdb3`, rdb(`body.${n}.rdb2`, rdb(`body.${n}.rdb1`, y))), 0.2);
  }
  y = plus(first, conv("conv_body", y));
  y = conv("conv_up1", up(y, 2), LEAKY);
  y = conv("conv_up2", up(y, 2), LEAKY);
  return conv("conv_last", conv("conv_hr", y, LEAKY));
}

/** Two dense blocks of three convolutions, to be no RRDBNet's. */
function rrdn(map: TensorMap, x: Tensor, scale: number): Tensor {
  const { conv, cat } = operations(map);
  const rdb = (id: string, x0: Tensor) => {
    const x1 = conv(`${id}.conv1`, x0, RELU);
    const x2 = conv(`${id}.conv2`, cat(x0, x1), RELU);
    return plus(x0, conv(`${id}.conv3`, cat(x0, x1, x2)), 0.2);
  };
  const first = conv("conv_first", x);
  const y = plus(first, rdb("body.0.rdb2", rdb("body.0.rdb1", first)), 0.2);
  const shuffled = shuffle(conv("conv_shuffle", plus(first, conv("conv_body", y))), scale);
  return conv("conv_last", shuffled);
}

/** Two blocks of two convolutions. */
function rdn(map: TensorMap, x: Tensor, scale: number, isShuffled: boolean): Tensor {
  const { conv, cat } = operations(map);
  const rdb = (id: string, x0: Tensor) => {
    const x1 = conv(`${id}.conv1`, x0, RELU);
    const x2 = conv(`${id}.conv2`, cat(x0, x1), RELU);
    return plus(x0, conv(`${id}.lff`, cat(x0, x1, x2)));
  };
  const first = conv("sfe1", x);
  const y1 = rdb("rdb.0", conv("sfe2", first));
  const y2 = rdb("rdb.1", y1);
  const made = conv("up2", conv("up1", plus(first, conv("gff2", conv("gff1", cat(y1, y2)))), RELU));
  const large = isShuffled ? shuffle(made, scale) : up(made, scale);
  return conv("conv_last", large);
}

function compact(map: TensorMap, x: Tensor, blocks: number, scale: number): Tensor {
  const { conv, tensors } = operations(map);
  let y = x;
  for (let index = 0; index <= 2 * blocks; index += 2) {
    y = conv(`body.${index}`, y, { kind: "prelu", slopes: tensors.get(`body.${index + 1}.weight`)! });
  }
  const shuffled = shuffle(conv(`body.${2 * blocks + 2}`, y), scale);
  return plus(shuffled, up(x, scale));
}

describe("the networks are what their papers say", () => {
  it.each([
    ["RRDBNet", rrdbWeights({ blocks: 2 }), (map: TensorMap, x: Tensor) => rrdbNet(map, x, { blocks: 2 })],
    [
      "RRDBNet, unshuffled",
      rrdbWeights({ unshuffle: 2 }),
      (map: TensorMap, x: Tensor) => rrdbNet(map, x, { blocks: 1, unshuffle: 2 }),
    ],
    [
      "ESRGAN+",
      rrdbWeights({ blocks: 2, plus: true }),
      (map: TensorMap, x: Tensor) => rrdbNet(map, x, { blocks: 2, isPlus: true }),
    ],
    ["RRDN", rrdnWeights({ denseBlocks: 2, convs: 3, scale: 3 }), (map: TensorMap, x: Tensor) => rrdn(map, x, 3)],
    ["RDN", rdnWeights({ scale: 4 }), (map: TensorMap, x: Tensor) => rdn(map, x, 4, false)],
    ["RDN, shuffled", rdnWeights({ isShuffled: true }), (map: TensorMap, x: Tensor) => rdn(map, x, 2, true)],
    [
      "RDN of pictures whose white is 255",
      rdnWeights({ metadata: { range: "255" } }),
      (map: TensorMap, x: Tensor) => times(rdn(map, times(x, 255), 2, false), 1 / 255),
    ],
    ["Compact", compactWeights({ blocks: 3 }), (map: TensorMap, x: Tensor) => compact(map, x, 3, 4)],
    ["Compact 1x", compactWeights({ scale: 1 }), (map: TensorMap, x: Tensor) => compact(map, x, 1, 1)],
  ])("%s", (_, map, formula) => {
    const x = randomTensor(seededRandom(1), { channels: 3, height: 4, width: 6 });
    const expected = formula(map, x);
    const found = runOnCpu(detectNetwork(map).graph, x);
    expect([found.channels, found.height, found.width]).toEqual([expected.channels, expected.height, expected.width]);
    const errors = found.data.map((value, i) => Math.abs(value - expected.data[i]!));
    expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-5);
    expect(expected.data.every(Number.isFinite)).toBe(true);
  });
});
