// Fused convolutions on the GPU against the graph as it was written, on the CPU: what is folded into a convolution, values
// that lie side by side, copies where they cannot. A binding that overlaps another fails the test by its validation error.

import { describe, it } from "vitest";
import { runTensorOnGpu } from "../../src/gpu/run-tensor.js";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import type { ValueId } from "../../src/graph/graph.js";
import { type ConvForm, type ConvVariant, supports } from "../../src/ops/conv2d.kernels.js";
import { LEAKY, type RandomGraph } from "../cases/graphs.js";
import { randomTensor, seededRandom } from "../cases/random.js";
import { randomGraph } from "../cases/random-graphs.js";
import { softwareDevice } from "./device.js";
import { expectNear, type FusedCase, itMatches } from "./fused-case.js";
import { convVariants, deviceFor, ofEachTile, readersOf } from "./variants.js";

const C = "conv2d";
const COPY = "concat-channels";

/** Two odd values beside the input, each made of all before it, then one convolution of everything. */
function denseBlock(g: RandomGraph, x: ValueId, growth: readonly number[]): ValueId[] {
  const made: ValueId[] = [];
  for (const channels of growth) made.push(g.conv([x, ...made], channels, { activation: LEAKY }));
  return made;
}

const CONCATENATIONS: readonly FusedCase[] = [
  { name: "2 inputs", build: (g, x) => g.conv([x, g.conv(x, 5)], 7), runs: [C, C] },
  {
    name: "2 inputs, the picture last",
    build: (g, x) => g.conv([g.conv(x, 5), x], 7),
    runs: [C, C],
  },
  {
    name: "3 inputs side by side",
    build: (g, x) => g.conv([x, ...denseBlock(g, x, [5, 6])], 3),
    runs: [C, C, C],
  },
  {
    name: "3 inputs, kernel 1",
    build: (g, x) => g.conv([x, ...denseBlock(g, x, [5, 9])], 3, { kernel: 1 }),
    runs: [C, C, C],
  },
  {
    name: "5 inputs side by side",
    channels: 7,
    build: (g, x) => g.conv([x, ...denseBlock(g, x, [5, 3, 6, 1])], 7),
    runs: [C, C, C, C, C],
  },
  {
    name: "5 inputs in their order and backwards: a copy",
    build(g, x) {
      const made = denseBlock(g, x, [5, 3, 6, 1]);
      return g.conv([g.conv([x, ...made], 7), ...made.reverse()], 4);
    },
    runs: [C, C, C, C, C, COPY, C],
  },
  {
    name: "4 inputs of which two lists want different neighbours: a copy",
    build(g, x) {
      const [a, b, c] = [1, 5, 2].map((channels) => g.conv(x, channels)) as [ValueId, ValueId, ValueId];
      return g.conv([g.conv([x, a, b, c], 3), b, a, c], 4);
    },
    runs: [C, C, C, C, COPY, C],
  },
  {
    name: "3 inputs that belong to two lists, no copy",
    build(g, x) {
      const [a, b, c] = [1, 5, 2].map((channels) => g.conv(x, channels)) as [ValueId, ValueId, ValueId];
      return g.conv([x, g.conv([x, a, b], 3), g.conv([x, b, c], 3)], 4);
    },
    runs: [C, C, C, C, C, C],
  },
  {
    name: "one value twice",
    build: (g, x) => {
      const a = g.conv(x, 5);
      return g.conv([a, a], 3);
    },
    runs: [C, C],
  },
  {
    name: "one value twice among others: a copy",
    build: (g, x) => {
      const [a, b] = [g.conv(x, 5), g.conv(x, 2)];
      return g.conv([a, b, a, b], 3);
    },
    runs: [C, C, COPY, C],
  },
  {
    name: "a concatenation in a concatenation",
    build(g, x) {
      const [a, b] = [g.conv(x, 5), g.conv(x, 2)];
      return g.conv([g.concat([x, a]), b], 3);
    },
    runs: [C, C, C],
  },
  {
    name: "as the output",
    build: (g, x) => g.concat([g.conv(x, 5), x, g.conv(x, 2)]),
    runs: [C, C, COPY],
  },
  {
    name: "upsampled",
    build: (g, x) => g.conv(g.upsample(g.concat([x, ...denseBlock(g, x, [5, 6])]), 2), 3),
    runs: [C, C, C],
  },
  {
    name: "a block after a block, in the memory of the first",
    channels: 6,
    build(g, x) {
      let y = x;
      for (let n = 0; n < 3; n++) y = g.scaledAdd(g.conv([y, ...denseBlock(g, y, [5, 5])], 6), 0.2, y);
      return y;
    },
    runs: new Array(9).fill(C),
  },
];

const EPILOGUES: readonly FusedCase[] = [
  {
    name: "an activation, then a scaled addition",
    channels: 5,
    build: (g, x) => g.scaledAdd(g.activate(g.conv(x, 5), LEAKY), 0.2, x),
    runs: [C],
  },
  {
    name: "a prelu of its own, then a scaled addition",
    channels: 5,
    build: (g, x) => g.scaledAdd(g.activate(g.conv(x, 5), "prelu"), -1.5, x),
    runs: [C],
  },
  {
    name: "a scaled addition the other way round",
    channels: 5,
    build: (g, x) => g.scaledAdd(x, 0.3, g.conv(x, 5, { activation: "prelu" })),
    runs: [C],
  },
  {
    name: "two residuals",
    channels: 5,
    build(g, x) {
      const a = g.conv(x, 5);
      return g.scaledAdd(g.scaledAdd(g.conv(a, 5, { activation: LEAKY }), 0.7, a), 0.2, x);
    },
    runs: [C, C],
  },
  {
    name: "the chain of RRDB: 0.2 and 0.2",
    channels: 5,
    build(g, x) {
      const a = g.scaledAdd(g.conv(x, 5), 0.2, x);
      return g.scaledAdd(g.scaledAdd(g.conv(a, 5), 0.2, a), 0.2, x);
    },
    runs: [C, C],
  },
  {
    name: "the same residual twice",
    channels: 5,
    build: (g, x) => g.scaledAdd(g.scaledAdd(g.conv(x, 5), 0.2, x), 0.5, x),
    runs: [C],
  },
  {
    name: "three residuals, the third by itself",
    channels: 5,
    build(g, x) {
      const a = g.conv(x, 5);
      const b = g.scaledAdd(g.scaledAdd(g.conv(a, 5), 0.2, x), 0.2, a);
      return g.scaledAdd(b, 3, x);
    },
    runs: [C, C, "scaled-add"],
  },
  {
    name: "the sum of two convolutions",
    build: (g, x) => g.scaledAdd(g.conv(x, 5, { activation: LEAKY }), 0.2, g.conv(x, 5, { activation: "prelu" })),
    runs: [C, C],
  },
  {
    name: "a residual of a lower scale",
    channels: 5,
    build: (g, x) => g.scaledAdd(g.conv(g.upsample(x, 4), 5), 0.2, g.upsample(x, 4)),
    runs: [C],
  },
  {
    name: "two residuals of different scales",
    channels: 5,
    build(g, x) {
      const a = g.conv(g.upsample(x, 2), 5, { activation: LEAKY });
      return g.scaledAdd(g.scaledAdd(g.conv(a, 5), 0.5, g.upsample(x, 2)), 0.5, a);
    },
    runs: [C, C],
  },
  {
    name: "two residuals of lower scales",
    channels: 5,
    build(g, x) {
      const a = g.conv(g.upsample(x, 2), 5, { activation: LEAKY });
      const y = g.conv(g.upsample(a, 2), 5);
      return g.scaledAdd(g.scaledAdd(y, 0.5, g.upsample(a, 2)), 0.5, g.upsample(x, 4));
    },
    runs: [C, C],
  },
  ...([2, 3, 4] as const).flatMap((factor) =>
    (["pytorch", "tensorflow"] as const).map(
      (order): FusedCase => ({
        name: `a shuffle by ${factor} in ${order}'s order on a residual of the lower scale`,
        build(g, x) {
          const y = g.pixelShuffle(g.conv(x, 3 * factor ** 2), factor, order);
          return g.scaledAdd(y, 1, g.upsample(x, factor));
        },
        runs: [C],
      }),
    ),
  ),
  ...(["pytorch", "tensorflow"] as const).map(
    (order): FusedCase => ({
      name: `a prelu, then a shuffle of 5 channels in ${order}'s order, then an addition`,
      build(g, x) {
        const y = g.pixelShuffle(g.conv(x, 5 * 4, { activation: "prelu" }), 2, order);
        return g.scaledAdd(y, 0.5, g.conv(g.upsample(x, 2), 5));
      },
      runs: [C, C],
    }),
  ),
  {
    name: "a shuffle, then a prelu by itself",
    build: (g, x) => g.activate(g.pixelShuffle(g.conv(x, 20), 2), "prelu"),
    runs: [C, "prelu"],
  },
  {
    name: "an addition, then an activation and a shuffle by themselves",
    channels: 8,
    build: (g, x) => g.pixelShuffle(g.activate(g.scaledAdd(g.conv(x, 8), 0.2, x), LEAKY), 2),
    runs: [C, "leaky-relu", "pixel-shuffle"],
  },
  {
    name: "a convolution that others use too, activated by itself",
    build(g, x) {
      const a = g.conv(x, 5);
      return g.scaledAdd(g.activate(a, LEAKY), 0.5, a);
    },
    runs: [C, "leaky-relu", "scaled-add"],
  },
  {
    name: "a convolution added to itself",
    build(g, x) {
      const a = g.conv(x, 5);
      return g.scaledAdd(a, 0.5, a);
    },
    runs: [C, "scaled-add"],
  },
  {
    name: "a second activation by itself",
    build: (g, x) => g.activate(g.conv(x, 5, { activation: LEAKY }), "prelu"),
    runs: [C, "prelu"],
  },
  {
    name: "ESRGAN+: additions within the growth of a dense block",
    channels: 6,
    build(g, x) {
      const g1 = g.conv(x, 5, { activation: LEAKY });
      const one = g.conv(x, 5, { kernel: 1, bias: false });
      const g2 = g.scaledAdd(one, 1, g.conv([x, g1], 5, { activation: LEAKY }));
      const g3 = g.conv([x, g1, g2], 5, { activation: LEAKY });
      const g4 = g.scaledAdd(g.conv([x, g1, g2, g3], 5, { activation: LEAKY }), 1, g2);
      return g.scaledAdd(g.conv([x, g1, g2, g3, g4], 6), 0.2, x);
    },
    runs: [C, C, C, C, C, C],
  },
  {
    name: "a residual beside the output, in the same memory",
    build(g, x) {
      const g1 = g.conv(x, 5);
      const g2 = g.scaledAdd(g.conv(x, 5), 1, g1);
      const g3 = g.scaledAdd(g.conv([x, g2], 5), 1, g1);
      return g.conv([x, g1, g2, g3], 3);
    },
    runs: [C, C, C, C],
  },
  {
    name: "a network of scale 1",
    build: (g, x) => g.scaledAdd(g.pixelShuffle(g.conv(g.conv(x, 8, { activation: "prelu" }), 3), 1), 1, x),
    runs: [C, C],
  },
  {
    name: "a picture that is unshuffled and shuffled",
    channels: 3,
    size: [6, 4],
    build: (g, x) => g.scaledAdd(g.pixelShuffle(g.conv(g.pixelUnshuffle(x, 2), 12), 2), 0.5, x),
    runs: ["pixel-unshuffle", C],
  },
];

const UPSAMPLING = [2, 3, 4].flatMap((factor) =>
  [1, 3, 5].map((kernel) => ({
    factor,
    kernel,
    case: {
      name: `upsampled ${factor} times, kernel ${kernel}`,
      build: (g: RandomGraph, x: ValueId) => g.conv(g.upsample(x, factor), 5, { kernel, activation: LEAKY }),
      runs: [C],
    } satisfies FusedCase,
  })),
);

// Wider reach at one size than at the other, and every way in which a workgroup may overhang: tiles of 16x8 to 64x64 pixels.
const SIZES = [
  [1, 1],
  [1, 9],
  [9, 1],
  [7, 5],
  [31, 15],
  [32, 16],
  [33, 17],
  [63, 7],
  [64, 8],
  [65, 33],
] as const;

/** Something of everything. */
function small(g: RandomGraph, x: ValueId): ValueId {
  const a = g.conv(x, 6, { kernel: 5 });
  const b = g.scaledAdd(g.conv([a, ...denseBlock(g, a, [5, 5])], 6), 0.2, a);
  const up = g.conv(g.upsample(b, 2), 12, { activation: "prelu" });
  return g.scaledAdd(g.pixelShuffle(up, 2), 1, g.upsample(x, 4));
}

/** One convolution of kernel 3 with everything that it may have: three sources, slopes, a shuffle and two residuals. */
function allAtOnce(g: RandomGraph, x: ValueId): ValueId {
  const stem = (from: ValueId, channels: number) => g.conv(from, channels, { kernel: 1 });
  const [a, b] = [stem(x, 6), stem(x, 5)];
  // The picture between them keeps its own place, and so all three theirs.
  const y = g.pixelShuffle(g.conv([a, x, b], 20, { activation: "prelu" }), 2, "tensorflow");
  return g.scaledAdd(g.scaledAdd(y, 0.5, g.upsample(b, 2)), 0.7, stem(g.upsample(x, 2), 5));
}

/** As in unpadded.test.ts, of kernel 3 and two channel blocks alone: variants take seconds to compile, and two pipelines do here. */
function unpaddedSmall(g: RandomGraph, x: ValueId): ValueId {
  const padded = g.conv(g.conv(x, 5, { kernel: 1 }), 8, { padding: "replicate", grow: 3 });
  const valid = { padding: "valid", activation: LEAKY } as const;
  return g.conv(g.conv(g.conv(padded, 8, valid), 6, valid), 7, valid);
}

const WITHOUT_PADDING: readonly FusedCase[] = [
  { name: "without padding, 59x25", size: [59, 25], build: unpaddedSmall, runs: [C, C, C, C, C] },
  { name: "without padding, 1x1", size: [1, 1], build: unpaddedSmall, runs: [C, C, C, C, C] },
];

const PLAIN = { chooseConv: (): ConvVariant => ({ kind: "plain" }) };

// What is folded and where it lies is the same for every variant: the plain one compiles in a fraction of the time.
describe("concatenations", () => itMatches(CONCATENATIONS, PLAIN));
describe("epilogues", () => itMatches(EPILOGUES, PLAIN));

// Variants that differ by their workgroup alone are told apart in ops.test.ts: here one of them is enough.
const VARIANTS = ofEachTile(convVariants("f32"));
const READERS = readersOf(VARIANTS);

describe.each(VARIANTS)("%s", (name, variant) => {
  const only = (kernel: number) => (form: ConvForm) =>
    form.kernel >= kernel && supports(variant, form, "f32") ? variant : ({ kind: "plain" } as const);
  itMatches(
    [
      { name: "all at once, 65x33", size: [65, 33], build: allAtOnce, runs: [C, C, C, C] },
      { name: "all at once, 1x1", size: [1, 1], build: allAtOnce, runs: [C, C, C, C] },
      ...(READERS.has(name) ? WITHOUT_PADDING : []),
    ],
    { chooseConv: only(3) },
    () => deviceFor(variant),
  );
  const canUpsample = UPSAMPLING.filter(
    ({ kernel, factor }) =>
      (kernel === 3 || READERS.has(name)) && supports(variant, { kernel, upsample: factor, shuffle: 1 }, "f32"),
  );
  itMatches(
    canUpsample.map((each) => each.case),
    { chooseConv: only(1) },
    () => deviceFor(variant),
  );
});

describe("random graphs", () => {
  it.concurrent.each(Array.from({ length: 12 }, (_, seed) => seed))("%i", async (seed) => {
    const graph = randomGraph(seed + 100);
    const { channels } = graph.values[graph.input]!;
    const input = randomTensor(seededRandom(seed), { channels, height: 3, width: 5 });
    const actual = await runTensorOnGpu(await softwareDevice(), graph, input, PLAIN);
    expectNear(actual.data, runOnCpu(graph, input).data, 2e-5);
  });
});

describe("the device's own variants", () => {
  itMatches(SIZES.map((size) => ({ name: size.join("x"), size, build: small, runs: [C, C, C, C, C] })));
});

describe("packed f16", () => {
  itMatches([{ name: "something of everything", build: small, runs: [C, C, C, C, C] }], {
    ...PLAIN,
    storage: "packed-f16",
  });
});
