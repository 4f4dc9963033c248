import { describe, expect, it } from "vitest";
import { type FusedConv, type FusedNode, fuse, readsOf } from "../../src/graph/fuse.js";
import type { Graph, ValueId } from "../../src/graph/graph.js";
import { detectNetwork } from "../../src/models/detect.js";
import type { Conv2dAttributes } from "../../src/ops/conv2d.js";
import { LEAKY, RandomGraph } from "../cases/graphs.js";
import { compactWeights, rrdbWeights, rrdnWeights } from "../cases/networks.js";
import { randomGraph } from "../cases/random-graphs.js";

/** A node as one line: `conv2d(x, a) up2 leaky-relu *0.2 +1*x shuffle2`. */
function line(node: FusedNode, name: (id: ValueId) => string): string {
  const head = `${node.op}(${node.inputs.map(name).join(", ")})`;
  if (node.op !== "conv2d") return head;
  const { upsample, activation, alpha, residuals, shuffle } = node;
  return [
    head,
    upsample > 1 ? `up${upsample}` : "",
    activation.kind === "none" ? "" : activation.kind,
    alpha === 1 ? "" : `*${round(alpha)}`,
    ...residuals.map((r) => `+${round(r.beta)}*${name(r.value)}${r.upsample > 1 ? ` up${r.upsample}` : ""}`),
    shuffle.factor > 1 ? `shuffle${shuffle.factor} ${shuffle.order}` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}

interface FuseCase {
  readonly name: string;
  readonly build: (g: RandomGraph, x: ValueId, name: (id: ValueId, as: string) => ValueId) => ValueId;
  readonly lines: readonly string[];
}

const FOLDED: readonly FuseCase[] = [
  { name: "an activation", build: (g, x) => g.activate(g.conv(x, 4), LEAKY), lines: ["conv2d(x) leaky-relu"] },
  {
    name: "a tanh",
    build: (g, x) => g.activate(g.conv(x, 4), { kind: "tanh" }),
    lines: ["conv2d(x) tanh"],
  },
  { name: "a prelu", build: (g, x) => g.activate(g.conv(x, 4), "prelu"), lines: ["conv2d(x) prelu"] },
  {
    name: "an activation and a scaled addition",
    build: (g, x) => g.scaledAdd(g.activate(g.conv(x, 4), LEAKY), 0.3, x),
    lines: ["conv2d(x) leaky-relu *0.3 +1*x"],
  },
  {
    name: "a scaled addition to it",
    build: (g, x) => g.scaledAdd(x, 0.3, g.conv(x, 4)),
    lines: ["conv2d(x) +0.3*x"],
  },
  {
    name: "RRDB's two scaled additions",
    build(g, x, name) {
      const a = name(g.scaledAdd(g.conv(x, 4), 0.2, x), "a");
      return g.scaledAdd(g.scaledAdd(g.conv(a, 4), 0.2, a), 0.2, x);
    },
    lines: ["conv2d(x) *0.2 +1*x", "conv2d(a) *0.04 +0.2*a +1*x"],
  },
  {
    name: "an addition whose other side is scaled twice",
    build(g, x, name) {
      const a = name(g.conv(x, 4), "a");
      return g.scaledAdd(g.scaledAdd(a, 0.5, g.conv(a, 4)), 0.1, x);
    },
    lines: ["conv2d(x)", "conv2d(a) *0.1 +0.05*a +1*x"],
  },
  {
    name: "a residual that is made after the convolution",
    build(g, x, name) {
      const a = g.conv(x, 4);
      const b = name(g.activate(x, LEAKY), "b");
      return g.scaledAdd(a, 0.2, b);
    },
    lines: ["leaky-relu(x)", "conv2d(x) *0.2 +1*b"],
  },
  {
    name: "upsampling before it",
    build: (g, x) => g.conv(g.upsample(x, 2), 4),
    lines: ["conv2d(x) up2"],
  },
  {
    name: "upsampling that two convolutions share",
    build(g, x, name) {
      const up = g.upsample(x, 2);
      return g.scaledAdd(g.conv(up, 4), 1, name(g.conv(up, 4), "b"));
    },
    lines: ["conv2d(x) up2", "conv2d(x) up2 +1*b"],
  },
  {
    name: "a residual of a lower scale under a pixel shuffle",
    build: (g, x) => g.scaledAdd(g.pixelShuffle(g.conv(x, 64), 4, "tensorflow"), 1, g.upsample(x, 4)),
    lines: ["conv2d(x) +1*x up4 shuffle4 tensorflow"],
  },
  {
    name: "a prelu, then a pixel shuffle",
    build: (g, x) => g.pixelShuffle(g.conv(x, 16, { activation: "prelu" }), 2),
    lines: ["conv2d(x) prelu shuffle2 pytorch"],
  },
  {
    name: "concatenations within concatenations",
    build(g, x, name) {
      const a = name(g.conv(x, 4), "a");
      return g.conv(g.concat([g.concat([x, a]), x]), 4);
    },
    lines: ["conv2d(x)", "conv2d(x, a, x)"],
  },
  {
    name: "an upsampled concatenation",
    build: (g, x, name) => g.conv(g.upsample(g.concat([x, name(g.conv(x, 4), "a")]), 2), 4),
    lines: ["conv2d(x)", "conv2d(x, a) up2"],
  },
  {
    name: "nothing that is not needed for the output",
    build(g, x) {
      g.activate(g.conv(x, 4), LEAKY);
      return g.conv(x, 4);
    },
    lines: ["conv2d(x)"],
  },
];

const KEPT: readonly FuseCase[] = [
  {
    name: "an activation of what others use as well",
    build(g, x, name) {
      const a = name(g.conv(x, 4), "a");
      return g.scaledAdd(name(g.activate(a, LEAKY), "b"), 1, a);
    },
    lines: ["conv2d(x)", "leaky-relu(a)", "scaled-add(b, a)"],
  },
  {
    name: "a second activation",
    build: (g, x, name) => g.activate(name(g.conv(x, 4, { activation: LEAKY }), "a"), "prelu"),
    lines: ["conv2d(x) leaky-relu", "prelu(a)"],
  },
  {
    name: "a sigmoid after a tanh",
    build: (g, x, name) => g.activate(name(g.conv(x, 4, { activation: { kind: "tanh" } }), "a"), { kind: "sigmoid" }),
    lines: ["conv2d(x) tanh", "activate(a)"],
  },
  {
    name: "an activation after an addition",
    build: (g, x, name) => g.activate(name(g.scaledAdd(g.conv(x, 4), 1, x), "a"), LEAKY),
    lines: ["conv2d(x) +1*x", "leaky-relu(a)"],
  },
  {
    name: "an activation after a shuffle",
    build: (g, x, name) => g.activate(name(g.pixelShuffle(g.conv(x, 16), 2), "a"), "prelu"),
    lines: ["conv2d(x) shuffle2 pytorch", "prelu(a)"],
  },
  {
    name: "a shuffle after an addition",
    build: (g, x, name) => g.pixelShuffle(name(g.scaledAdd(g.conv(x, 4), 1, x), "a"), 2),
    lines: ["conv2d(x) +1*x", "pixel-shuffle(a)"],
  },
  {
    name: "a second shuffle",
    build: (g, x, name) => g.pixelShuffle(name(g.pixelShuffle(g.conv(x, 64), 2), "a"), 2),
    lines: ["conv2d(x) shuffle2 pytorch", "pixel-shuffle(a)"],
  },
  {
    name: "a third residual",
    build(g, x, name) {
      const a = name(g.scaledAdd(g.scaledAdd(g.conv(x, 4), 1, x), 1, x), "a");
      return g.scaledAdd(a, 1, x);
    },
    lines: ["conv2d(x) +1*x +1*x", "scaled-add(a, x)"],
  },
  {
    name: "a convolution added to itself",
    build(g, x, name) {
      const a = name(g.conv(x, 4), "a");
      return g.scaledAdd(a, 0.5, a);
    },
    lines: ["conv2d(x)", "scaled-add(a, a)"],
  },
  {
    name: "upsampling that is the output or feeds an operation",
    build: (g, x) => g.activate(g.upsample(x, 2), LEAKY),
    lines: ["upsample-nearest(x)", "leaky-relu(value)"],
  },
  {
    name: "upsampling of a part of a concatenation",
    build: (g, x, name) => g.conv([name(g.upsample(x, 2), "a"), name(g.upsample(x, 2), "b")], 4),
    lines: ["upsample-nearest(x)", "upsample-nearest(x)", "conv2d(a, b)"],
  },
  {
    name: "a concatenation that is the output",
    build: (g, x, name) => g.concat([name(g.conv(x, 4), "a"), x]),
    lines: ["conv2d(x)", "concat-channels(a, x)"],
  },
  {
    name: "unshuffling and resizing",
    build: (g, x, name) =>
      g.resize(name(g.pixelUnshuffle(x, 2), "a"), { mode: "bicubic", antialias: true, factor: 1.5 }),
    lines: ["pixel-unshuffle(x)", "resize(a)"],
  },
];

function lines({ build }: FuseCase): string[] {
  const g = new RandomGraph(1);
  const names = new Map<ValueId, string>();
  const x = g.input(4);
  names.set(x, "x");
  const graph = g.build(
    build(g, x, (id, as) => {
      names.set(id, as);
      return id;
    }),
  );
  return fuse(graph).nodes.map((node) => line(node, (id) => names.get(id) ?? "value"));
}

function convolutions(graph: Graph): number {
  return graph.nodes.filter(({ op }) => op === "conv2d").length;
}

describe("fuse", () => {
  it.each(FOLDED.map((one) => [one.name, one] as const))("folds %s", (_, one) => {
    expect(lines(one)).toEqual(one.lines);
  });

  it.each(KEPT.map((one) => [one.name, one] as const))("does not fold %s", (_, one) => {
    expect(lines(one)).toEqual(one.lines);
  });

  it("folds nothing into a convolution that is the output", () => {
    const g = new RandomGraph(1);
    const a = g.conv(g.input(4), 4);
    g.activate(a, LEAKY);
    expect(fuse(g.build(a)).nodes).toMatchObject([{ op: "conv2d", output: a, activation: { kind: "none" } }]);
  });

  it("keeps the name, the weights and the bias", () => {
    const g = new RandomGraph(1);
    const graph = g.build(g.activate(g.conv(g.input(4), 4, { name: "body.0" }), LEAKY));
    const { weight, bias } = graph.nodes[0]!.attributes as Conv2dAttributes;
    expect(fuse(graph).nodes).toMatchObject([{ name: "body.0", activation: LEAKY, weight, bias }]);
  });

  it.each([
    [2, [4, 8, 5, 5]],
    [3, [9, 8, 3, 3]],
    [4, [16, 8, 3, 3]],
  ])("makes a transposed convolution of 9x9 that enlarges %i times a convolution of few taps", (stride, shape) => {
    const g = new RandomGraph(1);
    const { nodes } = fuse(g.build(g.convTranspose(g.input(8), 1, { kernel: 9, stride })));
    expect(nodes.map(({ op }) => op)).toEqual(["conv2d", "pixel-shuffle"]);
    expect((nodes[0] as FusedConv).weight.shape).toEqual(shape);
  });

  // A network of convolutions is as many dispatches as convolutions; the pictures' conversion comes on top of it.
  it.each([
    ["RRDBNet", rrdbWeights({ blocks: 23 }), 0],
    ["RRDBNet, unshuffled", rrdbWeights({ blocks: 3, unshuffle: 2 }), 1],
    ["RRDBNet 8x", rrdbWeights({ ups: 3 }), 0],
    ["ESRGAN+", rrdbWeights({ blocks: 2, plus: true }), 0],
    ["RRDN", rrdnWeights({ blocks: 2 }), 0],
    ["Compact", compactWeights({ blocks: 32 }), 0],
    ["Compact 1x", compactWeights({ scale: 1 }), 0],
  ])("leaves only convolutions of %s", (_, weights, others) => {
    const { graph } = detectNetwork(weights);
    const { nodes } = fuse(graph);
    expect(nodes.filter(({ op }) => op === "conv2d")).toHaveLength(convolutions(graph));
    expect(nodes).toHaveLength(convolutions(graph) + others);
  });

  it.each(Array.from({ length: 100 }, (_, seed) => seed))("keeps random graph %i in topological order", (seed) => {
    const graph = randomGraph(seed);
    const made = new Set([graph.input]);
    for (const node of fuse(graph).nodes) {
      for (const id of readsOf(node)) expect(made.has(id), `${node.name} reads value ${id}`).toBe(true);
      expect(made.has(node.output)).toBe(false);
      made.add(node.output);
    }
    expect(made.has(graph.output)).toBe(true);
  });
});
