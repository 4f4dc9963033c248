// Convolutions of whose channel blocks an invocation computes fewer than its variant allows, as that
// number does not divide them. Which number it is instead: test/plan/choose-kernel.test.ts.

import { describe } from "vitest";
import type { ValueId } from "../../src/graph/graph.js";
import type { ConvVariant } from "../../src/ops/conv2d.kernels.js";
import type { RandomGraph } from "../cases/graphs.js";
import { type FusedCase, itMatches } from "./fused-case.js";
import { deviceFor } from "./variants.js";

// One pixel each, as SwiftShader compiles for seconds.
const ONE_PIXEL = { pixelsX: 1, pixelsY: 1, workgroupX: 8, workgroupY: 8, math: "f32" } as const;

const C = "conv2d";

const DIVIDED: readonly FusedCase[] = [
  ...[24, 56].map((channels) => ({
    name: `${channels} channels`,
    channels: 6,
    build: (g: RandomGraph, x: ValueId) => g.conv(x, channels, { activation: "prelu" }),
    runs: [C],
  })),
  // 9 blocks of the convolution, as many as the phases of a pixel.
  { name: "27 channels, shuffled", channels: 6, build: (g, x) => g.pixelShuffle(g.conv(x, 27), 3), runs: [C] },
];

const WITH_DIRECT: readonly FusedCase[] = [
  { name: "24 channels, upsampled", channels: 6, build: (g, x) => g.conv(g.upsample(x, 2), 24), runs: [C] },
  { name: "48 channels", channels: 6, build: (g, x) => g.conv(x, 48), runs: [C] },
];

describe.each([3, 4])("up to %i channel blocks", (channelBlocks) => {
  const only = (variant: ConvVariant) => ({ chooseConv: () => variant });
  describe.each(["unrolled", "looped"] as const)("direct, %s", (rows) => {
    itMatches([...DIVIDED, ...WITH_DIRECT], only({ kind: "direct", ...ONE_PIXEL, channelBlocks, rows }));
  });
  describe.each([4, 8] as const)("shared by %i lanes", (lanes) => {
    // A row of the workgroup is one subgroup at most.
    const tiling = { ...ONE_PIXEL, pixelsX: 2, workgroupX: lanes, workgroupY: 1 };
    const variant: ConvVariant = { kind: "shared", ...tiling, channelBlocks, rows: "rolling", lanes };
    itMatches(DIVIDED, only(variant), () => deviceFor(variant));
  });
  describe("winograd", () => {
    itMatches(DIVIDED, only({ kind: "winograd", workgroupX: 8, workgroupY: 8, channelBlocks, math: "f32" }));
  });
});
