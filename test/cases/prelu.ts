// Owns the cases of prelu.

import { type PreluAttributes, prelu } from "../../src/ops/prelu.js";
import { FLOAT32_TOLERANCE, type OpCase, opCase, SIZES, shapeOf } from "./case.js";
import { randomParameter } from "./random.js";

const specs = [
  ...SIZES.map((size) => ({ channels: 3, size })),
  ...[1, 4, 5, 7, 64].map((channels) => ({ channels, size: [5, 3] as const })),
];

export const preluCases: readonly OpCase<PreluAttributes>[] = specs.map(({ channels, size }, index) =>
  opCase<PreluAttributes>({
    op: prelu,
    name: `${channels} ${size.join("x")}`,
    seed: 3000 + index,
    inputs: [shapeOf(channels, size)],
    // Slopes from -2 to 2: trained ones are also negative and above 1.
    attributes: (random) => ({ slopes: randomParameter(random, "slopes", [channels], 2) }),
    tolerance: FLOAT32_TOLERANCE,
  }),
);
