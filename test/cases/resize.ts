// Owns the cases of resize.

import type { Op } from "../../src/ops/op.js";
import {
  type ResizeAttributes,
  type ResizeFilter,
  type ResizeMode,
  type ResizeSize,
  resize,
  resizeTaps,
} from "../../src/ops/resize.js";
import type { Tensor } from "../../src/ops/tensor.js";
import { FLOAT32_TOLERANCE, type OpCase, opCase, shapeOf } from "./case.js";

type Size = readonly [width: number, height: number];

/** From and to: the same, up and down, whole and broken factors, both ways at once, single pixels and lines. */
const PAIRS: readonly (readonly [from: Size, to: Size])[] = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [1, 1],
    [5, 4],
  ],
  [
    [9, 7],
    [1, 1],
  ],
  [
    [2, 2],
    [3, 5],
  ],
  [
    [3, 2],
    [2, 3],
  ],
  [
    [4, 3],
    [8, 6],
  ],
  [
    [5, 3],
    [20, 12],
  ],
  [
    [8, 6],
    [4, 3],
  ],
  [
    [32, 24],
    [8, 6],
  ],
  [
    [32, 24],
    [24, 18],
  ],
  [
    [31, 17],
    [13, 5],
  ],
  [
    [13, 11],
    [33, 17],
  ],
  [
    [7, 5],
    [7, 5],
  ],
  [
    [16, 3],
    [5, 9],
  ],
  [
    [1, 9],
    [4, 4],
  ],
  [
    [9, 1],
    [4, 4],
  ],
];

const specs = (["bilinear", "bicubic", "imresize"] as const satisfies readonly ResizeMode[]).flatMap((mode) =>
  [false, true].flatMap((antialias) => [
    ...PAIRS.map(([from, to]) => ({ channels: 2, mode, antialias, from, to })),
    ...[1, 3, 5].map((channels) => ({ channels, mode, antialias, from: [6, 5] as const, to: [4, 9] as const })),
  ]),
);

/** Resizing to any size, as alpha is resized and as PyTorch's side is asked: the operation in graphs has a factor instead. */
export const resizeToSize: Op<ResizeFilter & ResizeSize> = {
  name: "resize",
  outputShape: ([input], { width, height }) => ({ channels: input!.channels, width, height }),
  flops: () => 0,
};

export const resizeToSizeCases = specs.map((spec, index) =>
  resizeCase(resizeToSize, spec, index, ({ mode, antialias, to: [width, height] }) => ({
    mode,
    antialias,
    width,
    height,
  })),
);

/** Those of them that one factor gives. */
export const resizeCases = specs.flatMap((spec, index) => {
  const factor = factorOf(spec.from, spec.to);
  if (factor === undefined) return [];
  return [resizeCase(resize, spec, index, ({ mode, antialias }): ResizeAttributes => ({ mode, antialias, factor }))];
});

function resizeCase<A extends ResizeFilter>(
  op: Op<A>,
  spec: (typeof specs)[number],
  index: number,
  attributesOf: (spec: (typeof specs)[number]) => A,
): OpCase<A> {
  const { channels, mode, antialias, from, to } = spec;
  const [width, height] = to;
  return opCase<A>({
    op,
    name: `${channels} ${mode}${antialias ? " antialias" : ""} ${from.join("x")} to ${width}x${height}`,
    seed: 9000 + index,
    inputs: [shapeOf(channels, from)],
    spec: { mode, antialias, width, height },
    attributes: () => attributesOf(spec),
    tolerance: FLOAT32_TOLERANCE,
    magnitudes: ({ inputs, attributes }) => magnitudes(inputs[0]!, attributes, { width, height }),
  });
}

function factorOf([fromX, fromY]: Size, [toX, toY]: Size): number | undefined {
  return [toX / fromX, toY / fromY].find(
    (factor) => Math.round(fromX * factor) === toX && Math.round(fromY * factor) === toY,
  );
}

function magnitudes(input: Tensor, { mode, antialias }: ResizeFilter, { width, height }: ResizeSize): Float32Array {
  const across = resizeTaps(mode, antialias, input.width, width);
  const down = resizeTaps(mode, antialias, input.height, height);
  return Float32Array.from({ length: input.channels * height * width }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    const plane = Math.floor(i / (width * height)) * input.height;
    let sum = 0;
    for (let j = 0; j < down.count; j++) {
      for (let k = 0; k < across.count; k++) {
        const at = (plane + down.start[y]! + j) * input.width + across.start[x]! + k;
        sum += Math.abs(down.weights[y * down.count + j]! * across.weights[x * across.count + k]! * input.data[at]!);
      }
    }
    return sum;
  });
}
