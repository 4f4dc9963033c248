// Owns what the kernel suite measures: each shape class of the networks' convolutions, in a piece of the network around it, so
// that its operands lie and are bound as they do there; and each of the other operations by itself.

import { GraphBuilder } from "../../src/graph/builder.js";
import type { Graph, ValueId } from "../../src/graph/graph.js";
import type { ConvForm } from "../../src/ops/conv2d.kernels.js";
import { LEAKY, RandomGraph } from "../../test/cases/graphs.js";
import { type Layer, layerShape, THIN_NETWORKS } from "./thin-networks.js";

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

const FORM: ConvForm = { kernel: 3, upsample: 1, shuffle: 1 };

/** The convolutions first: they are nearly all of a network's work. */
export const SUBJECTS: readonly Subject[] = [
  ...denseBlockConvs(),
  conv("64->64", "RRDBNet conv_body, with a residual", 64, (g, x) => {
    return g.scaledAdd(g.conv(x, 64, { name: "target" }), 1, x);
  }),
  conv("64->64 prelu", "Compact body", 64, (g, x) => g.conv(x, 64, { name: "target", activation: "prelu" })),
  conv(
    "64->64 upsampled 2x",
    "RRDBNet conv_up, nearest upsampling folded in",
    64,
    (g, x) => g.conv(g.upsample(x, 2), 64, { name: "target", activation: LEAKY }),
    { ...FORM, upsample: 2 },
  ),
  conv("3->64", "RRDBNet conv_first", 3, (g, x) => g.conv(x, 64, { name: "target" })),
  conv("64->3", "RRDBNet conv_last", 64, (g, x) => g.conv(x, 3, { name: "target" })),
  conv(
    "64->48 shuffled 4x",
    "Compact's last, stored pixel-shuffled, with the picture as its base",
    3,
    (g, x) => {
      const y = g.pixelShuffle(g.conv(g.conv(x, 64), 48, { name: "target" }), 4);
      return g.scaledAdd(y, 1, g.upsample(x, 4));
    },
    { ...FORM, shuffle: 4 },
  ),
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
  conv("24->12 shuffled 2x", "Compact x2's last", 24, (g, x) => g.pixelShuffle(g.conv(x, 12, { name: "target" }), 2), {
    ...FORM,
    shuffle: 2,
  }),
  conv("12->64", "RRDBNet conv_first of an unshuffled picture", 12, (g, x) => g.conv(x, 64, { name: "target" })),
  ...[1, 5, 9].flatMap((kernel) => [
    conv(
      `64->64 ${kernel}x${kernel}`,
      "ESRGAN+, SRResNet and the like",
      64,
      (g, x) => g.conv(x, 64, { name: "target", kernel }),
      { ...FORM, kernel },
    ),
  ]),
  conv(
    "64->256 shuffled 2x",
    "SRResNet's and EDSR's",
    64,
    (g, x) => g.pixelShuffle(g.conv(x, 256, { name: "target" }), 2),
    {
      ...FORM,
      shuffle: 2,
    },
  ),
];

/** Every shape class of convolution that there is. */
export const ALL_CONVS: readonly Subject[] = distinctShapes([
  ...SUBJECTS.filter(({ form }) => form),
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
  return conv(
    layerShape(layer),
    network,
    inChannels,
    (g, x) =>
      stride === undefined
        ? g.conv(x, outChannels, { ...options, activation })
        : g.convTranspose(x, outChannels, { ...options, stride }),
    // What it is lowered to has a shuffle behind it by itself.
    { ...FORM, kernel: stride === undefined ? kernel : loweredKernel(kernel, stride) },
  );
}

/** The kernel of the convolution that a transposed one becomes. */
function loweredKernel(kernel: number, stride: number): number {
  return 2 * Math.ceil((kernel - 1) / 2 / stride) + 1;
}

/** A convolution "target" within what `build` makes of the input. */
function conv(
  shape: string,
  where: string,
  inputChannels: number,
  build: (g: RandomGraph, x: ValueId) => ValueId,
  form: ConvForm = FORM,
): Subject {
  const graph = once(() => {
    const g = new RandomGraph(1);
    return g.build(build(g, g.input(inputChannels)));
  });
  return { op: "conv2d", shape, where, graph, node: "target", form };
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
  return ["64->32", "96->32", "128->32", "160->32", "192->64"].map((shape, index) => ({
    op: "conv2d",
    shape,
    where: `RRDBNet conv${index + 1} of a dense block${index === 4 ? ", with a residual" : ""}`,
    graph: block,
    node: `conv${index + 1}`,
    form: FORM,
  }));
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
