// Owns what the kernel suite measures: each shape class of the networks' convolutions, in a piece of the network around it, so
// that its operands lie and are bound as they do there; and each of the other operations by itself.

import { GraphBuilder } from "../../src/graph/builder.js";
import { type FusedConv, fuse } from "../../src/graph/fuse.js";
import type { Graph, ValueId } from "../../src/graph/graph.js";
import type { ConvForm } from "../../src/ops/conv2d.kernels.js";
import type { Activation } from "../../src/ops/op.js";
import { formOf } from "../../src/plan/plan-convs.js";
import { LEAKY, type RandomConvOptions, RandomGraph } from "../../test/cases/graphs.js";
import { type Layer, layerShape, THIN_NETWORKS } from "./thin-networks.js";

const RELU: Activation = { kind: "relu" };

export interface Subject {
  /** The operation. */
  readonly op: string;
  /** Its shape class or its attributes; unique among the operation's. */
  readonly shape: string;
  /** Where in which network it stands. */
  readonly where: string;
  graph(): Graph;
  /** The name of the dispatches' node in the plan. */
  readonly node: string;
  /** What decides which variants there are; undefined where the operation has one kernel. */
  readonly form?: ConvForm;
  /** Width and height must be multiples of this. */
  readonly multiple?: number;
  /** Whether the network's picture comes and goes as pixels. */
  readonly pixels?: boolean;
}

/** The convolutions first: they are nearly all of a network's work. */
export const SUBJECTS: readonly Subject[] = [
  ...denseBlockConvs(),
  conv("64->64", "RRDBNet conv_body, with a residual", 64, (g, x) => {
    return g.scaledAdd(g.conv(x, 64, { name: "target" }), 1, x);
  }),
  conv("64->64 prelu", "Compact body", 64, (g, x) => g.conv(x, 64, { name: "target", activation: "prelu" })),
  conv("64->64 upsampled 2x", "RRDBNet conv_up, nearest upsampling folded in", 64, (g, x) =>
    g.conv(g.upsample(x, 2), 64, { name: "target", activation: LEAKY }),
  ),
  conv("3->64", "RRDBNet conv_first", 3, (g, x) => g.conv(x, 64, { name: "target" })),
  conv("64->3", "RRDBNet conv_last", 64, (g, x) => g.conv(x, 3, { name: "target" })),
  conv("64->48 shuffled 4x", "Compact's last, stored pixel-shuffled, with the picture as its base", 3, (g, x) => {
    const y = g.pixelShuffle(g.conv(g.conv(x, 64), 48, { name: "target" }), 4);
    return g.scaledAdd(y, 1, g.upsample(x, 4));
  }),
  ...smallOps(),
];

/**
 * What else the networks have that can be loaded: told apart by compilers, not measured by the kernel suite.
 * A kernel's text depends on the form, the channel blocks an invocation computes, and the epilogue.
 */
const OTHER_CONVS: readonly Subject[] = [
  ...[24, 48].flatMap((channels) => [
    conv(`${channels}->${channels} prelu`, "Compact of other widths", channels, (g, x) =>
      g.conv(x, channels, { name: "target", activation: "prelu" }),
    ),
    conv(`3->${channels}`, "Compact's first, of other widths", 3, (g, x) => g.conv(x, channels, { name: "target" })),
  ]),
  conv("24->12 shuffled 2x", "Compact x2's last", 24, shuffled(12, 2)),
  conv("12->64", "RRDBNet conv_first of an unshuffled picture", 12, (g, x) => g.conv(x, 64, { name: "target" })),
  ...[1, 5, 9].map((kernel) =>
    conv(`64->64 ${kernel}x${kernel}`, "ESRGAN+, SRResNet and the like", 64, (g, x) =>
      g.conv(x, 64, { name: "target", kernel }),
    ),
  ),
  conv("64->256 shuffled 2x", "EDSR's of 64 features and MSRResNet's", 64, shuffled(256, 2)),
  conv("64->256 prelu shuffled 2x", "SRResNet's", 64, shuffled(256, 2, { activation: "prelu" })),
  conv("64->576 shuffled 3x", "EDSR's of 64 features, x3", 64, shuffled(576, 3)),
  conv("256->256", "EDSR's body, with a residual", 256, (g, x) =>
    g.scaledAdd(g.conv(x, 256, { name: "target" }), 0.1, x),
  ),
  conv("256->1024 shuffled 2x", "EDSR's of 256 features", 256, shuffled(1024, 2)),
  conv("3->3 1x1", "EDSR's mean", 3, (g, x) => g.conv(x, 3, { name: "target", kernel: 1 })),
  conv("64->64 upsampled 3x", "RRDBNet conv_up x3", 64, (g, x) =>
    g.conv(g.upsample(x, 3), 64, { name: "target", activation: LEAKY }),
  ),
  conv("32->32 upsampled 2x", "RRDBNet conv_up of 32 features", 32, (g, x) =>
    g.conv(g.upsample(x, 2), 32, { name: "target", activation: LEAKY }),
  ),
  conv("512->64", "RDN's last growth", 64, (g, x) =>
    g.conv([x, g.conv(x, 448, { kernel: 1 })], 64, { name: "target", activation: RELU }),
  ),
  conv("576->64 1x1", "RDN's fusion in a block, with a residual", 64, (g, x) =>
    g.scaledAdd(g.conv([x, g.conv(x, 512, { kernel: 1 })], 64, { name: "target", kernel: 1 }), 1, x),
  ),
  conv("1024->64 1x1", "RDN's fusion of all blocks", 1024, (g, x) => g.conv(x, 64, { name: "target", kernel: 1 })),
  ...[3, 4].map((stride) =>
    conv(`56->1 9x9 transposed ${stride}x`, `FSRCNN x${stride}'s last`, 56, (g, x) =>
      g.convTranspose(x, 1, { name: "target", kernel: 9, stride }),
    ),
  ),
  conv("56->3 9x9 transposed 3x", "FSRCNN x3's last, of colours", 56, (g, x) =>
    g.convTranspose(x, 3, { name: "target", kernel: 9, stride: 3 }),
  ),
  conv("3->56 5x5 prelu", "FSRCNN's first, of colours", 3, (g, x) =>
    g.conv(x, 56, { name: "target", kernel: 5, activation: "prelu" }),
  ),
  conv("12->12 prelu replicated", "FSRCNN's map before one that replicates its edge", 12, (g, x) =>
    g.conv(g.conv(x, 12, { name: "target", activation: "prelu" }), 12, { padding: "replicate" }),
  ),
  conv("32->3 5x5", "SRCNN's last, of colours", 32, (g, x) => g.conv(x, 3, { name: "target", kernel: 5 })),
  conv("32->9", "ESPCN x3's last", 32, (g, x) => g.pixelShuffle(g.conv(x, 9, { name: "target" }), 3)),
  conv("32->27 shuffled 3x", "ESPCN x3's last, of colours", 32, shuffled(27, 3)),
];

/** Every shape class of convolution that there is. */
export const ALL_CONVS: readonly Subject[] = distinctShapes([
  ...SUBJECTS.filter(({ op }) => op === "conv2d"),
  ...OTHER_CONVS,
  ...THIN_NETWORKS.flatMap(({ name, layers }) => layers.map((layer) => layerConv(name, layer))),
]);

function distinctShapes(subjects: readonly Subject[]): Subject[] {
  const byShape = new Map<string, Subject>();
  for (const subject of subjects) if (!byShape.has(subject.shape)) byShape.set(subject.shape, subject);
  return [...byShape.values()];
}

function layerConv(network: string, layer: Layer): Subject {
  const { inChannels, outChannels, kernel, activation, stride } = layer;
  const options = { name: "target", kernel };
  return conv(layerShape(layer), network, inChannels, (g, x) =>
    stride === undefined
      ? g.conv(x, outChannels, { ...options, activation })
      : g.convTranspose(x, outChannels, { ...options, stride }),
  );
}

/** Builds a convolution "target" and the shuffle of its result. */
function shuffled(outChannels: number, factor: number, options: RandomConvOptions = {}) {
  return (g: RandomGraph, x: ValueId) => g.pixelShuffle(g.conv(x, outChannels, { ...options, name: "target" }), factor);
}

/** A convolution "target" within what `build` makes of the input. */
function conv(
  shape: string,
  where: string,
  inputChannels: number,
  build: (g: RandomGraph, x: ValueId) => ValueId,
): Subject {
  const graph = once(() => {
    const g = new RandomGraph(1);
    return g.build(build(g, g.input(inputChannels)));
  });
  return convIn(graph, { shape, where, node: "target" });
}

/** The convolution of this name, whose form is what fusion makes of it. */
function convIn(graph: () => Graph, about: Pick<Subject, "shape" | "where" | "node">): Subject {
  const form = once(() => {
    const isNode = (node: { op: string; name: string }): node is FusedConv =>
      node.op === "conv2d" && node.name === about.node;
    return formOf(fuse(graph()).nodes.find(isNode)!);
  });
  return {
    op: "conv2d",
    ...about,
    graph,
    get form() {
      return form();
    },
  };
}

/** The five convolutions of one residual dense block, whose growths lie side by side. */
function denseBlockConvs(): Subject[] {
  const block = once(() => {
    const g = new RandomGraph(1);
    const x = g.input(64);
    const growth: ValueId[] = [];
    for (let j = 1; j <= 4; j++) growth.push(g.conv([x, ...growth], 32, { name: `conv${j}`, activation: LEAKY }));
    return g.build(g.scaledAdd(g.conv([x, ...growth], 64, { name: "conv5" }), 0.2, x));
  });
  return ["64->32", "96->32", "128->32", "160->32", "192->64"].map((shape, index) =>
    convIn(block, {
      shape,
      where: `RRDBNet conv${index + 1} of a dense block${index === 4 ? ", with a residual" : ""}`,
      node: `conv${index + 1}`,
    }),
  );
}

/** Weights are drawn when first needed. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

type Build = (b: GraphBuilder, x: ValueId) => ValueId;

/** Operations that are no convolution, at the channel counts of the networks. */
function smallOps(): Subject[] {
  const slopes = { name: "slopes", shape: [64], floats: () => new Float32Array(64).fill(0.3) };
  const small = (op: string, shape: string, channels: number, build: Build, multiple = 1): Subject => ({
    op,
    shape,
    where: "by itself",
    multiple,
    node: "target",
    graph() {
      const b = new GraphBuilder({ tensors: new Map(), metadata: {} });
      return b.build(build(b, b.input(channels)));
    },
  });
  const other = (b: GraphBuilder, x: ValueId, name: string) => b.activate(name, x, LEAKY);
  const pixels = (op: string, node: string): Subject => ({
    ...small(op, "rgb, 8 bits", 3, (b, x) => other(b, x, "between")),
    node,
    pixels: true,
  });
  return [
    small("leaky-relu", "64", 64, (b, x) => b.activate("target", x, LEAKY)),
    small("prelu", "64", 64, (b, x) => b.activate("target", x, { kind: "prelu", slopes })),
    small("activate", "64, tanh", 64, (b, x) => b.activate("target", x, { kind: "tanh" })),
    small("scaled-add", "64+64", 64, (b, x) => b.scaledAdd("target", other(b, x, "other"), 0.2, x)),
    small("concat-channels", "64+64", 64, (b, x) => b.concat("target", [x, other(b, x, "other")])),
    small("pixel-shuffle", "48->3 by 4", 48, (b, x) => b.pixelShuffle("target", x, 4)),
    small("pixel-unshuffle", "3->12 by 2", 3, (b, x) => b.pixelUnshuffle("target", x, 2), 2),
    small("upsample-nearest", "64 by 2", 64, (b, x) => b.upsampleNearest("target", x, 2)),
    small("resize", "3, bicubic to 2x", 3, (b, x) =>
      b.resize("target", x, { mode: "bicubic", antialias: true, factor: 2 }),
    ),
    pixels("image-to-tensor", "input"),
    pixels("tensor-to-image", "output"),
  ];
}
