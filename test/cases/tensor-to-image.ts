// Owns the cases of tensor-to-image.

import { type Shape, type Tensor, tensor } from "../../src/ops/tensor.js";
import type { TensorToImageAttributes } from "../../src/ops/tensor-to-image.js";
import { SIZES, shapeOf } from "./case.js";
import { randomTensor, seededRandom } from "./random.js";

export interface TensorToImageCase {
  readonly name: string;
  readonly seed: number;
  readonly input: Shape;
  readonly attributes: TensorToImageAttributes;
  build(): Tensor;
}

type Size = readonly [width: number, height: number];

const specs: readonly {
  readonly from: 1 | 3;
  readonly to: 1 | 3;
  readonly bits: 8 | 16;
  readonly size: Size;
  readonly crop: Size;
}[] = [
  ...([1, 3] as const).flatMap((from) =>
    ([1, 3] as const).flatMap((to) =>
      ([8, 16] as const).map((bits) => ({ from, to, bits, size: [9, 7] as const, crop: [9, 7] as const })),
    ),
  ),
  ...SIZES.map((size) => ({ from: 3 as const, to: 3 as const, bits: 8 as const, size, crop: size })),
  ...(
    [
      [1, 1],
      [8, 7],
      [9, 6],
      [4, 3],
    ] as const
  ).map((crop) => ({
    from: 3 as const,
    to: 3 as const,
    bits: 16 as const,
    size: [9, 7] as const,
    crop,
  })),
];

export const tensorToImageCases: readonly TensorToImageCase[] = specs.map(({ from, to, bits, size, crop }, index) => {
  const seed = 11000 + index;
  const input = shapeOf(from, size);
  return {
    name: `${from} channels ${size.join("x")} to ${to} channels of ${bits} bits ${crop.join("x")}`,
    seed,
    input,
    attributes: { width: crop[0], height: crop[1], channels: to, bits },
    build: () =>
      tensor(
        input,
        randomTensor(seededRandom(seed), input).data.map((value) => value + 0.5),
      ),
  };
});
