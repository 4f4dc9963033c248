// Owns the cases of pixel-unshuffle.

import type { ShuffleForm, ShuffleOrder } from "../../src/ops/pixel-shuffle.js";
import { pixelUnshuffle } from "../../src/ops/pixel-unshuffle.js";
import { type OpCase, opCase, SIZES, shapeOf } from "./case.js";

const ORDERS: readonly ShuffleOrder[] = ["pytorch", "tensorflow"];

const specs = ORDERS.flatMap((order) => [
  ...SIZES.filter(([width]) => width <= 33).map((size) => ({ channels: 3, size, factor: 2, order })),
  ...[1, 2, 3, 4].flatMap((factor) =>
    [1, 3, 5].map((channels) => ({ channels, size: [4, 3] as const, factor, order })),
  ),
]);

/** The size is the output's. */
export const pixelUnshuffleCases: readonly OpCase<ShuffleForm>[] = specs.map(
  ({ channels, size: [width, height], factor, order }, index) =>
    opCase<ShuffleForm>({
      op: pixelUnshuffle,
      name: `${channels} ${width}x${height} factor ${factor} ${order}`,
      seed: 7000 + index,
      inputs: [shapeOf(channels, [width * factor, height * factor])],
      spec: { factor, order },
      attributes: () => ({ factor, order }),
    }),
);
