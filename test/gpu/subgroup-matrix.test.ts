// Convolutions by subgroup matrices against the CPU, on any device that offers them.

import { describe } from "vitest";
import type { ValueId } from "../../src/graph/graph.js";
import type { ConvForm, ConvVariant } from "../../src/ops/conv2d.kernels.js";
import type { RandomGraph } from "../cases/graphs.js";
import { LEAKY } from "../cases/graphs.js";
import { MATRIX_VARIANTS } from "../cases/matrix-variants.js";
import { f16Device, matrixDeviceFor } from "./device.js";
import { withoutMatrices } from "./emulated-matrices.js";
import { type FusedCase, itMatches } from "./fused-case.js";

const C = "conv2d";

const ALL_AT_ONCE: FusedCase = {
  name: "all at once: three sources, slopes, a shuffle and two residuals",
  size: [33, 9],
  build: allAtOnce,
  runs: [C, C, C, C],
};

const CASES: readonly FusedCase[] = [
  { name: "whole matrices", channels: 16, size: [16, 8], build: (g, x) => g.conv(x, 32), runs: [C] },
  { name: "channels that fill no matrix", channels: 3, size: [9, 5], build: (g, x) => g.conv(x, 3), runs: [C] },
  {
    name: "more than one group, and an odd number of blocks",
    channels: 20,
    size: [33, 17],
    build: (g, x) => g.conv(x, 52, { activation: "prelu" }),
    runs: [C],
  },
  { name: "one pixel", channels: 5, size: [1, 1], build: (g, x) => g.conv(x, 7, { activation: LEAKY }), runs: [C] },
  { name: "kernel 1", channels: 9, build: (g, x) => g.conv(x, 24, { kernel: 1, bias: false }), runs: [C] },
  { name: "kernel 5", channels: 6, build: (g, x) => g.conv(x, 9, { kernel: 5 }), runs: [C] },
  {
    name: "a dense block: sources that end within a matrix, one of them beside the output",
    channels: 6,
    size: [11, 7],
    build(g, x) {
      const made: ValueId[] = [];
      for (let n = 0; n < 3; n++) made.push(g.conv([x, ...made], 5, { activation: LEAKY }));
      return g.scaledAdd(g.conv([x, ...made], 6), 0.2, x);
    },
    runs: [C, C, C, C],
  },
  ALL_AT_ONCE,
];

/** 18 blocks of output channels, which no number of matrices of 16 divides. */
function allAtOnce(g: RandomGraph, x: ValueId): ValueId {
  const stem = (from: ValueId, channels: number) => g.conv(from, channels, { kernel: 1 });
  const [a, b] = [stem(x, 6), stem(x, 5)];
  const y = g.pixelShuffle(g.conv([a, x, b], 45, { activation: "prelu" }), 3, "tensorflow");
  return g.scaledAdd(g.scaledAdd(y, 0.5, g.upsample(b, 3)), 0.7, stem(g.upsample(x, 3), 5));
}

const SIZES = "$m x $n x $k in subgroups of $subgroup";

const only = (variant: ConvVariant, fromKernel = 1) => ({
  storage: "f16" as const,
  chooseConv: ({ upsample, kernel }: ConvForm): ConvVariant =>
    upsample === 1 && kernel >= fromKernel ? variant : { kind: "plain" },
});

describe.each(MATRIX_VARIANTS)(`${SIZES}`, (variant) => {
  itMatches(CASES, only(variant), () => matrixDeviceFor(variant));
});

// How pixels and weights are indexed, on a device without matrices: all sizes, of which no device has more than one or two.
describe.each([...MATRIX_VARIANTS, { ...MATRIX_VARIANTS[3]!, matricesX: 2 }])(
  `${SIZES}, $matricesX beside one another, by loops`,
  (variant) => {
    // Compilers of software adapters take seconds for each matrix.
    const small = { ...variant, rows: "looped", matricesY: Math.min(variant.matricesY, 2) } as const;
    itMatches([ALL_AT_ONCE], only(small, 3), async () => {
      const device = await f16Device();
      if (device) runWithoutMatrices(device);
      return device;
    });
  },
);

const patched = new WeakSet<GPUDevice>();

function runWithoutMatrices(device: GPUDevice): void {
  if (patched.has(device)) return;
  patched.add(device);
  const create = device.createShaderModule.bind(device);
  device.createShaderModule = (descriptor) => create({ ...descriptor, code: withoutMatrices(descriptor.code) });
}
