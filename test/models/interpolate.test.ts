import { describe, expect, it } from "vitest";
import { upscaleOnCpu } from "../../src/cpu.js";
import type { Graph } from "../../src/graph/graph.js";
import { loadModel } from "../../src/models/bundled.js";
import { detectNetwork } from "../../src/models/detect.js";
import { interpolateModels, type ModelPart } from "../../src/models/interpolate.js";
import type { Model } from "../../src/models/model.js";
import type { Parameter } from "../../src/ops/op.js";
import type { Pixels } from "../../src/ops/pixels.js";
import { floatsToHalves } from "../../src/weights/half.js";
import { type TensorMap, WeightTensor } from "../../src/weights/tensor-map.js";
import { altered, compactWeights, rrdbWeights, rrdnWeights } from "../cases/networks.js";
import { seededRandom } from "../cases/random.js";

const modelOf = (name: string, map: TensorMap): Model => ({
  name,
  network: detectNetwork(map),
  byteLength: 1,
  metadata: { author: name },
});

/** Every tensor that a graph computes with. */
function parametersOf(graph: Graph): Parameter[] {
  return graph.nodes.flatMap((node): Parameter[] => {
    if (node.op === "prelu") return [node.attributes.slopes];
    if (node.op !== "conv2d") return [];
    const { weight, bias, activation } = node.attributes;
    return [weight, ...(bias ? [bias] : []), ...(activation.kind === "prelu" ? [activation.slopes] : [])];
  });
}

/** `map` with every tensor's values changed, those of the same index in `others` at hand. */
function mapped(map: TensorMap, change: (value: number, name: string, index: number) => number): TensorMap {
  const tensors = [...map.tensors].map(([name, tensor]): [string, WeightTensor] => {
    const values = tensor.floats().map((value, index) => change(value, name, index));
    return [name, new WeightTensor(name, tensor.shape, values)];
  });
  return { ...map, tensors: new Map(tensors) };
}

function asHalves(map: TensorMap): TensorMap {
  const tensors = [...map.tensors].map(([name, tensor]): [string, WeightTensor] => [
    name,
    new WeightTensor(name, tensor.shape, floatsToHalves(tensor.floats())),
  ]);
  return { ...map, tensors: new Map(tensors) };
}

const random = seededRandom(5);
const PICTURE: Pixels = {
  width: 9,
  height: 6,
  channels: 3,
  bits: 16,
  data: Uint16Array.from({ length: 9 * 6 * 3 }, () => random() & 0xffff),
};

const NETWORKS: readonly (readonly [string, (seed: number) => TensorMap])[] = [
  ["an RRDBNet", (seed) => rrdbWeights({ seed })],
  ["an ESRGAN+ of the old key layout", (seed) => rrdbWeights({ seed, plus: true, layout: "old-arch" })],
  ["an unshuffling RRDBNet", (seed) => rrdbWeights({ seed, unshuffle: 2 })],
  ["an RRDN", (seed) => rrdnWeights({ seed })],
  ["a Compact", (seed) => compactWeights({ seed, blocks: 2 })],
];

describe("interpolateModels", () => {
  it.each(NETWORKS)("of %s gives the network of the summed tensors", (_, weights) => {
    const maps = [weights(1), weights(2), weights(3)];
    const factors = [0.7, 0.5, -0.3];
    const parts = maps.map((map, at): ModelPart => ({ model: modelOf(`m${at}`, map), weight: factors[at]! }));
    const before = maps.map((map) => [...map.tensors.values()].map((tensor) => tensor.floats().slice()));
    const mixed = interpolateModels(parts);

    const sums = mapped(maps[0]!, (_value, name, index) =>
      maps.reduce((sum, map, at) => sum + factors[at]! * map.tensors.get(name)!.floats()[index]!, 0),
    );
    const expected = modelOf("sums", sums);
    expect({ ...mixed.network, graph: null }).toEqual({ ...expected.network, graph: null });
    const describeGraph = (graph: Graph) => JSON.stringify({ ...graph, nodes: graph.nodes }, withoutData);
    expect(describeGraph(mixed.network.graph)).toBe(describeGraph(expected.network.graph));
    const [found, wanted] = [mixed, expected].map(({ network }) => parametersOf(network.graph));
    expect(found!.length).toBe(maps[0]!.tensors.size);
    found!.forEach((parameter, at) => {
      expect([parameter.name, parameter.shape]).toEqual([wanted![at]!.name, wanted![at]!.shape]);
      expect(parameter.floats(), parameter.name).toEqual(wanted![at]!.floats());
    });
    expect(upscaleOnCpu(mixed, PICTURE)).toEqual(upscaleOnCpu(expected, PICTURE));
    expect(upscaleOnCpu(mixed, PICTURE)).not.toEqual(upscaleOnCpu(parts[0]!.model, PICTURE));
    // The parts are what they were.
    expect(maps.map((map) => [...map.tensors.values()].map((tensor) => tensor.floats()))).toEqual(before);
  });

  it.each(NETWORKS)("of %s with itself at 0.3 and 0.7 gives the same picture", (_, weights) => {
    const model = modelOf("m", weights(4));
    const mixed = interpolateModels([
      { model, weight: 0.3 },
      { model, weight: 0.7 },
    ]);
    const [found, expected] = [mixed, model].map((each) => upscaleOnCpu(each, PICTURE).data);
    // A weight may come out one unit in the last place apart, which is far below a level of 16 bits.
    found!.forEach((level, i) => {
      if (Math.abs(level - expected![i]!) > 1) expect.fail(`level ${i} is ${level}, expected ${expected![i]}`);
    });
  });

  it("adds up in float64", () => {
    const one = mapped(compactWeights(), () => 1);
    const tiny = mapped(compactWeights(), () => 2 ** -24);
    const parts = [one, tiny, tiny].map((map): ModelPart => ({ model: modelOf("m", map), weight: 1 }));
    // One by one, float32 would round each away.
    for (const parameter of parametersOf(interpolateModels(parts).network.graph)) {
      expect(new Set(parameter.floats())).toEqual(new Set([1 + 2 ** -23]));
    }
  });

  it("takes f16 and f32 weights together, converted once", () => {
    const [a, b] = [compactWeights({ seed: 1 }), compactWeights({ seed: 2 })];
    const halves = modelOf("a", asHalves(a));
    const mixed = interpolateModels([
      { model: halves, weight: 0.5 },
      { model: modelOf("b", b), weight: 2 },
    ]);
    for (const parameter of parametersOf(mixed.network.graph)) {
      const [x, y] = [asHalves(a).tensors.get(parameter.name)!.floats(), b.tensors.get(parameter.name)!.floats()];
      const floats = parameter.floats();
      expect(floats).toEqual(x.map((value, i) => 0.5 * value + 2 * y[i]!));
      expect(parameter.floats()).toBe(floats);
    }
  });

  it("takes key layouts together that name the same network's tensors differently", () => {
    const parts = (["real-esrgan", "esrgan", "old-arch"] as const).map(
      (layout, at): ModelPart => ({ model: modelOf(layout, rrdbWeights({ seed: at, layout })), weight: 1 / 3 }),
    );
    const same = [0, 1, 2].map((seed): ModelPart => ({ model: modelOf("same", rrdbWeights({ seed })), weight: 1 / 3 }));
    expect(upscaleOnCpu(interpolateModels(parts), PICTURE)).toEqual(upscaleOnCpu(interpolateModels(same), PICTURE));
  });

  it("interpolates a bundled model", async () => {
    const model = await loadModel();
    const mixed = interpolateModels([{ model, weight: 1 }]);
    const weights = parametersOf(model.network.graph);
    expect(mixed.byteLength).toBe(4 * weights.reduce((sum, { shape }) => sum + shape.reduce((n, m) => n * m, 1), 0));
    parametersOf(mixed.network.graph).forEach((parameter, at) => {
      const wanted = weights[at]!.floats();
      const isSame = parameter.floats().every((value, i) => value === wanted[i]);
      expect(isSame, parameter.name).toBe(true);
    });
    expect(await loadModel(mixed)).toBe(mixed);
  });

  it("is called after its parts, or what it is told, and says nothing of their files", () => {
    const [a, b] = [1, 2].map((seed) => modelOf(seed === 1 ? "a" : "b", compactWeights({ seed })));
    const parts = [
      { model: a!, weight: 0.8 },
      { model: b!, weight: 0.2 },
    ];
    expect(interpolateModels(parts)).toMatchObject({ name: "a:0.8+b:0.2", metadata: {} });
    expect(interpolateModels(parts, { name: "mine" }).name).toBe("mine");
  });
});

describe("interpolateModels refuses", () => {
  const base = modelOf("a", compactWeights());
  const rrdb = modelOf("a", rrdbWeights());
  const refusals: readonly (readonly [what: string, a: Model, b: Model, message: string])[] = [
    [
      "other architectures",
      base,
      modelOf("b", rrdbWeights()),
      "the network's architecture is compact in a, rrdbnet in b",
    ],
    ["other scales", base, modelOf("b", compactWeights({ scale: 2 })), "the network's scale is 4 in a, 2 in b"],
    [
      "another number of blocks",
      rrdb,
      modelOf("b", rrdbWeights({ blocks: 2 })),
      "the network's blocks is 1 in a, 2 in b",
    ],
    [
      "gray and colour",
      base,
      modelOf("b", compactWeights({ channels: 1 })),
      "the network's inputChannels is 3 in a, 1 in b",
    ],
    [
      "another number of features",
      rrdb,
      modelOf("b", rrdbWeights({ features: 9 })),
      "the shape of tensor conv_first.weight is [8,3,3,3] in a, [9,3,3,3] in b",
    ],
    [
      "another growth",
      rrdb,
      modelOf("b", rrdbWeights({ growth: 5 })),
      "the shape of tensor body.0.rdb1.conv1.weight is [4,8,3,3] in a, [5,8,3,3] in b",
    ],
    [
      "another kernel",
      base,
      modelOf("b", altered(compactWeights(), { "body.2.weight": [8, 8, 5, 5] })),
      "the shape of tensor body.2.weight is [8,8,3,3] in a, [8,8,5,5] in b",
    ],
    [
      "ESRGAN+ and ESRGAN",
      rrdb,
      modelOf("b", rrdbWeights({ plus: true })),
      "the operation at body.0.rdb1.conv3.concat is " +
        "concat-channels body.0.rdb1.conv3.concat of 1, 2, 4 in a, conv2d body.0.rdb1.conv1x1 of 1 in b",
    ],
    [
      "other activations",
      modelOf("a", rrdnWeights()),
      modelOf("b", rrdnWeights({ metadata: { activation: "leaky-relu" } })),
      "body.0.rdb1.conv1.activation.kind is relu in a, leaky-relu in b",
    ],
    [
      "more dense blocks",
      modelOf("a", rrdnWeights({ denseBlocks: 1 })),
      modelOf("b", rrdnWeights({ denseBlocks: 2 })),
      "the operation at body.0.residual is scaled-add body.0.residual of 9, 1 in a, conv2d body.0.rdb2.conv1 of 9 in b",
    ],
  ];
  it.each(refusals)("%s", (_, a, b, message) => {
    for (const parts of [
      [a, b],
      [a, a, b],
    ]) {
      expect(() => interpolateModels(parts.map((model) => ({ model, weight: 1 })))).toThrow(
        expect.objectContaining({
          code: "bad-input",
          message: `Only models of the same network can be interpolated: ${message}`,
        }),
      );
    }
  });

  const malformed: readonly (readonly [what: string, parts: unknown, message: string])[] = [
    ["no part", [], "Interpolation needs a list of at least one { model, weight }, got none"],
    ["no list", undefined, "Interpolation needs a list of at least one { model, weight }, got undefined"],
    [
      "a name for a model",
      [{ model: "anime-6b", weight: 1 }],
      "Interpolation needs models that are loaded, as loadModel does, got string",
    ],
    ["nothing for a part", [null], "Interpolation needs models that are loaded, as loadModel does, got undefined"],
    ...[Number.NaN, Number.POSITIVE_INFINITY, undefined, "1"].map(
      (weight) =>
        [
          `the weight ${weight}`,
          [{ model: base, weight }],
          `The weight of a is ${weight}, expected a finite number`,
        ] as const,
    ),
  ];
  it.each(malformed)("%s", (_, parts, message) => {
    expect(() => interpolateModels(parts as ModelPart[])).toThrow(
      expect.objectContaining({ code: "bad-input", message }),
    );
  });

  it.each([
    [1e38, "Infinity"],
    [-1e38, "-Infinity"],
    [1e308, "Infinity"],
  ])("sums beyond float32, as with the weight %d", (weight, value) => {
    const large = mapped(compactWeights(), (_, name, index) => (name === "body.1.weight" && index === 3 ? 100 : 0));
    const message = `Tensor body.1.weight holds ${value} at index 3, expected finite numbers`;
    const parts = [1, 1].map(() => ({ model: modelOf("a", large), weight }));
    expect(() => interpolateModels(parts)).toThrow(expect.objectContaining({ code: "bad-weights", message }));
  });
});

/** A parameter is written as its name and shape. */
function withoutData(_key: string, value: unknown): unknown {
  return value instanceof WeightTensor ? `${value.name} [${value.shape.join(",")}]` : value;
}
