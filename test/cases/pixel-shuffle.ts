// Owns the cases of pixel-shuffle.

import { type PixelShuffleAttributes, pixelShuffle, type ShuffleOrder } from "../../src/ops/pixel-shuffle.js";
import { type OpCase, opCase, SIZES, shapeOf } from "./case.js";

const ORDERS: readonly ShuffleOrder[] = ["pytorch", "tensorflow"];

const specs = ORDERS.flatMap((order) => [
  ...SIZES.filter(([width]) => width <= 33).map((size) => ({ channels: 3, size, factor: 2, order })),
  ...[1, 2, 3, 4].flatMap((factor) =>
    [1, 3, 5].map((channels) => ({ channels, size: [4, 3] as const, factor, order })),
  ),
]);

export const pixelShuffleCases: readonly OpCase<PixelShuffleAttributes>[] = specs.map(
  ({ channels, size, factor, order }, index) =>
    opCase<PixelShuffleAttributes>({
      op: pixelShuffle,
      name: `${channels} ${size.join("x")} factor ${factor} ${order}`,
      seed: 6000 + index,
      inputs: [shapeOf(channels * factor * factor, size)],
      spec: { factor, order },
      attributes: () => ({ factor, order }),
    }),
);
