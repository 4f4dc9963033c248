// Owns the cases of conv-transpose2d.

import { runReference } from "../../src/graph/op-references.js";
import { type ConvTranspose2dAttributes, convTranspose2d } from "../../src/ops/conv-transpose2d.js";
import { tensor } from "../../src/ops/tensor.js";
import { FLOAT32_TOLERANCE, type OpCase, opCase, SIZES, shapeOf } from "./case.js";
import { randomParameter } from "./random.js";

const ALWAYS = { channels: [3, 2], kernel: 9, stride: 3, offset: 4, bias: true, padding: "zeros" } as const;

interface TransposedSpec {
  readonly channels: readonly [input: number, output: number];
  readonly size: readonly [width: number, height: number];
  readonly kernel: number;
  readonly stride: number;
  readonly offset: number;
  readonly bias: boolean;
  readonly padding: "zeros" | "replicate";
}

const specs: readonly TransposedSpec[] = [
  ...SIZES.map((size) => ({ ...ALWAYS, size })),
  // FSRCNN's kernel at each of its scales, centred and as its authors had it, and kernels no larger than the stride.
  ...(["zeros", "replicate"] as const).flatMap((padding) =>
    (
      [
        [9, 2, 4],
        [9, 3, 3],
        [9, 4, 4],
        [4, 2, 1],
        [3, 3, 0],
        [2, 4, 0],
        [5, 1, 2],
        [9, 4, 8],
      ] as const
    ).flatMap(([kernel, stride, offset]) =>
      ([[7, 5] as const, [1, 2] as const] as const).map((size) => ({
        ...ALWAYS,
        size,
        kernel,
        stride,
        offset,
        padding,
        bias: size[0] > 1,
      })),
    ),
  ),
  ...([[1, 1] as const, [12, 1] as const, [56, 1] as const, [5, 3] as const, [4, 7] as const] as const).map(
    (channels) => ({ ...ALWAYS, channels, size: [9, 5] as const }),
  ),
];

export const convTranspose2dCases: readonly OpCase<ConvTranspose2dAttributes>[] = specs.map((spec, index) => {
  const { channels, size, kernel, stride, offset, bias, padding } = spec;
  const [inChannels, outChannels] = channels;
  const weightScale = 2 ** -Math.floor(Math.log2(inChannels * kernel * kernel) / 2);
  return opCase<ConvTranspose2dAttributes>({
    op: convTranspose2d,
    name: `k${kernel} x${stride} at ${offset} ${channels.join("->")} ${size.join("x")} ${padding}${bias ? " bias" : ""}`,
    seed: 12_000 + index,
    inputs: [shapeOf(inChannels, size)],
    spec: { outChannels, kernel, stride, offset, bias, padding, weightScale },
    attributes: (random) => ({
      weight: randomParameter(random, "weight", [inChannels, outChannels, kernel, kernel], weightScale),
      bias: bias ? randomParameter(random, "bias", [outChannels]) : undefined,
      stride,
      offset,
      padding,
    }),
    tolerance: FLOAT32_TOLERANCE,
    magnitudes({ inputs, attributes }) {
      const absolute = (parameter: ConvTranspose2dAttributes["weight"]) => {
        const values = parameter.floats().map(Math.abs);
        return { ...parameter, floats: () => values };
      };
      return runReference(convTranspose2d, [tensor(inputs[0]!, inputs[0]!.data.map(Math.abs))], {
        ...attributes,
        weight: absolute(attributes.weight),
        bias: attributes.bias && absolute(attributes.bias),
      }).data;
    },
  });
});
