// Owns the cases of upsample-nearest.

import { type UpsampleNearestAttributes, upsampleNearest } from "../../src/ops/upsample-nearest.js";
import { type OpCase, opCase, SIZES, shapeOf } from "./case.js";

const specs = [
  ...SIZES.filter(([width]) => width <= 33).map((size) => ({ channels: 3, size, factor: 2 })),
  ...[1, 2, 3, 4].flatMap((factor) => [1, 5, 7].map((channels) => ({ channels, size: [4, 3] as const, factor }))),
];

export const upsampleNearestCases: readonly OpCase<UpsampleNearestAttributes>[] = specs.map(
  ({ channels, size, factor }, index) =>
    opCase<UpsampleNearestAttributes>({
      op: upsampleNearest,
      name: `${channels} ${size.join("x")} factor ${factor}`,
      seed: 8000 + index,
      inputs: [shapeOf(channels, size)],
      spec: { factor },
      attributes: () => ({ factor }),
    }),
);
