// What is folded into weights against the layers written out, in networks with seeded random weights.

import { describe, expect, it } from "vitest";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { fuse } from "../../src/graph/fuse.js";
import { runReference } from "../../src/graph/op-references.js";
import { detectNetwork } from "../../src/models/detect.js";
import { normalizedConv, plainConv, preluOf, withAffine } from "../../src/models/folded.js";
import { conv2d } from "../../src/ops/conv2d.js";
import { tensor } from "../../src/ops/tensor.js";
import { type TensorMap, WeightTensor } from "../../src/weights/tensor-map.js";
import { altered, edsrWeights, residualWeights } from "../cases/networks.js";
import { randomTensor, seededRandom } from "../cases/random.js";

const map = residualWeights("srgan");
const input = randomTensor(seededRandom(5), { channels: 4, height: 5, width: 6 });
const NONE = { kind: "none" } as const;
const plain = (weights: TensorMap, name: string) =>
  runReference(conv2d, [input], {
    weight: weights.tensors.get(`${name}.weight`)!,
    bias: weights.tensors.get(`${name}.bias`),
    activation: NONE,
  });

function expectClose(actual: Float32Array, expected: ArrayLike<number>) {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 5);
  });
}

describe("normalizedConv", () => {
  it.each([
    ["with a bias", map],
    ["without a bias", altered(map, { "block2.conv1.bias": undefined })],
  ])("is the convolution and then the normalisation: %s", (_, weights) => {
    const values = (name: string) => weights.tensors.get(`block2.bn1.${name}`)!.floats();
    const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(values) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const before = plain(weights, "block2.conv1");
    const expected = Array.from(before.data, (value, i) => {
      const c = Math.floor(i / 30);
      return ((value - mean[c]!) / Math.sqrt(variance[c]! + 1e-5)) * gamma[c]! + beta[c]!;
    });
    const folded = normalizedConv(weights, "block2.conv1", "block2.bn1");
    expectClose(runReference(conv2d, [input], { ...folded, activation: NONE }).data, expected);
  });
});

it("withAffine multiplies the result and then adds", () => {
  const affine = () => ({ factors: [0.5, 0.5, 0.5, 0.5], shifts: [1, 2, 3, 4] });
  const folded = withAffine(plainConv(map, "block2.conv1"), affine);
  const expected = Array.from(plain(map, "block2.conv1").data, (value, i) => value / 2 + 1 + Math.floor(i / 30));
  expectClose(runReference(conv2d, [input], { ...folded, activation: NONE }).data, expected);
});

describe("preluOf", () => {
  const slopes = (name: string, channels: number, phases?: number) => {
    const activation = preluOf(
      residualWeights(name.startsWith("block") ? "srgan" : "srresnet"),
      name,
      channels,
      phases,
    );
    return activation.kind === "prelu" ? [...activation.slopes.floats()] : undefined;
  };

  it("has one slope for all, or one for each, also of channels that are shuffled", () => {
    const one = map.tensors.get("block1.1.weight")!.floats()[0]!;
    expect(slopes("block1.1", 3)).toEqual([one, one, one]);
    const [a, b, c, d] = residualWeights("srresnet").tensors.get("leakyrelu2.weight")!.floats();
    expect(slopes("leakyrelu2", 4)).toEqual([a, b, c, d]);
    expect(slopes("leakyrelu2", 8, 2)).toEqual([a, a, b, b, c, c, d, d]);
  });

  it("refuses another number of them", () => {
    expect(() => preluOf(residualWeights("srresnet"), "leakyrelu2", 5)).toThrow(
      expect.objectContaining({
        code: "bad-weights",
        message: "Tensor leakyrelu2.weight has shape [4], expected [5]",
      }),
    );
  });
});

describe.each([
  ["srgan", residualWeights("srgan")],
  ["srresnet", residualWeights("srresnet")],
  ["edsr", edsrWeights()],
] as const)("%s", (architecture, weights) => {
  const { graph, ...network } = detectNetwork(weights);

  it("is known, and is convolutions alone", () => {
    expect(network).toMatchObject({ architecture, scale: 2, blocks: 1, inputChannels: 3, outputChannels: 3 });
    expect(new Set(fuse(graph).nodes.map(({ op }) => op))).toEqual(new Set(["conv2d"]));
  });

  it("says what is missing, and what it has no place for", () => {
    const first = architecture === "srgan" ? "block1.0" : "convolution0";
    expect(() => detectNetwork(altered(weights, { [`${first}.bias`]: undefined }))).toThrow(
      expect.objectContaining({ code: "bad-weights", message: `Tensor ${first}.bias is missing, expected [4]` }),
    );
    expect(() => detectNetwork(altered(weights, { "head.weight": [1] }))).toThrow(
      expect.objectContaining({ code: "unsupported-model", message: expect.stringContaining("such as head.weight") }),
    );
  });
});

it("an SRGAN without batch normalisation is refused", () => {
  const norms = ["bn1", "bn2"].flatMap((norm) =>
    ["weight", "bias", "running_mean", "running_var"].map((part) => [`block2.${norm}.${part}`, undefined] as const),
  );
  expect(() => detectNetwork(altered(residualWeights("srgan"), Object.fromEntries(norms)))).toThrow(
    expect.objectContaining({
      code: "unsupported-model",
      message: "The SRGAN holds no batch normalisation; InstanceNorm, as in Fast-SRGAN, is not supported",
    }),
  );
});

it("an EDSR without weights gives the mean of its pictures back", () => {
  const weights = edsrWeights();
  const empty = new Map([...weights.tensors].filter(([name]) => name === "DIV2K_mean"));
  const zeros = [...weights.tensors].map(([name, { shape }]) => [name, empty.get(name) ?? zero(name, shape)] as const);
  const { graph } = detectNetwork({ ...weights, tensors: new Map(zeros) });
  const output = runOnCpu(graph, tensor({ channels: 3, height: 2, width: 2 }, new Float32Array(12).fill(0.3)));
  const mean = weights.tensors.get("DIV2K_mean")!.floats();
  expectClose(
    output.data,
    Array.from({ length: 48 }, (_, i) => mean[Math.floor(i / 16)]!),
  );
});

function zero(name: string, shape: readonly number[]) {
  return new WeightTensor(name, shape, new Float32Array(shape.reduce((product, n) => product * n, 1)));
}
