// Owns the cases of conv2d.

import { runReference } from "../../src/graph/op-references.js";
import { type Conv2dAttributes, conv2d, type Padding } from "../../src/ops/conv2d.js";
import type { Activation } from "../../src/ops/op.js";
import { tensor } from "../../src/ops/tensor.js";
import { FLOAT32_TOLERANCE, type OpCall, type OpCase, opCase, SIZES, shapeOf } from "./case.js";
import { type Random, randomParameter } from "./random.js";

type ActivationSpec = Exclude<Activation["kind"], "leaky-relu"> | { readonly slope: number };

interface Conv2dSpec {
  readonly channels: readonly [input: number, output: number];
  readonly size: readonly [width: number, height: number];
  readonly kernel: number;
  readonly bias: boolean;
  readonly activation: ActivationSpec;
  readonly padding?: Padding;
  readonly grow?: number;
}

const LEAKY = { slope: 0.2 };
const ACTIVATIONS: readonly ActivationSpec[] = ["none", "relu", LEAKY, "prelu"];
const ALWAYS = { kernel: 3, bias: true, activation: LEAKY } as const;

const specs: readonly Conv2dSpec[] = [
  ...SIZES.map((size) => ({ ...ALWAYS, channels: [3, 5] as const, size })),
  ...[1, 3, 5, 7].flatMap((kernel) =>
    ACTIVATIONS.flatMap((activation) =>
      [true, false].map((bias) => ({ channels: [5, 7] as const, size: [9, 7] as const, kernel, bias, activation })),
    ),
  ),
  // The networks' own channel counts, the odd ones, and one less and one more than a block of 4.
  ...(
    [
      [1, 1],
      [1, 3],
      [3, 1],
      [4, 4],
      [7, 9],
      [3, 64],
      [12, 64],
      [64, 3],
      [64, 32],
      [64, 48],
      [160, 32],
      [192, 64],
    ] as const
  ).map((channels) => ({ ...ALWAYS, channels, size: [9, 5] as const })),
  // Kernels larger than the picture.
  ...[5, 7].flatMap((kernel) =>
    (
      [
        [1, 1],
        [2, 1],
        [1, 3],
      ] as const
    ).map((size) => ({ ...ALWAYS, channels: [3, 5] as const, size, kernel })),
  ),
  // Slopes for which max(x, slope * x) is not the leaky rectifier.
  ...[-0.25, 1.5, 0].map((slope) => ({
    ...ALWAYS,
    channels: [5, 7] as const,
    size: [9, 7] as const,
    activation: { slope },
  })),
  ...(["tanh", "sigmoid"] as const).flatMap((activation) =>
    [1, 3, 5].flatMap((kernel) =>
      (
        [
          [9, 7],
          [33, 17],
        ] as const
      ).map((size) => ({ channels: [5, 7] as const, size, kernel, bias: true, activation })),
    ),
  ),
  // The edge's pixel goes on: kernels of SRCNN and FSRCNN, also larger than the picture.
  ...[1, 3, 5, 9].flatMap((kernel) =>
    (
      [
        [1, 1],
        [2, 5],
        [9, 7],
        [33, 17],
      ] as const
    ).map((size) => ({ ...ALWAYS, channels: [3, 5] as const, size, kernel, padding: "replicate" as const })),
  ),
  // Without padding, down to a single pixel, and padded for that beforehand: SRCNN's first convolution.
  ...[1, 3, 5, 7, 9].flatMap((kernel) =>
    (
      [
        [kernel, kernel],
        [kernel + 1, kernel + 4],
        [33, 17],
      ] as const
    ).map((size) => ({ ...ALWAYS, channels: [3, 5] as const, size, kernel, padding: "valid" as const })),
  ),
  { ...ALWAYS, channels: [64, 32], size: [18, 9], padding: "valid" },
  ...(["zeros", "replicate"] as const).flatMap((padding) =>
    [1, 3, 9].flatMap((kernel) =>
      (
        [
          [1, 1],
          [9, 7],
          [33, 17],
        ] as const
      ).map((size) => ({ ...ALWAYS, channels: [3, 5] as const, size, kernel, padding, grow: kernel === 3 ? 5 : 2 })),
    ),
  ),
];

export const conv2dCases: readonly OpCase<Conv2dAttributes>[] = specs.map((spec, index) => {
  const { channels, size, kernel, bias, padding, grow } = spec;
  const [inChannels, outChannels] = channels;
  // Keeps the sums near 1, by a power of two so that the weights stay exact.
  const weightScale = 2 ** -Math.floor(Math.log2(inChannels * kernel * kernel) / 2);
  return opCase<Conv2dAttributes>({
    op: conv2d,
    name: nameOf(spec),
    seed: 1000 + index,
    inputs: [shapeOf(inChannels, size)],
    spec: { outChannels, kernel, bias, activation: spec.activation, weightScale, padding, grow },
    attributes: (random) => ({
      weight: randomParameter(random, "weight", [outChannels, inChannels, kernel, kernel], weightScale),
      bias: bias ? randomParameter(random, "bias", [outChannels]) : undefined,
      activation: buildActivation(spec.activation, random, outChannels),
      padding,
      grow,
    }),
    tolerance: FLOAT32_TOLERANCE,
    magnitudes,
  });
});

function nameOf({ channels, size, kernel, bias, activation, padding, grow }: Conv2dSpec): string {
  const act = typeof activation === "string" ? activation : `leaky-relu ${activation.slope}`;
  const parts = [
    `k${kernel}`,
    channels.join("->"),
    size.join("x"),
    act,
    bias && "bias",
    padding,
    grow && `grow ${grow}`,
  ];
  return parts.filter(Boolean).join(" ");
}

/** PReLU's trained slopes are also negative and above 1. */
function buildActivation(activation: ActivationSpec, random: Random, channels: number): Activation {
  if (activation === "prelu") return { kind: "prelu", slopes: randomParameter(random, "slopes", [channels], 2) };
  if (typeof activation === "string") return { kind: activation };
  return { kind: "leaky-relu", slope: activation.slope };
}

/** |weight| * |x| + |bias|, times the activation's slope where that is above 1. Curves are no steeper, and of terms of about 1. */
function magnitudes({ inputs, attributes }: OpCall<Conv2dAttributes>): Float32Array {
  const { weight, bias, activation } = attributes;
  const absolute = (parameter: Conv2dAttributes["weight"]) => {
    const values = parameter.floats().map(Math.abs);
    return { ...parameter, floats: () => values };
  };
  const input = inputs[0]!;
  const made = runReference(conv2d, [tensor(input, input.data.map(Math.abs))], {
    weight: absolute(weight),
    bias: bias && absolute(bias),
    activation: { kind: "none" },
    padding: attributes.padding,
    grow: attributes.grow,
  });
  const sums = made.data;
  if (activation.kind === "tanh" || activation.kind === "sigmoid") return sums.map((sum) => sum + 1);
  const slopes = activation.kind === "prelu" ? activation.slopes.floats() : undefined;
  const slope = activation.kind === "leaky-relu" ? activation.slope : 1;
  const pixels = made.height * made.width;
  return sums.map((sum, i) => sum * Math.max(1, Math.abs(slopes?.[Math.floor(i / pixels)] ?? slope)));
}
