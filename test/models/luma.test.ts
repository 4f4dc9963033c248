// Networks for luma in colour: what enlargeByLuma makes is held against Y'CbCr written out, gray against gray, and the graphs against
// what they should cost.

import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.js";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { fuse } from "../../src/graph/fuse.js";
import { runReference } from "../../src/graph/op-references.js";
import { reachOf } from "../../src/graph/reach.js";
import { detectNetwork } from "../../src/models/detect.js";
import { enlargeByLuma, type LumaRange } from "../../src/models/luma.js";
import { conv2d } from "../../src/ops/conv2d.js";
import { resizeTensor } from "../../src/ops/resize.reference.js";
import { type Tensor, tensor } from "../../src/ops/tensor.js";
import { type LumaKind, lumaWeights } from "../cases/networks.js";
import { randomTensor, seededRandom } from "../cases/random.js";

type Matrix = readonly (readonly [number, number, number])[];

const picture = (width: number, height: number): Tensor => {
  const random = randomTensor(seededRandom(3), { channels: 3, height, width });
  return tensor(
    random,
    random.data.map((value) => value / 2 + 0.5),
  );
};

/** BT.601: to Y'CbCr and, by the definition of its chroma, back. */
const COLOURS: { readonly [R in LumaRange]: { to: Matrix; offset: readonly number[]; back: Matrix } } = {
  studio: {
    to: [
      [65.481 / 255, 128.553 / 255, 24.966 / 255],
      [-37.797 / 255, -74.203 / 255, 112 / 255],
      [112 / 255, -93.786 / 255, -18.214 / 255],
    ],
    offset: [16 / 255, 128 / 255, 128 / 255],
    back: [
      [255 / 219, 0, (255 / 224) * 1.402],
      [255 / 219, (-255 / 224) * 1.772 * (0.114 / 0.587), (-255 / 224) * 1.402 * (0.299 / 0.587)],
      [255 / 219, (255 / 224) * 1.772, 0],
    ],
  },
  full: {
    to: [
      [0.299, 0.587, 0.114],
      [-0.299 / 1.772, -0.587 / 1.772, 0.5],
      [0.5, -0.587 / 1.402, -0.114 / 1.402],
    ],
    offset: [0, 0.5, 0.5],
    back: [
      [1, 0, 1.402],
      [1, -1.772 * (0.114 / 0.587), -1.402 * (0.299 / 0.587)],
      [1, 1.772, 0],
    ],
  },
};

function mixed(
  { data, ...shape }: Tensor,
  matrix: Matrix,
  before: readonly number[],
  after: readonly number[],
): Tensor {
  const pixels = shape.width * shape.height;
  const out = tensor(shape);
  for (let i = 0; i < pixels; i++) {
    matrix.forEach((row, c) => {
      out.data[c * pixels + i] = row.reduce((sum, w, k) => sum + w * (data[k * pixels + i]! - before[k]!), after[c]!);
    });
  }
  return out;
}

const NONE = [0, 0, 0];

describe("enlargeByLuma", () => {
  it.each(["studio", "full"] as const)("exchanges the luma in Y'CbCr: %s", (range) => {
    const scale = 3;
    const b = new GraphBuilder({ tensors: new Map(), metadata: {} });
    // A network that brightens: luma * 1.25, of the small picture, repeated.
    const network = (luma: number) =>
      b.scaledAdd("brighter", b.upsampleNearest("large", luma, scale), 0.25, b.upsampleNearest("again", luma, scale));
    const graph = b.build(enlargeByLuma(b, b.input(3), { scale, range, network }));
    const input = picture(7, 5);
    const { to, offset, back } = COLOURS[range];
    const small = mixed(input, to, NONE, offset);
    const size = { width: 7 * scale, height: 5 * scale };
    const large = resizeTensor(small, { mode: "imresize", antialias: false }, size);
    for (let y = 0; y < size.height; y++) {
      for (let x = 0; x < size.width; x++) {
        const from = Math.floor(y / scale) * 7 + Math.floor(x / scale);
        large.data[y * size.width + x] = 1.25 * small.data[from]!;
      }
    }
    const expected = mixed(large, back, offset, NONE);
    const actual = runOnCpu(graph, input);
    // The published matrices have six digits.
    expect(Math.max(...actual.data.map((value, i) => Math.abs(value - expected.data[i]!)))).toBeLessThan(2e-5);
  });
});

describe("SRCNN without padding", () => {
  const networkOf = (padding: string) => detectNetwork(lumaWeights("srcnn", { scale: 3, metadata: { padding } })).graph;
  const graph = networkOf("valid");
  const MARGIN = 6; // 9x9, 1x1 and 5x5 look 4, 0 and 2 pixels far

  it.each([
    [7, 5],
    [1, 1],
  ])("gives what the convolutions leave of the enlarged luma, whose edge goes on: %ix%i", (width, height) => {
    const { to, offset, back } = COLOURS.studio;
    const size = { width: 3 * width, height: 3 * height };
    const large = mixed(
      resizeTensor(picture(width, height), { mode: "imresize", antialias: false }, size),
      to,
      NONE,
      offset,
    );
    let luma = tensor({ channels: 1, width: size.width + 2 * MARGIN, height: size.height + 2 * MARGIN });
    luma.data.forEach((_, i) => {
      const inside = (at: number, end: number) => Math.min(Math.max(at - MARGIN, 0), end - 1);
      const y = inside(Math.floor(i / luma.width), size.height);
      luma.data[i] = large.data[y * size.width + inside(i % luma.width, size.width)]!;
    });
    for (const node of graph.nodes) {
      if (node.op !== "conv2d" || !node.name.startsWith("conv")) continue;
      luma = runReference(conv2d, [luma], { ...node.attributes, padding: "valid", grow: undefined });
    }
    expect([luma.width, luma.height]).toEqual([size.width, size.height]);
    large.data.set(luma.data);
    const expected = mixed(large, back, offset, NONE);
    const actual = runOnCpu(graph, picture(width, height));
    expect(Math.max(...actual.data.map((value, i) => Math.abs(value - expected.data[i]!)))).toBeLessThan(2e-5);
  });

  it.each([
    ["zeros", MARGIN],
    // The first convolution's edge goes on in both: they differ in what the last one, of 5x5, sees beyond.
    ["replicate", 2],
  ])("gives the pixels that %s give, but for %i at each edge", (padding, count) => {
    const valid = runOnCpu(graph, picture(13, 9));
    const { width, height, data } = runOnCpu(networkOf(padding), picture(13, 9));
    const differing = [...data.keys()].filter((i) => data[i] !== valid.data[i]);
    const atEdge = [...data.keys()].filter((i) => {
      const [x, y] = [i % width, Math.floor(i / width) % height];
      return Math.min(x, y, width - 1 - x, height - 1 - y) < count;
    });
    expect(differing).toEqual(atEdge);
  });

  it("takes no dispatch more", () => {
    const dispatches = (padding: string) => fuse(networkOf(padding)).nodes.map(({ op, name }) => `${op} ${name}`);
    expect(dispatches("valid")).toEqual(dispatches("replicate"));
    expect(reachOf(graph)).toBe(reachOf(networkOf("replicate")));
  });
});

describe.each(["srcnn", "fsrcnn", "espcn", "vdsr"] as const satisfies readonly LumaKind[])("%s", (kind) => {
  const { graph } = detectNetwork(lumaWeights(kind, { scale: 3 }));

  it("keeps gray gray to the last bit", () => {
    const gray = picture(9, 7);
    const pixels = 9 * 7;
    gray.data.copyWithin(pixels, 0, pixels).copyWithin(2 * pixels, 0, pixels);
    const { data } = runOnCpu(graph, gray);
    const plane = data.length / 3;
    expect(new Set(data.subarray(0, plane)).size).toBeGreaterThan(10);
    expect(data.subarray(plane, 2 * plane)).toEqual(data.subarray(0, plane));
    expect(data.subarray(2 * plane)).toEqual(data.subarray(0, plane));
  });
});

it.each([
  ["srcnn", 4],
  ["fsrcnn", 5],
  ["espcn", 4],
  ["vdsr", 3],
] as const)("%s looks %i pixels far", (kind, reach) => {
  expect(reachOf(detectNetwork(lumaWeights(kind, { scale: 3 })).graph)).toBe(reach);
});

it.each([
  ["srcnn", ["resize enlarged", "conv2d luma", "conv2d conv1", "conv2d conv2", "conv2d conv3", "conv2d shift"]],
  [
    "espcn",
    [
      "resize enlarged",
      "conv2d luma",
      "conv2d conv1",
      "conv2d conv2",
      "conv2d conv3",
      "pixel-shuffle shuffle",
      "conv2d shift",
    ],
  ],
] as const)("%s takes these dispatches", (kind, expected) => {
  const { nodes } = fuse(detectNetwork(lumaWeights(kind)).graph);
  expect(nodes.map(({ op, name }) => `${op} ${name}`)).toEqual(expected);
});

it("a transposed convolution costs a convolution of all its phases and a shuffle", () => {
  const { nodes } = fuse(detectNetwork(lumaWeights("fsrcnn", { scale: 3 })).graph);
  const deconv = nodes.find(({ name }) => name === "deconv");
  expect(deconv).toMatchObject({ op: "conv2d", weight: { shape: [9, 8, 3, 3] }, shuffle: { factor: 1 } });
  expect(nodes.some(({ op }) => op === "pixel-shuffle")).toBe(true);
});
