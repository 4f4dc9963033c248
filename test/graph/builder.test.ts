import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.js";
import type { Graph, GraphNode, ValueId } from "../../src/graph/graph.js";
import { validate } from "../../src/graph/validate.js";
import type { Parameter } from "../../src/ops/op.js";
import { WeightTensor } from "../../src/weights/tensor-map.js";
import { LEAKY } from "../cases/graphs.js";

function builder(shapes: Readonly<Record<string, readonly number[]>> = {}): GraphBuilder {
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return [name, new WeightTensor(name, shape, new Float32Array(count))] as const;
  });
  return new GraphBuilder({ tensors: new Map(tensors), metadata: {} });
}

const A = { "a.weight": [4, 3, 3, 3], "a.bias": [4] };

describe("GraphBuilder", () => {
  it("writes one node an operation, a list of inputs as a concatenation", () => {
    const b = builder({ ...A, "b.weight": [8, 7, 1, 1], "p.weight": [8] });
    const x = b.input(3);
    const a = b.conv("a", x, LEAKY);
    const c = b.activate("p", b.conv("b", [x, a], undefined, { bias: false }), b.preluSlopes("p", 8));
    const graph = b.build(b.pixelShuffle("out", b.scaledAdd("sum", c, 0.2, c), 2));
    expect(graph.nodes.map(({ op, name, inputs, output }) => [op, name, inputs, output])).toEqual([
      ["conv2d", "a", [0], 1],
      ["concat-channels", "b.concat", [0, 1], 2],
      ["conv2d", "b", [2], 3],
      ["prelu", "p", [3], 4],
      ["scaled-add", "sum", [4, 4], 5],
      ["pixel-shuffle", "out", [5], 6],
    ]);
    expect(graph.values.map(({ channels, scale }) => [channels, scale])).toEqual([
      [3, 1],
      [4, 1],
      [7, 1],
      [8, 1],
      [8, 1],
      [8, 1],
      [2, 2],
    ]);
  });

  it("counts scales through upsampling, unshuffling and shuffling", () => {
    const b = builder();
    const up = b.upsampleNearest("up", b.pixelUnshuffle("un", b.input(3), 2), 3);
    expect(b.build(up).values.map(({ channels, scale }) => [channels, scale])).toEqual([
      [3, 1],
      [12, 0.5],
      [12, 1.5],
    ]);
  });

  it("has an operation for every activation", () => {
    const b = builder();
    const x = b.input(3);
    const slopes = parameter("s", [3]);
    b.activate("relu", x, { kind: "relu" });
    b.activate("leaky", x, LEAKY);
    b.activate("prelu", x, { kind: "prelu", slopes });
    b.activate("tanh", x, { kind: "tanh" });
    const graph = b.build(b.activate("sigmoid", x, { kind: "sigmoid" }));
    expect(graph.nodes.map(({ op, attributes }) => [op, attributes])).toEqual([
      ["leaky-relu", { slope: 0 }],
      ["leaky-relu", { slope: 0.2 }],
      ["prelu", { slopes }],
      ["activate", { kind: "tanh" }],
      ["activate", { kind: "sigmoid" }],
    ]);
  });

  it("counts scales through resizing, which may be added to what has the same", () => {
    const b = builder();
    const x = b.input(3);
    const resized = b.resize("resize", x, { mode: "bicubic", antialias: true, factor: 2 });
    const sum = b.scaledAdd("sum", resized, 1, b.upsampleNearest("up", x, 2));
    expect(b.build(sum).values.map(({ scale }) => scale)).toEqual([1, 2, 2, 2]);
  });

  it("does nothing for an activation of none and a concatenation of one", () => {
    const b = builder();
    const x = b.input(3);
    expect(b.activate("act", x, { kind: "none" })).toBe(x);
    expect(b.concat("one", [x])).toBe(x);
  });

  it.each([
    [{}, "Tensor a.weight is missing, expected [O,3,K,K] with an odd K"],
    [{ "a.weight": [4, 3, 3, 3] }, "Tensor a.bias is missing, expected [4]"],
    [{ ...A, "a.weight": [4, 5, 3, 3] }, "Tensor a.weight has shape [4,5,3,3], expected [4,3,3,3]"],
    [{ ...A, "a.weight": [4, 3, 3] }, "Tensor a.weight has shape [4,3,3], expected [O,3,K,K] with an odd K"],
    [{ ...A, "a.weight": [4, 3, 2, 2] }, "Tensor a.weight has shape [4,3,2,2], expected [O,3,K,K] with an odd K"],
    [{ ...A, "a.weight": [4, 3, 3, 1] }, "Tensor a.weight has shape [4,3,3,1], expected [4,3,3,3]"],
    [{ ...A, "a.bias": [3] }, "Tensor a.bias has shape [3], expected [4]"],
    [{ ...A, "a.bias": [4, 1] }, "Tensor a.bias has shape [4,1], expected [4]"],
  ] as [Record<string, number[]>, string][])("refuses the tensors %o", (shapes, message) => {
    const b = builder(shapes);
    expect(() => b.conv("a", b.input(3))).toThrow(expect.objectContaining({ code: "bad-weights", message }));
  });

  it.each([
    [{}, "Tensor act.weight is missing, expected [4]"],
    [{ "act.weight": [1] }, "Tensor act.weight has shape [1], expected [4]"],
  ] as [Record<string, number[]>, string][])("refuses the slopes %o", (shapes, message) => {
    const b = builder(shapes);
    expect(() => b.preluSlopes("act", 4)).toThrow(expect.objectContaining({ code: "bad-weights", message }));
  });

  it.each([
    [
      "bad-weights",
      "sum (scaled-add): input (3 channels at scale 1) and up (3 channels at scale 2) differ in scale",
      (b: GraphBuilder, x: ValueId) => b.scaledAdd("sum", x, 1, b.upsampleNearest("up", x, 2)),
    ],
    [
      "bad-weights",
      "sum (scaled-add): input (3 channels at scale 1) and a (4 channels at scale 1) differ in channels",
      (b: GraphBuilder, x: ValueId) => b.scaledAdd("sum", x, 1, b.conv("a", x)),
    ],
    [
      "bad-weights",
      "both (concat-channels): input (3 channels at scale 1) and up (3 channels at scale 2) differ in scale",
      (b: GraphBuilder, x: ValueId) => b.concat("both", [x, b.upsampleNearest("up", x, 2)]),
    ],
    [
      "bad-weights",
      "out (pixel-shuffle): input (3 channels at scale 1) has no multiple of 4 channels",
      (b: GraphBuilder, x: ValueId) => b.pixelShuffle("out", x, 2),
    ],
    [
      "bad-weights",
      "small (resize): the factor is 0, expected a positive number",
      (b: GraphBuilder, x: ValueId) => b.resize("small", x, { mode: "bicubic", antialias: true, factor: 0 }),
    ],
    [
      "bad-weights",
      "sum (scaled-add): small (3 channels at scale 0.5) and input (3 channels at scale 1) differ in scale",
      (b: GraphBuilder, x: ValueId) =>
        b.scaledAdd("sum", b.resize("small", x, { mode: "bicubic", antialias: true, factor: 0.5 }), 1, x),
    ],
    [
      "internal",
      "a (leaky-relu): the name is taken by an earlier node",
      (b: GraphBuilder, x: ValueId) => b.activate("a", b.conv("a", x), LEAKY),
    ],
  ] as const)("refuses to build: %s, %s", (code, message, build) => {
    const b = builder(A);
    const x = b.input(3);
    expect(() => b.build(build(b, x))).toThrow(expect.objectContaining({ code, message }));
  });
});

describe("validate", () => {
  const weight = parameter("w", [4, 3, 3, 3]);
  const activation = { kind: "none" } as const;
  const conv = node("conv2d", "conv", [0], 1, { weight, activation });
  const values = [value("x", 3), value("y", 4), value("z", 4)];

  it("accepts a whole graph", () => {
    expect(() => validate({ values, nodes: [conv], input: 0, output: 1 })).not.toThrow();
  });

  it.each([
    ["internal", "conv (conv2d): reads z, which no earlier node makes", { ...conv, inputs: [2] }],
    ["internal", "conv (conv2d): reads value 9, which no earlier node makes", { ...conv, inputs: [9] }],
    [
      "internal",
      "up (upsample-nearest): makes 3 channels at scale 2, not y (4 channels at scale 1)",
      node("upsample-nearest", "up", [0], 1, { factor: 2 }),
    ],
    ["internal", "conv (conv2d): x is made twice", { ...conv, output: 0 }],
    ["internal", "conv (conv2d): has no input", { ...conv, inputs: [] }],
    ["internal", "conv (conv2d): takes 1 inputs, got 2", { ...conv, inputs: [0, 0] }],
    ["internal", "sum (scaled-add): takes 2 inputs, got 1", node("scaled-add", "sum", [0], 1, { alpha: 1 })],
    [
      "bad-weights",
      "conv (conv2d): w has shape [4,5,3,3], expected 3 input channels as in x (3 channels at scale 1)",
      { ...conv, attributes: { weight: parameter("w", [4, 5, 3, 3]), activation } },
    ],
    [
      "bad-weights",
      "conv (conv2d): w has shape [4,3,3,1], expected [O,I,K,K] with an odd K",
      { ...conv, attributes: { weight: parameter("w", [4, 3, 3, 1]), activation } },
    ],
    [
      "bad-weights",
      "conv (conv2d): b has shape [3], expected [4]",
      { ...conv, attributes: { weight, bias: parameter("b", [3]), activation } },
    ],
    [
      "bad-weights",
      "conv (conv2d): s has shape [3], expected [4]",
      { ...conv, attributes: { weight, activation: { kind: "prelu", slopes: parameter("s", [3]) } } },
    ],
    [
      "bad-weights",
      "act (prelu): s has shape [4], expected [3]",
      node("prelu", "act", [0], 1, { slopes: parameter("s", [4]) }),
    ],
    [
      "internal",
      "conv (conv2d): makes 4 channels at scale 1 with a margin of -1, not y (4 channels at scale 1)",
      { ...conv, attributes: { weight, activation, padding: "valid" } },
    ],
    [
      "bad-weights",
      "conv (conv2d): it grows by -2, by less than without padding",
      { ...conv, attributes: { weight, activation, grow: -2 } },
    ],
    [
      "bad-weights",
      "conv (conv2d): makes 4 channels at scale 1 with a margin of 0.5, which is no whole number",
      { ...conv, attributes: { weight, activation, grow: 0.5 } },
    ],
  ] as [string, string, GraphNode][])("refuses: %s, %s", (code, message, wrong) => {
    const graph: Graph = { values, nodes: [wrong], input: 0, output: 1 };
    expect(() => validate(graph)).toThrow(expect.objectContaining({ code, message }));
  });

  it("refuses values with margins where none or others belong", () => {
    const valid = node("conv2d", "valid", [0], 1, { weight, activation, padding: "valid" });
    const small = { ...value("y", 4), margin: -1 };
    const graph = (...nodes: GraphNode[]) => ({ values: [values[0]!, small, small], nodes, input: 0, output: 1 });
    const refuses = (wrong: Graph, code: string, message: string) =>
      expect(() => validate(wrong)).toThrow(expect.objectContaining({ code, message }));
    const y = "y (4 channels at scale 1 with a margin of -1)";
    refuses(graph(valid), "internal", `The graph's output is ${y}, expected no margin`);
    const joined = node("concat-channels", "joined", [0, 1], 2, {});
    refuses(
      graph(valid, joined),
      "bad-weights",
      `joined (concat-channels): x (3 channels at scale 1) and ${y} differ in margin`,
    );
    const unshuffled = node("pixel-unshuffle", "un", [1], 2, { factor: 2, order: "pytorch" });
    const half = "16 channels at scale 0.5 with a margin of -0.5";
    refuses(graph(valid, unshuffled), "bad-weights", `un (pixel-unshuffle): makes ${half}, which is no whole number`);
  });

  it("refuses an output that no node makes", () => {
    expect(() => validate({ values, nodes: [conv], input: 0, output: 2 })).toThrow(
      expect.objectContaining({ code: "internal", message: "The graph's output, value 2, is made by no node" }),
    );
  });
});

function parameter(name: string, shape: readonly number[]): Parameter {
  return { name, shape, floats: () => new Float32Array() };
}

function value(name: string, channels: number) {
  return { name, channels, scale: 1, margin: 0 };
}

function node(op: string, name: string, inputs: number[], output: number, attributes: object): GraphNode {
  return { op, name, inputs, output, attributes } as unknown as GraphNode;
}
