// Owns the cases of activate.

import { activate } from "../../src/ops/activate.js";
import type { CurvedActivation } from "../../src/ops/op.js";
import { FLOAT32_TOLERANCE, type OpCase, opCase, SIZES, shapeOf } from "./case.js";

const specs = (["tanh", "sigmoid"] as const satisfies readonly CurvedActivation["kind"][]).flatMap((kind) => [
  ...SIZES.map((size) => ({ kind, channels: 3, size })),
  ...[1, 4, 5, 7].map((channels) => ({ kind, channels, size: [5, 3] as const })),
]);

export const activateCases: readonly OpCase<CurvedActivation>[] = specs.map(({ kind, channels, size }, index) =>
  opCase<CurvedActivation>({
    op: activate,
    name: `${kind} ${channels} ${size.join("x")}`,
    seed: 12000 + index,
    inputs: [shapeOf(channels, size)],
    spec: { kind },
    attributes: () => ({ kind }),
    tolerance: FLOAT32_TOLERANCE,
    // The results are quotients of exponentials of about 1.
    magnitudes: ({ inputs: [input] }) => input!.data.map(() => 1),
  }),
);
