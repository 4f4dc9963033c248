import { describe, expect, it } from "vitest";
import { runOnCpu } from "../../src/graph/cpu-executor.js";
import { detectNetwork } from "../../src/models/detect.js";
import type { Network } from "../../src/models/network.js";
import { type TensorMap, WeightTensor } from "../../src/weights/tensor-map.js";
import {
  altered,
  compactWeights,
  type KeyLayout,
  lumaWeights,
  rdnWeights,
  rrdbWeights,
  rrdnWeights,
} from "../cases/networks.js";
import { randomTensor, seededRandom } from "../cases/random.js";

const LAYOUTS: readonly KeyLayout[] = ["real-esrgan", "esrgan", "old-arch"];

/** What of a network is told apart, without its graph. */
function facts({ graph, ...network }: Network): Omit<Network, "graph"> {
  return network;
}

function renamed(map: TensorMap, rename: (name: string) => string): TensorMap {
  return { ...map, tensors: new Map([...map.tensors].map(([name, tensor]) => [rename(name), tensor])) };
}

describe("detectNetwork", () => {
  const colour = { inputChannels: 3, outputChannels: 3, multiple: 1 } as const;
  it.each([
    ["RRDBNet", rrdbWeights({ blocks: 3 }), { ...colour, architecture: "rrdbnet", scale: 4, blocks: 3 }],
    ["RRDBNet 1x", rrdbWeights({ ups: 0 }), { ...colour, architecture: "rrdbnet", scale: 1, blocks: 1 }],
    ["RRDBNet 8x", rrdbWeights({ ups: 3 }), { ...colour, architecture: "rrdbnet", scale: 8, blocks: 1 }],
    [
      "RRDBNet 2x of 12 channels",
      rrdbWeights({ unshuffle: 2 }),
      { ...colour, architecture: "rrdbnet", scale: 2, blocks: 1, multiple: 2 },
    ],
    [
      "RRDBNet 1x of 48 channels",
      rrdbWeights({ unshuffle: 4 }),
      { ...colour, architecture: "rrdbnet", scale: 1, blocks: 1, multiple: 4 },
    ],
    [
      "RRDBNet of one channel in and out, unshuffled",
      rrdbWeights({ unshuffle: 2, channels: 1 }),
      { architecture: "rrdbnet", scale: 2, blocks: 1, multiple: 2, inputChannels: 1, outputChannels: 1 },
    ],
    [
      "RRDBNet 3x by its metadata",
      rrdbWeights({ ups: 1, metadata: { scale: "3" } }),
      { ...colour, architecture: "rrdbnet", scale: 3, blocks: 1 },
    ],
    [
      "RRDBNet 2x of 12 channels, which its metadata says as well",
      rrdbWeights({ unshuffle: 2, metadata: { scale: "2" } }),
      { ...colour, architecture: "rrdbnet", scale: 2, blocks: 1, multiple: 2 },
    ],
    ["RRDN", rrdnWeights({ scale: 4, blocks: 2 }), { ...colour, architecture: "rrdn", scale: 4, blocks: 2 }],
    ["RDN", rdnWeights({ scale: 3, blocks: 3 }), { ...colour, architecture: "rdn", scale: 3, blocks: 3 }],
    ["Compact", compactWeights({ blocks: 5 }), { ...colour, architecture: "compact", scale: 4, blocks: 5 }],
    ["Compact 1x", compactWeights({ scale: 1 }), { ...colour, architecture: "compact", scale: 1, blocks: 1 }],
    [
      "Compact of one channel",
      compactWeights({ scale: 3, channels: 1 }),
      { architecture: "compact", scale: 3, blocks: 1, multiple: 1, inputChannels: 1, outputChannels: 1 },
    ],
    ["SRCNN", lumaWeights("srcnn", { scale: 3 }), { ...colour, architecture: "srcnn", scale: 3, blocks: 1 }],
    ["FSRCNN", lumaWeights("fsrcnn", { scale: 4 }), { ...colour, architecture: "fsrcnn", scale: 4, blocks: 3 }],
    ["ESPCN", lumaWeights("espcn", { scale: 3 }), { ...colour, architecture: "espcn", scale: 3, blocks: 1 }],
    ["VDSR", lumaWeights("vdsr"), { ...colour, architecture: "vdsr", scale: 2, blocks: 2 }],
  ])("knows %s", (_, weights, expected) => {
    expect(facts(detectNetwork(weights))).toEqual(expected);
  });

  it.each(
    [
      { blocks: 2, ups: 2 },
      { ups: 0 },
      { ups: 1, plus: true },
      { ups: 3, unshuffle: 2 },
      { blocks: 12, features: 4, growth: 4 },
    ].flatMap((options) => LAYOUTS.map((layout) => [layout, options] as const)),
  )("reads %s's names: %o", (layout, options) => {
    const expected = detectNetwork(rrdbWeights(options));
    const found = detectNetwork(rrdbWeights({ ...options, layout }));
    expect(facts(found)).toEqual(facts(expected));
    expect(found.graph.nodes.map(({ op, name }) => [op, name])).toEqual(
      expected.graph.nodes.map(({ op, name }) => [op, name]),
    );
    const input = randomTensor(seededRandom(1), { channels: 3, height: 4, width: 4 });
    expect(runOnCpu(found.graph, input).data).toEqual(runOnCpu(expected.graph, input).data);
  });

  it.each(["module.", "netG.", "generator."])("takes the prefix %s from all names", (prefix) => {
    const map = renamed(rrdbWeights({ layout: "esrgan" }), (name) => prefix + name);
    expect(detectNetwork(map).architecture).toBe("rrdbnet");
    const partly = renamed(rrdbWeights(), (name) => (name === "conv_hr.bias" ? name : prefix + name));
    expect(() => detectNetwork(partly)).toThrow(expect.objectContaining({ code: "unsupported-model" }));
  });

  it("shares tensors, not copies of them", () => {
    const weights = rrdbWeights({ layout: "old-arch" });
    const { graph } = detectNetwork(weights);
    const [first] = graph.nodes;
    expect(first).toMatchObject({ op: "conv2d", name: "conv_first" });
    expect((first!.attributes as { weight: unknown }).weight).toBe(weights.tensors.get("model.0.weight"));
  });
});

describe("refusals of what is no network", () => {
  const supported =
    "supported are RRDBNet (ESRGAN, Real-ESRGAN, ESRGAN+), RRDN, RDN, SRVGGNetCompact, SRCNN, FSRCNN, ESPCN, VDSR, SRResNet, SRGAN, MSRResNet and EDSR";

  it.each([
    ["nothing", [], "The weights hold no tensors"],
    [
      "a network with attention (SwinIR)",
      [
        "conv_first.weight",
        "layers.0.residual_group.blocks.0.attn.qkv.weight",
        "layers.0.residual_group.blocks.0.attn.relative_position_bias_table",
        "conv_last.weight",
      ],
      "The weights are those of SwinIR, which is not supported",
    ],
    [
      "an RRDBNet without its last convolution",
      ["conv_first.weight", "body.0.rdb1.conv1.weight", "conv_body.weight", "conv_hr.weight"],
      "The weights hold 4 tensors (conv_first.weight, body.0.rdb1.conv1.weight, conv_body.weight, ...) of a network that is not known",
    ],
  ])("%s", (_, names, message) => {
    const tensors = new Map(names.map((name) => [name, new WeightTensor(name, [1], new Float32Array(1))]));
    expect(() => detectNetwork({ tensors, metadata: {} })).toThrow(
      expect.objectContaining({ code: "unsupported-model", message: `${message}; ${supported}` }),
    );
  });
});

describe("refusals of weights that do not fit their network", () => {
  it.each([
    [
      "unsupported-model",
      lumaWeights("srcnn", { metadata: { scale: undefined, luma: undefined, padding: undefined } }),
      "The weights are those of an SRCNN and do not tell its scale, the range of its luma and what lies beyond a picture's edge: state it with tools/convert-weights.py --scale N --luma studio or full --padding zeros, replicate or valid",
    ],
    [
      "unsupported-model",
      lumaWeights("fsrcnn", { metadata: { scale: undefined } }),
      "The weights are those of an FSRCNN and do not tell its scale: state it with tools/convert-weights.py --scale N",
    ],
    [
      "unsupported-model",
      lumaWeights("fsrcnn", { metadata: { padding: undefined } }),
      "The weights are those of an FSRCNN and do not tell what lies beyond a picture's edge: state it with tools/convert-weights.py --padding zeros or replicate",
    ],
    [
      "bad-weights",
      lumaWeights("fsrcnn", { metadata: { padding: "valid" } }),
      'The metadata says padding = "valid", expected zeros or replicate',
    ],
    [
      "bad-weights",
      lumaWeights("srcnn", { metadata: { padding: "same" } }),
      'The metadata says padding = "same", expected zeros, replicate or valid',
    ],
    [
      "bad-weights",
      lumaWeights("espcn", { metadata: { luma: "video" } }),
      'The metadata says luma = "video", expected studio or full',
    ],
    [
      "bad-weights",
      lumaWeights("espcn", { metadata: { scale: "3" } }),
      "The metadata says scale 3, conv3.weight gives 2",
    ],
    ["bad-weights", lumaWeights("vdsr", { metadata: { scale: "17" } }), "The metadata says scale 17, expected 1 to 16"],
    [
      "bad-weights",
      lumaWeights("fsrcnn", { metadata: { deconv_padding: "9" } }),
      "The metadata says deconv_padding 9, expected at most 8",
    ],
    [
      "bad-weights",
      altered(lumaWeights("fsrcnn"), { "deconv.weight": [7, 1, 9, 9] }),
      "Tensor deconv.weight has shape [7,1,9,9], expected [8,1,9,9]",
    ],
    [
      "bad-weights",
      altered(lumaWeights("espcn"), { "conv3.weight": [5, 4, 3, 3], "conv3.bias": [5] }),
      "conv3.weight gives 5 channels, expected 1 times the square of a scale",
    ],
    [
      "unsupported-model",
      altered(lumaWeights("vdsr"), { "conv9.weight": [1, 8, 3, 3] }),
      "The weights look like a VDSR but hold 1 tensors it has no place for, such as conv9.weight",
    ],
    [
      "bad-weights",
      altered(rrdbWeights(), { "body.0.rdb2.conv3.bias": undefined }),
      "Tensor body.0.rdb2.conv3.bias is missing, expected [4]",
    ],
    [
      "bad-weights",
      altered(rrdbWeights(), { "body.0.rdb2.conv3.weight": undefined }),
      "Tensor body.0.rdb2.conv3.weight is missing, expected [O,16,K,K] with an odd K",
    ],
    [
      "bad-weights",
      altered(rrdbWeights(), { "body.0.rdb1.conv2.weight": [4, 8, 3, 3] }),
      "Tensor body.0.rdb1.conv2.weight has shape [4,8,3,3], expected [4,12,3,3]",
    ],
    [
      "bad-weights",
      altered(rrdbWeights(), { "body.0.rdb1.conv1.weight": [4, 8, 1, 3] }),
      "Tensor body.0.rdb1.conv1.weight has shape [4,8,1,3], expected [4,8,1,1]",
    ],
    [
      "bad-weights",
      altered(rrdbWeights(), { "conv_first.weight": [8, 3, 3] }),
      "Tensor conv_first.weight has shape [8,3,3], expected 4 dimensions",
    ],
    [
      "bad-weights",
      altered(rrdbWeights(), { "conv_body.weight": [7, 8, 3, 3], "conv_body.bias": [7] }),
      "skip (scaled-add): conv_body (7 channels at scale 1) and conv_first (8 channels at scale 1) differ in channels",
    ],
    [
      "bad-weights",
      altered(rrdbWeights({ plus: true }), { "body.0.rdb3.conv1x1.weight": undefined }),
      "Tensor body.0.rdb3.conv1x1.weight is missing, expected [O,8,K,K] with an odd K",
    ],
    [
      "unsupported-model",
      altered(rrdbWeights(), { "conv_up4.weight": [8, 8, 3, 3], "conv_extra.weight": [1, 1, 1, 1] }),
      "The weights look like an RRDBNet but hold 2 tensors it has no place for, such as conv_up4.weight",
    ],
    [
      "unsupported-model",
      altered(rrdbWeights({ blocks: 3 }), { "body.1.rdb1.conv1.weight": undefined }),
      "The weights look like an RRDBNet but hold 59 tensors it has no place for, such as body.1.rdb1.conv1.bias",
    ],
    [
      "unsupported-model",
      altered(rrdbWeights(), { "conv_last.weight": [4, 8, 3, 3], "conv_last.bias": [4] }),
      "conv_last.weight gives pictures of 4 channels, expected 1 or 3",
    ],
    [
      "unsupported-model",
      altered(rrdbWeights(), { "conv_first.weight": [8, 27, 3, 3] }),
      "conv_first takes 27 channels and conv_last gives 3, expected 1, 4 or 16 times as many",
    ],
    [
      "unsupported-model",
      altered(rrdbWeights({ ups: 1 }), { "conv_first.weight": [8, 48, 3, 3] }),
      "The network unshuffles its input by 4 but has 1 up-convolutions, too few to give the size back",
    ],
    [
      "bad-weights",
      rrdbWeights({ metadata: { scale: "3" } }),
      "The metadata says scale 3, which 2 up-convolutions and an unshuffle of 1 cannot give",
    ],
    [
      "bad-weights",
      rrdbWeights({ metadata: { scale: "four" } }),
      'The metadata says scale = "four", expected a positive integer',
    ],
    [
      "bad-weights",
      rrdnWeights({ metadata: { activation: "gelu" } }),
      'The metadata says activation = "gelu", expected relu or leaky-relu',
    ],
    [
      "bad-weights",
      altered(rrdnWeights(), { "conv_shuffle.weight": [10, 8, 3, 3], "conv_shuffle.bias": [10] }),
      "conv_shuffle.weight gives 10 channels, expected 3 times the square of a scale",
    ],
    [
      "unsupported-model",
      altered(rrdnWeights(), { "conv_hq.bias": [3] }),
      "The weights look like an RRDN but hold 1 tensors it has no place for, such as conv_hq.bias",
    ],
    [
      "unsupported-model",
      altered(rrdnWeights(), { "conv_first.weight": [8, 4, 3, 3] }),
      "conv_first.weight gives pictures of 4 channels, expected 1 or 3",
    ],
    [
      "unsupported-model",
      rdnWeights({ metadata: { scale: undefined, range: undefined } }),
      "The weights are those of an RDN and do not tell its scale and the range of its values: state it with tools/convert-weights.py --scale N --range 1 or 255",
    ],
    [
      "bad-weights",
      rdnWeights({ scale: 2, metadata: { scale: "3" }, isShuffled: true }),
      "The metadata says scale 3, the shuffle of its up-convolutions gives 2",
    ],
    [
      "unsupported-model",
      altered(rdnWeights(), { "rdb.2.lff.weight": [6, 14, 1, 1] }),
      "The weights look like an RDN but hold 1 tensors it has no place for, such as rdb.2.lff.weight",
    ],
    [
      "bad-weights",
      altered(compactWeights({ blocks: 2 }), { "body.3.weight": undefined }),
      "Tensor body.3.weight is missing, expected [8]",
    ],
    [
      "bad-weights",
      altered(compactWeights(), { "body.1.weight": [1] }),
      "Tensor body.1.weight has shape [1], expected [8]",
    ],
    [
      "bad-weights",
      altered(compactWeights(), { "body.5.weight": [8] }),
      "The last tensor is body.5.weight, expected a convolution at an even index",
    ],
    [
      "bad-weights",
      altered(compactWeights(), { "body.4.weight": [47, 8, 3, 3], "body.4.bias": [47] }),
      "body.4.weight gives 47 channels, expected 3 times the square of a scale",
    ],
    ["bad-weights", compactWeights({ metadata: { scale: "2" } }), "The metadata says scale 2, body.4.weight gives 4"],
    [
      "unsupported-model",
      altered(compactWeights(), { "head.weight": [3] }),
      "The weights look like an SRVGGNetCompact but hold 1 tensors it has no place for, such as head.weight",
    ],
    [
      "unsupported-model",
      altered(compactWeights(), { "body.0.weight": [8, 2, 3, 3] }),
      "body.0.weight gives pictures of 2 channels, expected 1 or 3",
    ],
  ])("%s: %#", (code, map, message) => {
    expect(() => detectNetwork(map)).toThrow(expect.objectContaining({ code, message }));
  });

  it("tells the tensor by Real-ESRGAN's name in the message, whatever the file's layout", () => {
    const map = altered(rrdbWeights({ layout: "old-arch" }), { "model.1.sub.0.RDB2.conv3.0.bias": undefined });
    expect(() => detectNetwork(map)).toThrow("Tensor body.0.rdb2.conv3.bias is missing");
  });
});
