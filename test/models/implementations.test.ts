// Checkpoints as well-known implementations save them: the library finds out what they are, asks for what they leave open, and makes the picture
// that their code makes. test/tools/implementations.test.ts is the converter's side.

import { describe, expect, it } from "vitest";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { detectNetwork } from "../../src/models/detect.js";
import { readModel } from "../../src/models/model.js";
import { type TensorMap, WeightTensor } from "../../src/weights/tensor-map.js";
import { IMPLEMENTATIONS, type Implementation, pictureFor, savedWeights } from "../cases/implementations.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { pthFile, storedTensors } from "../weights/pth-file.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";

const random = randomTensor(seededRandom(7), { channels: 3, height: 5, width: 6 });

/** What must be stated; without the scale of an MSRResNet an up-convolution doubles the size. */
function askedFacts({ architecture, stated }: Implementation): string[] {
  return Object.keys(stated).filter((fact) => architecture !== "msrresnet" || fact !== "scale");
}

describe.each(IMPLEMENTATIONS)("$name", (each) => {
  const { architecture, scale, blocks, stated, weights, run } = each;
  const saved = savedWeights(each);
  const checkpoint = pthFile({ epoch: 3, state_dict: { ...storedTensors(saved) } });

  it("is known, and makes the picture that its code makes", async () => {
    for (const file of [checkpoint, serializeSafetensors(saved)]) {
      const { network } = await readModel(file, Object.keys(stated).length > 0 ? { stated } : {});
      expect(network).toMatchObject({ architecture, scale, blocks, inputChannels: 3, outputChannels: 3 });
      const picture = pictureFor(each, random);
      const expected = run(weights, picture);
      const found = runOnCpu(network.graph, picture);
      expect([found.channels, found.height, found.width]).toEqual([3, 5 * scale, 6 * scale]);
      expect(expected.data.length).toBe(found.data.length);
      const errors = found.data.map((value, i) => Math.abs(value - expected.data[i]!));
      expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(2e-5);
      expect(new Set(expected.data).size).toBeGreaterThan(20);
    }
  });
});

const OPEN = IMPLEMENTATIONS.map((each) => ({ ...each, asked: askedFacts(each) })).filter(
  ({ asked }) => asked.length > 0,
);

describe.each(OPEN)("$name", (each) => {
  it(`asks for ${each.asked.join(", ")} in one sentence`, async () => {
    const [error] = await Promise.allSettled([readModel(serializeSafetensors(savedWeights(each)))]);
    const reason = error!.status === "rejected" ? (error!.reason as Error) : undefined;
    expect(reason).toMatchObject({ code: "unsupported-model" });
    const options = each.asked.map((fact) => `--${fact.replaceAll("_", "-")} `);
    expect(options.filter((option) => !reason!.message.includes(option))).toEqual([]);
    expect(reason!.message.split(/[.] |\n/)).toHaveLength(1);
  });
});

/** An EDSR of these sizes without values, as far as it is needed to know it. */
function edsrOfSize(features: number, blocks: number): TensorMap {
  const convs = [1, 2].flatMap((k) => Array.from({ length: blocks }, (_, n) => `body.${n}.conv${k}`));
  const shapes: (readonly [string, readonly number[]])[] = [
    ["conv_first", [features, 3, 3, 3]],
    ...[...convs, "conv_after_body"].map((name) => [name, [features, features, 3, 3]] as const),
    ["upsample.0", [4 * features, features, 3, 3]],
    ["conv_last", [3, features, 3, 3]],
  ];
  const tensors = shapes.flatMap(([name, shape]) =>
    [[`${name}.weight`, shape] as const, [`${name}.bias`, shape.slice(0, 1)] as const].map(
      ([each, extents]) => [each, new WeightTensor(each, extents, new Float32Array())] as const,
    ),
  );
  return { tensors: new Map(tensors), metadata: {} };
}

describe("an EDSR", () => {
  const residualScales = (map: TensorMap) => {
    const nodes = detectNetwork(map).graph.nodes.filter(({ name }) => name.endsWith(".residual"));
    return new Set(nodes.map((node) => (node.op === "scaled-add" ? node.attributes.alpha : undefined)));
  };

  it.each([
    [64, 16, 1],
    [256, 32, 0.1],
  ])("of the paper's %i features and %i blocks multiplies their results by %f", (features, blocks, residualScale) => {
    expect(residualScales(edsrOfSize(features, blocks))).toEqual(new Set([residualScale]));
    const stated = { ...edsrOfSize(features, blocks), metadata: { res_scale: "0.5" } };
    expect(residualScales(stated)).toEqual(new Set([0.5]));
  });

  it("without its mean as a convolution asks for it and for the range of values", () => {
    const { tensors } = IMPLEMENTATIONS.find(({ name }) => name.startsWith("EDSR-PyTorch"))!.weights;
    const kept = new Map([...tensors].filter(([name]) => !/^(?:sub|add)_mean/.test(name)));
    expect(() => detectNetwork({ tensors: kept, metadata: { res_scale: "1" } })).toThrow(
      "The weights are those of an EDSR and do not tell the mean that it takes away and the range of its values: state it with tools/convert-weights.py --mean div2k or none --range 1 or 255",
    );
    const facts = { res_scale: "1", mean: "none", range: "1" };
    expect(detectNetwork({ tensors: kept, metadata: facts }).scale).toBe(4);
  });

  it.each(["0", "1.5", "2", "-1", "ten", ".5", ""])("refuses the residual scale %j", (said) => {
    expect(() => detectNetwork({ ...edsrOfSize(4, 1), metadata: { res_scale: said } })).toThrow(
      expect.objectContaining({
        code: "bad-weights",
        message: `The metadata says res_scale = "${said}", expected a number above 0, 1 at most`,
      }),
    );
  });
});
