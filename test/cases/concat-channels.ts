// Owns the cases of concat-channels.

import { concatChannels } from "../../src/ops/concat-channels.js";
import { type OpCase, opCase, SIZES, shapeOf } from "./case.js";

const specs = [
  ...SIZES.map((size) => ({ channels: [3, 2], size })),
  ...[[1], [5], [1, 1], [4, 4], [3, 5, 7], [1, 4, 3, 2], [64, 32, 32]].map((channels) => ({
    channels,
    size: [5, 3] as const,
  })),
];

export const concatChannelsCases: readonly OpCase<Record<string, never>>[] = specs.map(({ channels, size }, index) =>
  opCase<Record<string, never>>({
    op: concatChannels,
    name: `${channels.join("+")} ${size.join("x")}`,
    seed: 4000 + index,
    inputs: channels.map((count) => shapeOf(count, size)),
    attributes: () => ({}),
  }),
);
