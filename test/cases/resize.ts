// Owns the cases of resize.

import { type ResizeAttributes, type ResizeMode, resize, resizeTaps } from "../../src/ops/resize.js";
import { FLOAT32_TOLERANCE, type OpCall, type OpCase, opCase, shapeOf } from "./case.js";

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

const specs = (["bilinear", "bicubic"] as const satisfies readonly ResizeMode[]).flatMap((mode) =>
  [false, true].flatMap((antialias) => [
    ...PAIRS.map(([from, to]) => ({ channels: 2, mode, antialias, from, to })),
    ...[1, 3, 5].map((channels) => ({ channels, mode, antialias, from: [6, 5] as const, to: [4, 9] as const })),
  ]),
);

export const resizeCases: readonly OpCase<ResizeAttributes>[] = specs.map(
  ({ channels, mode, antialias, from, to: [width, height] }, index) =>
    opCase<ResizeAttributes>({
      op: resize,
      name: `${channels} ${mode}${antialias ? " antialias" : ""} ${from.join("x")} to ${width}x${height}`,
      seed: 9000 + index,
      inputs: [shapeOf(channels, from)],
      spec: { mode, antialias, width, height },
      attributes: () => ({ mode, antialias, width, height }),
      tolerance: FLOAT32_TOLERANCE,
      magnitudes,
    }),
);

function magnitudes({ inputs, attributes }: OpCall<ResizeAttributes>): Float32Array {
  const input = inputs[0]!;
  const { mode, antialias, width, height } = attributes;
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
