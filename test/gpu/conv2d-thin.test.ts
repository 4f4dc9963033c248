// Direct convolutions that leave padding out or sum rows of large kernels in halves, against the CPU: few channels in, one out, kernels of
// 5x5 and 9x9, at one pixel and at more than a tile has.

import { describe, it } from "vitest";
import { runTensorOnGpu } from "../../src/gpu/run-tensor.js";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import type { ValueId } from "../../src/graph/graph.js";
import type { ConvVariant } from "../../src/ops/conv2d.kernels.js";
import { DEFAULT_CAPABILITIES } from "../../src/plan/capabilities.js";
import { CONV_RULES, chooseConv, variantsOf } from "../../src/plan/choose-kernel.js";
import type { Storage } from "../../src/shaders/kernel.js";
import { LEAKY, RandomGraph } from "../cases/graphs.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { f16Device, softwareDevice } from "./device.js";
import { expectNear } from "./fused-case.js";

type Build = (g: RandomGraph, x: ValueId) => ValueId;

const replicated: Build = (g, x) =>
  g.conv(g.conv(x, 1, { kernel: 1 }), 5, { kernel: 9, padding: "replicate", activation: "prelu" });

const CASES: readonly [name: string, channels: number, build: Build][] = [
  ["1->9 5x5 prelu", 1, (g, x) => g.conv(x, 9, { kernel: 5, activation: "prelu" })],
  ["1->5 9x9", 1, (g, x) => g.conv(x, 5, { kernel: 9, activation: LEAKY })],
  ["2->5 3x3", 2, (g, x) => g.conv(x, 5)],
  ["3->8 9x9 prelu", 3, (g, x) => g.conv(x, 8, { kernel: 9, activation: "prelu" })],
  ["3->1 1x1", 3, (g, x) => g.conv(x, 1, { kernel: 1 })],
  ["1->1 3x3", 1, (g, x) => g.conv(x, 1)],
  ["9->1 5x5", 9, (g, x) => g.conv(x, 1, { kernel: 5 })],
  ["6->1 9x9", 6, (g, x) => g.conv(x, 1, { kernel: 9 })],
  ["9->5 5x5", 9, (g, x) => g.conv(x, 5, { kernel: 5, activation: "prelu" })],
  ["12->5 1x1 prelu", 12, (g, x) => g.conv(x, 5, { kernel: 1, activation: "prelu" })],
  ["1->5 upsampled", 1, (g, x) => g.conv(g.upsample(x, 2), 5)],
  ["5->1 upsampled", 5, (g, x) => g.conv(g.upsample(x, 2), 1)],
  ["two inputs of one channel", 1, (g, x) => g.conv([x, g.conv(x, 1)], 4, { kernel: 5 })],
  ["9->1 9x9 transposed", 9, (g, x) => g.convTranspose(x, 1, { kernel: 9, stride: 2 })],
  ["3->1->5 9x9 replicate prelu", 3, replicated],
];

const SIZES = [
  { width: 1, height: 1 },
  { width: 37, height: 6 },
];

// Few pixels and channels, as software adapters compile for seconds.
const TILE = { kind: "direct", pixelsX: 2, pixelsY: 2, channelBlocks: 1, workgroupX: 16, workgroupY: 4 } as const;

interface How {
  readonly variant: ConvVariant;
  readonly storage: Storage;
  readonly tolerance: number;
  readonly open: () => Promise<GPUDevice | undefined>;
  readonly sizes?: typeof SIZES;
}

const f32 = { storage: "f32", tolerance: 2e-5, open: softwareDevice } as const;
const HOW: readonly [name: string, how: How][] = [
  ["unrolled", { ...f32, variant: { ...TILE, channelBlocks: 2, rows: "unrolled", math: "f32" } }],
  ["looped", { ...f32, variant: { ...TILE, rows: "looped", math: "f32" } }],
  [
    "with uniform weights and whole outputs",
    { ...f32, variant: { ...TILE, rows: "unrolled", math: "f32", weights: "uniform", outputs: "whole" } },
  ],
  ["spread", { ...f32, variant: { ...TILE, columns: "spread", rows: "unrolled", math: "f32" } }],
  [
    "looped and spread, with uniform weights",
    { ...f32, variant: { ...TILE, columns: "spread", rows: "looped", math: "f32", weights: "whole-uniform" } },
  ],
  [
    "with packed halves in uniforms",
    {
      variant: { ...TILE, channelBlocks: 2, rows: "unrolled", math: "f32", weights: "uniform" },
      storage: "packed-f16",
      tolerance: 1e-2,
      open: softwareDevice,
    },
  ],
  [
    "in halves",
    { variant: { ...TILE, rows: "unrolled", math: "f16" }, storage: "f16", tolerance: 1e-2, open: f16Device },
  ],
];

const ONE_TAP = { ...TILE, pixelsX: 4, pixelsY: 1, channelBlocks: 3, rows: "unrolled", math: "f16" } as const;

describe.each(HOW)("direct, %s", (_, how) => {
  itMatches(CASES, how);
});

// In floats, as lavapipe takes 100 s for it in halves; those are tried with fewer blocks.
const WINOGRAD = { kind: "winograd", channelBlocks: 3, workgroupX: 16, workgroupY: 4, math: "f32" } as const;

describe("winograd, three blocks", () => {
  const cases: typeof CASES = [["7->12 prelu", 7, (g, x) => g.conv(x, 12, { activation: "prelu" })]];
  const sizes = [{ width: 9, height: 7 }];
  itMatches(cases, { ...f32, variant: WINOGRAD, sizes });
});

describe("direct, three blocks in halves", () => {
  const cases: typeof CASES = [["7->12 1x1 prelu", 7, (g, x) => g.conv(x, 12, { kernel: 1, activation: "prelu" })]];
  itMatches(cases, { variant: ONE_TAP, storage: "f16", tolerance: 1e-2, open: f16Device });
  const uniform = { ...ONE_TAP, pixelsY: 2, weights: "uniform" } as const;
  itMatches(cases, { variant: uniform, storage: "f16", tolerance: 1e-2, open: f16Device });
});

// Seven blocks, three, and four by the other tile.
const NVIDIA_ONE_TAP = chooseConv(
  { ...DEFAULT_CAPABILITIES, vendor: "nvidia" },
  { kernel: 1, upsample: 1, shuffle: 1 },
  "f32",
  0,
);

describe("direct, NVIDIA's for one tap", () => {
  const conv = (channels: number, out: number): (typeof CASES)[number] => [
    `${channels}->${out} 1x1 prelu`,
    channels,
    (g, x) => g.conv(x, out, { kernel: 1, activation: "prelu" }),
  ];
  itMatches([conv(12, 56), conv(56, 12), conv(7, 31), conv(3, 3)], { ...f32, variant: NVIDIA_ONE_TAP });
});

const WITH_OTHER_TILE = variantsOf(CONV_RULES).filter(
  (variant) => variant.kind === "direct" && variant.other && variant !== NVIDIA_ONE_TAP,
);

describe.each(WITH_OTHER_TILE)("direct, with the other tile $other", (variant) => {
  const cases: typeof CASES = [["12->12 prelu", 12, (g, x) => g.conv(x, 12, { activation: "prelu" })]];
  // lavapipe takes seconds for it at any size.
  const sizes = [{ width: 9, height: 7 }];
  itMatches(cases, { variant, storage: "f16", tolerance: 1e-2, open: f16Device, sizes });
  itMatches(cases, { ...f32, variant: { ...variant, math: "f32" } as ConvVariant, sizes });
});

function itMatches(cases: typeof CASES, { variant, storage, tolerance, open, sizes = SIZES }: How): void {
  it.concurrent.for(cases)("%s", { timeout: 300_000 }, async ([, channels, build], { skip }) => {
    const device = await open();
    if (!device) return skip("no adapter can run it");
    const g = new RandomGraph(5);
    const graph = g.build(build(g, g.input(channels)));
    for (const size of sizes) {
      const input = randomTensor(seededRandom(6), { channels, ...size });
      const actual = await runTensorOnGpu(device, graph, input, { storage, chooseConv: () => variant });
      expectNear(actual.data, runOnCpu(graph, input).data, tolerance);
    }
  });
}
