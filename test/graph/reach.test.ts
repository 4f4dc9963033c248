import { describe, expect, it } from "vitest";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import type { Graph, ValueId } from "../../src/graph/graph.js";
import { reachOf } from "../../src/graph/reach.js";
import { detectNetwork } from "../../src/models/detect.js";
import { tensor } from "../../src/ops/tensor.js";
import { LEAKY, RandomGraph } from "../cases/graphs.js";
import { compactWeights, rrdbWeights, rrdnWeights } from "../cases/networks.js";
import { randomTensor, seededRandom } from "../cases/random.js";

function graph(build: (g: RandomGraph, x: ValueId) => ValueId): Graph {
  const g = new RandomGraph(1);
  return g.build(build(g, g.input(4)));
}

const networkGraph = (weights: ReturnType<typeof rrdbWeights>) => detectNetwork(weights).graph;

describe("the reach", () => {
  it.each([
    // One pixel for each of the convolutions: the first, 32 and the last.
    ["general-x4v3", networkGraph(compactWeights({ blocks: 32 })), 34],
    ["RRDN: 3 dense blocks of 4 convolutions, 3 others, 1 of 2x", networkGraph(rrdnWeights()), 3 * 4 + 3 + 1],
    // The trunk's first, 15 and last. Then 4k - 3 of 4x is 2k - 2 of 2x, 2k - 3 is k - 2 of the trunk: two more.
    ["RRDBNet of one block", networkGraph(rrdbWeights()), 17 + 2],
    ["RRDBNet of six blocks", networkGraph(rrdbWeights({ blocks: 6 })), 2 + 90 + 2],
    // Trunk pixels are two of the picture's: output 4p lies in 2p and sees the trunk's p - 19, which begins at 2p - 38.
    ["RRDBNet that unshuffles by 2", networkGraph(rrdbWeights({ unshuffle: 2 })), 38],
    // Output 4p lies in 4p and sees 4 (p - 19); the scale is 1.
    ["RRDBNet that unshuffles by 4", networkGraph(rrdbWeights({ unshuffle: 4 })), 76],
  ])("of %s", (_, network, expected) => {
    expect(reachOf(network)).toBe(expected);
  });

  const bicubic = { mode: "bicubic", antialias: false } as const;
  const bilinear = { mode: "bilinear", antialias: false } as const;
  it.each([
    ["nothing", graph((_, x) => x), 0],
    [
      "an ESPCN: 2 + 1 + 1",
      graph((g, x) => {
        const y = g.conv(g.conv(x, 4, { kernel: 5, activation: { kind: "tanh" } }), 4, {
          activation: { kind: "tanh" },
        });
        return g.pixelShuffle(g.conv(y, 12), 2);
      }),
      4,
    ],
    ["the longer of two ways", graph((g, x) => g.scaledAdd(g.conv(g.conv(x, 4), 4), 1, g.conv(x, 4))), 2],
    [
      "the longer of two ways, the other first",
      graph((g, x) => g.scaledAdd(g.conv(x, 4), 1, g.conv(g.conv(x, 4), 4))),
      2,
    ],
    // Output 1 lies in pixel 0, and its block is pixels 0 and 1; output 0's neighbour on the left is the block before.
    ["an unshuffle and a shuffle", graph((g, x) => g.pixelShuffle(g.pixelUnshuffle(x, 2), 2)), 1],
    ["an unshuffle by 4 alone: an output is its own four pixels", graph((g, x) => g.pixelUnshuffle(x, 4)), 0],
    ["a convolution of unshuffled pixels", graph((g, x) => g.conv(g.pixelUnshuffle(x, 2), 4)), 2],
    ["a convolution after upsampling by 3", graph((g, x) => g.conv(g.upsample(x, 3), 4)), 1],
    ["one of 5x5 after upsampling by 2", graph((g, x) => g.conv(g.upsample(x, 2), 4, { kernel: 5 })), 1],
    // 0 lies at -0.25: between -1 and 0, or among -2 to 1.
    ["bilinear by 2", graph((g, x) => g.resize(x, { ...bilinear, factor: 2 })), 1],
    ["bicubic by 2", graph((g, x) => g.resize(x, { ...bicubic, factor: 2 })), 2],
    // 1 lies at 0.5, between its own two pixels; 0 at -1/6.
    ["bilinear by 1.5", graph((g, x) => g.resize(x, { ...bilinear, factor: 1.5 })), 1],
    // 0 lies at 0.5: the two pixels it covers.
    ["bilinear by 1/2", graph((g, x) => g.resize(x, { ...bilinear, factor: 0.5 })), 0],
    // 0 lies at 1: the middle of the three that it covers, where the cubic's other weights are zero.
    ["bicubic by 1/3", graph((g, x) => g.resize(x, { ...bicubic, factor: 1 / 3 })), 0],
    // 0 lies at 0.5 and takes all less than 4 away: -3 to 4.
    ["antialiased bicubic by 1/2", graph((g, x) => g.resize(x, { ...bicubic, antialias: true, factor: 0.5 })), 3],
  ])("of %s", (_, each, expected) => {
    expect(reachOf(each)).toBe(expected);
  });

  it("is refused where scales have nothing in common", () => {
    const odd = graph((g, x) => g.resize(x, { ...bilinear, factor: Math.SQRT2 }));
    expect(() => reachOf(odd)).toThrow(expect.objectContaining({ code: "internal" }));
  });

  it.each(Array.from({ length: 40 }, (_, seed) => seed))("of random graph %i is how far a change is seen", (seed) => {
    const each = randomScales(seed);
    expect(reachOf(each)).toBe(measuredReach(each));
  });
});

/** At every scale so many pixels are a whole number. */
const PERIOD = 12;

/** Convolutions and all that changes the scale, between 1/4 and 2. */
function randomScales(seed: number): Graph {
  const random = seededRandom(seed);
  const g = new RandomGraph(seed);
  let value = { id: g.conv(g.input(1), 4, { kernel: 1 + 2 * (random() % 2) }), scale: 1 };
  for (let step = 0; step < 4; step++) {
    const { id, scale } = value;
    const choices: [factor: number, build: () => ValueId][] = [
      [1, () => g.conv(id, 4, { kernel: 3, activation: LEAKY })],
      [1, () => g.scaledAdd(g.conv(id, 4, { kernel: 5 }), 0.5, id)],
      [2, () => g.upsample(id, 2)],
      [2, () => g.conv(g.pixelShuffle(id, 2), 4)],
      [1 / 2, () => g.conv(g.pixelUnshuffle(id, 2), 4, { kernel: 1 })],
      ...[2, 3 / 2, 2 / 3, 1 / 2, 1 / 3].map((factor): [number, () => ValueId] => {
        const mode = random() % 2 ? "bicubic" : "bilinear";
        const antialias = random() % 2 === 1;
        return [factor, () => g.resize(id, { mode, antialias, factor })];
      }),
    ];
    const possible = choices.filter(([factor]) => {
      const pixels = PERIOD * scale * factor;
      return scale * factor >= 1 / 4 && scale * factor <= 2 && Math.abs(pixels - Math.round(pixels)) < 1e-9;
    });
    const [factor, build] = possible[random() % possible.length]!;
    value = { id: build(), scale: scale * factor };
  }
  return g.build(value.id);
}

/** How far from a changed column of the input columns of the output change. */
function measuredReach(each: Graph): number {
  const width = 12 * PERIOD;
  const input = randomTensor(seededRandom(1), { channels: 1, height: PERIOD, width });
  const before = runOnCpu(each, input);
  const scale = before.width / width;
  let reach = 0;
  for (let column = 6 * PERIOD; column < 7 * PERIOD; column++) {
    const changed = input.data.map((value, i) => (i % width === column ? value + 1e4 : value));
    const after = runOnCpu(each, tensor(input, changed)).data;
    for (let i = 0; i < after.length; i++) {
      if (after[i] === before.data[i]) continue;
      const x = i % before.width;
      const first = Math.floor(x / scale + 1e-9);
      const last = Math.ceil((x + 1) / scale - 1e-9) - 1;
      reach = Math.max(reach, first - column, column - last);
    }
  }
  return reach;
}
