// Owns the cases of leaky-relu.

import { type LeakyReluAttributes, leakyRelu } from "../../src/ops/leaky-relu.js";
import { FLOAT32_TOLERANCE, type OpCase, opCase, SIZES, shapeOf } from "./case.js";

const specs = [
  ...SIZES.map((size) => ({ channels: 3, size, slope: 0.2 })),
  ...[1, 4, 5, 7].map((channels) => ({ channels, size: [5, 3] as const, slope: 0.2 })),
  ...[0, 1, -0.5, 1.5].map((slope) => ({ channels: 5, size: [5, 3] as const, slope })),
];

export const leakyReluCases: readonly OpCase<LeakyReluAttributes>[] = specs.map(({ channels, size, slope }, index) =>
  opCase<LeakyReluAttributes>({
    op: leakyRelu,
    name: `${channels} ${size.join("x")} slope ${slope}`,
    seed: 2000 + index,
    inputs: [shapeOf(channels, size)],
    spec: { slope },
    attributes: () => ({ slope }),
    tolerance: FLOAT32_TOLERANCE,
  }),
);
