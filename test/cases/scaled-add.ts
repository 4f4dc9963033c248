// Owns the cases of scaled-add.

import { type ScaledAddAttributes, scaledAdd } from "../../src/ops/scaled-add.js";
import { FLOAT32_TOLERANCE, type OpCase, opCase, SIZES, shapeOf } from "./case.js";

const specs = [
  ...SIZES.map((size) => ({ channels: 3, size, alpha: 0.2 })),
  ...[1, 4, 5, 7].map((channels) => ({ channels, size: [5, 3] as const, alpha: 0.2 })),
  ...[0, 1, -1.5].map((alpha) => ({ channels: 5, size: [5, 3] as const, alpha })),
];

export const scaledAddCases: readonly OpCase<ScaledAddAttributes>[] = specs.map(({ channels, size, alpha }, index) =>
  opCase<ScaledAddAttributes>({
    op: scaledAdd,
    name: `${channels} ${size.join("x")} alpha ${alpha}`,
    seed: 5000 + index,
    inputs: [shapeOf(channels, size), shapeOf(channels, size)],
    spec: { alpha },
    attributes: () => ({ alpha }),
    tolerance: FLOAT32_TOLERANCE,
    magnitudes: ({ inputs }) => inputs[0]!.data.map((x, i) => Math.abs(alpha * x) + Math.abs(inputs[1]!.data[i]!)),
  }),
);
