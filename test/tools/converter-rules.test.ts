// tools/convert-weights.py and the library, given the same networks: one takes what the other takes, and both say the same of it.
// Needs python3.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EsrganError } from "../../src/errors.js";
import { type Model, readModel } from "../../src/models/model.js";
import type { TensorMap } from "../../src/weights/tensor-map.js";
import {
  altered,
  compactWeights,
  edsrWeights,
  lumaWeights,
  rdnWeights,
  residualWeights,
  rrdbWeights,
  rrdnWeights,
} from "../cases/networks.js";
import { pthFile, type Stored, storedTensors } from "../weights/pth-file.js";
import { serializeSafetensors } from "../weights/safetensors-file.js";
import { useConverter } from "./converter-process.js";

const tools = useConverter("converter-rules-");

/** A network's facts, or undefined where it is refused. */
type Verdict = { readonly architecture: string; readonly scale: number; readonly blocks: number } | undefined;

const factsOf = ({ network: { architecture, scale, blocks } }: Model): Verdict => ({ architecture, scale, blocks });

async function libraryVerdict(file: Uint8Array): Promise<Verdict> {
  try {
    return factsOf(await readModel(file));
  } catch (error) {
    if (!(error instanceof EsrganError)) throw error;
    expect(["bad-weights", "unsupported-model"]).toContain(error.code);
    return undefined;
  }
}

/** The converter's verdict, which the library shares of the file that it wrote. */
async function converterVerdict(file: Uint8Array, name: string): Promise<Verdict> {
  const [input, output] = [join(tools.folder, name), join(tools.folder, "out.safetensors")];
  writeFileSync(input, file);
  const { status, stderr } = await tools.converter.ask({ convert: [input, "-o", output, "--dtype", "f32"] });
  if (status !== 0) {
    expect(stderr).toMatch(/^convert-weights\.py: error: [^\n]+\n$/);
    return undefined;
  }
  const model = await readModel(new Uint8Array(readFileSync(output)));
  const { architecture, scale, blocks } = model.metadata;
  expect({ architecture, scale: Number(scale), blocks: Number(blocks) }).toEqual(factsOf(model));
  return factsOf(model);
}

const NORMS = ["weight", "bias", "running_mean", "running_var"];
/** An SRGAN's, whose body ends in a normalisation in place of slopes. */
const normalizedBody = () =>
  altered(
    residualWeights("srgan"),
    Object.fromEntries([["block3.1.weight", [4]], ...NORMS.slice(1).map((part) => [`block3.1.${part}`, [4]])]),
  );
const noNorms = () =>
  altered(
    residualWeights("srgan"),
    Object.fromEntries(["bn1", "bn2"].flatMap((norm) => NORMS.map((part) => [`block2.${norm}.${part}`, undefined]))),
  );

const TAKEN: readonly (readonly [name: string, weights: TensorMap])[] = [
  ["RRDBNet", rrdbWeights({ blocks: 2 })],
  ["RRDBNet in the layout of ESRGAN", rrdbWeights({ layout: "esrgan" })],
  ["RRDBNet in the layout of the first ESRGAN code", rrdbWeights({ layout: "old-arch", ups: 3 })],
  ["RRDBNet without ups", rrdbWeights({ ups: 0 })],
  ["RRDBNet of gray", rrdbWeights({ channels: 1 })],
  ["RRDBNet, unshuffled by 4", rrdbWeights({ unshuffle: 4 })],
  ["ESRGAN+", rrdbWeights({ plus: true })],
  ["ESRGAN+ in the layout of the first ESRGAN code", rrdbWeights({ plus: true, layout: "old-arch" })],
  ["RRDBNet 3x by its metadata", rrdbWeights({ ups: 1, metadata: { scale: "3" } })],
  ["RRDBNet 3x by its up_factor", rrdbWeights({ ups: 1, metadata: { up_factor: "3" } })],
  ["RRDBNet with others' metadata", rrdbWeights({ ups: 1, metadata: { format: "pt", scale: "3", activation: "x" } })],
  ["RRDBNet with ReLU", rrdbWeights({ metadata: { format: "esrgan-webgpu", activation: "relu", scale: "4" } })],
  [
    "RRDBNet with one growth that is larger",
    altered(rrdbWeights({ growth: 4 }), {
      "body.0.rdb3.conv4.weight": [5, 20, 3, 3],
      "body.0.rdb3.conv4.bias": [5],
      "body.0.rdb3.conv5.weight": [8, 25, 3, 3],
    }),
  ],
  ["RRDBNet with a kernel of 5", altered(rrdbWeights(), { "conv_hr.weight": [8, 8, 5, 5] })],
  ["RRDBNet with a kernel of 1", altered(rrdbWeights(), { "body.0.rdb1.conv2.weight": [4, 12, 1, 1] })],
  [
    "RRDBNet with a narrower end",
    altered(rrdbWeights(), {
      "conv_up2.weight": [6, 8, 3, 3],
      "conv_up2.bias": [6],
      "conv_hr.weight": [2, 6, 3, 3],
      "conv_hr.bias": [2],
      "conv_last.weight": [3, 2, 3, 3],
    }),
  ],
  ["RRDN", rrdnWeights({ blocks: 2, scale: 3 })],
  ["RRDN of two dense blocks of three", rrdnWeights({ denseBlocks: 2, convs: 3 })],
  ["RRDN of dense blocks of one", rrdnWeights({ convs: 1 })],
  ["RRDN of gray", rrdnWeights({ channels: 1 })],
  ["RDN", rdnWeights({ blocks: 3, convs: 1, scale: 4 })],
  ["RDN, shuffled", rdnWeights({ scale: 3, isShuffled: true, metadata: { range: "255" } })],
  ["RDN of gray", rdnWeights({ channels: 1 })],
  ["Compact", compactWeights({ blocks: 3 })],
  ["Compact of gray", compactWeights({ channels: 1, scale: 3 })],
  ["the smallest Compact", compactWeights({ blocks: 0, scale: 1, features: 1 })],
  ["Compact with others' metadata", compactWeights({ metadata: { format: "pt", scale: "7" } })],
  ["SRCNN", lumaWeights("srcnn", { scale: 3 })],
  ["SRCNN padded with zeros", lumaWeights("srcnn", { metadata: { padding: "zeros", luma: "full" } })],
  ["SRCNN without padding", lumaWeights("srcnn", { metadata: { padding: "valid" } })],
  ["FSRCNN", lumaWeights("fsrcnn", { scale: 4 })],
  ["FSRCNN with its own padding", lumaWeights("fsrcnn", { metadata: { deconv_padding: "3" } })],
  ["ESPCN", lumaWeights("espcn", { scale: 3 })],
  ["VDSR", lumaWeights("vdsr")],
  [
    "VDSR without biases",
    altered(lumaWeights("vdsr"), Object.fromEntries([1, 2, 3, 4].map((n) => [`conv${n}.bias`, undefined]))),
  ],
  ["SRGAN", residualWeights("srgan")],
  [
    "SRGAN of a later training, without biases in its blocks",
    altered(residualWeights("srgan"), { "block2.conv1.bias": undefined }),
  ],
  [
    "SRGAN with a slope for each channel",
    altered(residualWeights("srgan"), { "block1.1.weight": [4], "block4.0.prelu.weight": [4] }),
  ],
  ["SRGAN that confirms its scale", { ...residualWeights("srgan"), metadata: { scale: "2" } }],
  ["SRGAN whose body ends in a normalisation", normalizedBody()],
  ["SRResNet", residualWeights("srresnet")],
  ["SRResNet with a bias", altered(residualWeights("srresnet"), { "convolution1.bias": [4] })],
  [
    "SRResNet of gray",
    altered(residualWeights("srresnet"), {
      "convolution0.weight": [4, 1, 9, 9],
      "convolution5.weight": [1, 4, 9, 9],
      "convolution5.bias": [1],
    }),
  ],
  ["EDSR", edsrWeights()],
  ["EDSR 3x", altered(edsrWeights(), { "convolution4.weight": [36, 4, 3, 3], "convolution4.bias": [36] })],
];

const channels = (count: number) => ({ "conv_last.weight": [count, 8, 3, 3], "conv_last.bias": [count] });

const REFUSED: readonly (readonly [name: string, weights: TensorMap])[] = [
  ["RRDBNet of 4 channels", altered(rrdbWeights(), channels(4))],
  ["RRDBNet of 4 channels in and out", rrdbWeights({ channels: 4 })],
  ["RRDBNet of 2 channels in and out", rrdbWeights({ channels: 2 })],
  ["RRDBNet of 5 input channels", altered(rrdbWeights(), { "conv_first.weight": [8, 5, 3, 3] })],
  ["RRDBNet of no channels", altered(rrdbWeights(), { "conv_hr.weight": [0, 8, 3, 3], "conv_hr.bias": [0] })],
  ["RRDBNet with an even kernel", altered(rrdbWeights(), { "conv_hr.weight": [8, 8, 2, 2] })],
  ["RRDBNet with an oblong kernel", altered(rrdbWeights(), { "conv_hr.weight": [8, 8, 3, 1] })],
  ["RRDBNet with a tensor of 3 dimensions", altered(rrdbWeights(), { "conv_hr.weight": [8, 8, 9] })],
  ["RRDBNet with a short bias", altered(rrdbWeights(), { "conv_hr.bias": [7] })],
  ["RRDBNet without a bias", altered(rrdbWeights(), { "conv_hr.bias": undefined })],
  ["RRDBNet without its last convolution", altered(rrdbWeights(), { "conv_last.weight": undefined })],
  ["RRDBNet with a tensor more", altered(rrdbWeights(), { "conv_hq.weight": [1] })],
  ["RRDBNet with a block missing", altered(rrdbWeights({ blocks: 3 }), { "body.1.rdb1.conv1.weight": undefined })],
  ["HRconv beside conv_hr", altered(rrdbWeights({ layout: "esrgan" }), { "conv_hr.weight": [8, 8, 3, 3] })],
  ["HRconv beside Real-ESRGAN's names", altered(rrdbWeights(), { "HRconv.weight": [8, 8, 3, 3] })],
  ["trunk_conv beside conv_body", altered(rrdbWeights({ layout: "esrgan" }), { "conv_body.bias": [8] })],
  [
    "a trunk of other channels than the first convolution",
    altered(rrdbWeights(), { "conv_body.weight": [7, 8, 3, 3], "conv_body.bias": [7] }),
  ],
  [
    "ESRGAN+ that adds other channels",
    altered(rrdbWeights({ plus: true }), { "body.0.rdb1.conv1x1.weight": [5, 8, 1, 1] }),
  ],
  [
    "ESRGAN+ in all dense blocks but one",
    altered(rrdbWeights({ plus: true }), { "body.0.rdb3.conv1x1.weight": undefined }),
  ],
  ["RRDBNet unshuffled by more than it enlarges", rrdbWeights({ ups: 1, unshuffle: 4 })],
  ["RRDBNet of a scale that its ups cannot give", rrdbWeights({ metadata: { scale: "3" } })],
  ["RRDBNet of a scale that no factor above 1 gives", rrdbWeights({ metadata: { scale: "1" } })],
  ["RRDBNet of a scale in words", rrdbWeights({ metadata: { scale: "four" } })],
  ["RRDBNet of a scale in another notation", rrdbWeights({ metadata: { scale: "4e0" } })],
  ["RRDBNet of an up_factor of 1", rrdbWeights({ metadata: { up_factor: "1" } })],
  ["RRDBNet of an up_factor beside the scale", rrdbWeights({ ups: 1, metadata: { up_factor: "3", scale: "2" } })],
  ["RRDBNet of another activation", rrdbWeights({ metadata: { activation: "gelu" } })],
  ["RRDN of another activation", rrdnWeights({ metadata: { activation: "gelu" } })],
  ["RRDN of another scale", rrdnWeights({ scale: 2, metadata: { scale: "3" } })],
  ["RRDN of 4 channels", rrdnWeights({ channels: 4 })],
  ["RRDN of gray that gives colour", altered(rrdnWeights(), { "conv_first.weight": [8, 1, 3, 3] })],
  [
    "RRDN that shuffles to no square",
    altered(rrdnWeights(), { "conv_shuffle.weight": [10, 8, 3, 3], "conv_shuffle.bias": [10] }),
  ],
  [
    "RRDN with the extra convolutions of ESRGAN+",
    altered(rrdnWeights(), Object.fromEntries([1, 2, 3].map((k) => [`body.0.rdb${k}.conv1x1.weight`, [4, 8, 1, 1]]))),
  ],
  [
    "ESRGAN+ of dense blocks too short for it",
    altered(rrdbWeights({ plus: true }), {
      ...Object.fromEntries(
        [1, 2, 3].flatMap((k) =>
          [3, 4, 5].flatMap((j) => [`weight`, `bias`].map((kind) => [`body.0.rdb${k}.conv${j}.${kind}`, undefined])),
        ),
      ),
      ...Object.fromEntries(
        [1, 2, 3].flatMap((k) => [
          [`body.0.rdb${k}.conv2.weight`, [8, 12, 3, 3]],
          [`body.0.rdb${k}.conv2.bias`, [8]],
        ]),
      ),
    }),
  ],
  ["RRDN with a tensor more", altered(rrdnWeights(), { "conv_hr.weight": [8, 8, 3, 3] })],
  ["RDN that states no range", rdnWeights({ metadata: { range: undefined } })],
  ["RDN of another range", rdnWeights({ metadata: { range: "2" } })],
  ["RDN that states no scale", rdnWeights({ metadata: { scale: undefined } })],
  ["RDN that shuffles by another scale", rdnWeights({ isShuffled: true, metadata: { scale: "3" } })],
  [
    "RDN that shuffles before its last up-convolution alone",
    altered(rdnWeights(), { "up1.weight": [28, 8, 5, 5], "up1.bias": [28] }),
  ],
  ["RDN of 4 channels", rdnWeights({ channels: 4 })],
  ["RDN without its global fusion", altered(rdnWeights(), { "gff2.weight": undefined })],
  ["RDN with a tensor more", altered(rdnWeights(), { "up4.bias": [3] })],
  [
    "RDN whose blocks give other channels",
    altered(rdnWeights(), { "rdb.1.lff.weight": [5, 14, 1, 1], "rdb.1.lff.bias": [5] }),
  ],
  ["Compact of 4 channels", compactWeights({ channels: 4 })],
  ["Compact of another scale", compactWeights({ metadata: { scale: "2" } })],
  ["Compact with one slope", altered(compactWeights(), { "body.1.weight": [1] })],
  ["Compact without a slope", altered(compactWeights({ blocks: 2 }), { "body.3.weight": undefined })],
  ["Compact that ends in slopes", altered(compactWeights(), { "body.5.weight": [8] })],
  [
    "Compact that shuffles to no square",
    altered(compactWeights(), { "body.4.weight": [47, 8, 3, 3], "body.4.bias": [47] }),
  ],
  ["Compact with a tensor more", altered(compactWeights(), { "head.weight": [3] })],
  ["SRCNN that states no scale", lumaWeights("srcnn", { metadata: { scale: undefined } })],
  ["SRCNN that states no padding", lumaWeights("srcnn", { metadata: { padding: undefined } })],
  ["SRCNN of another padding", lumaWeights("srcnn", { metadata: { padding: "reflect" } })],
  ["SRCNN with a tensor more", altered(lumaWeights("srcnn"), { "head.weight": [3] })],
  ["FSRCNN without padding", lumaWeights("fsrcnn", { metadata: { padding: "valid" } })],
  ["FSRCNN of a scale beyond reason", lumaWeights("fsrcnn", { scale: 17 })],
  ["FSRCNN that pads more than its kernel", lumaWeights("fsrcnn", { metadata: { deconv_padding: "9" } })],
  ["FSRCNN without a slope", altered(lumaWeights("fsrcnn"), { "prelu3.weight": undefined })],
  ["ESPCN that states no range", lumaWeights("espcn", { metadata: { luma: undefined } })],
  ["ESPCN of another scale", lumaWeights("espcn", { scale: 3, metadata: { scale: "2" } })],
  [
    "ESPCN that shuffles to no square",
    altered(lumaWeights("espcn"), { "conv3.weight": [5, 4, 3, 3], "conv3.bias": [5] }),
  ],
  ["VDSR without its second convolution", altered(lumaWeights("vdsr"), { "conv2.weight": undefined })],
  ["VDSR of colour", altered(lumaWeights("vdsr"), { "conv1.weight": [8, 3, 3, 3] })],
  ["SRGAN without normalisation, as of instances", noNorms()],
  ["SRGAN with a short mean", altered(residualWeights("srgan"), { "block2.bn2.running_mean": [3] })],
  ["SRGAN without a slope", altered(residualWeights("srgan"), { "block2.prelu.weight": undefined })],
  ["SRGAN with two slopes", altered(residualWeights("srgan"), { "block2.prelu.weight": [2] })],
  [
    "SRGAN that shuffles a part of a pixel",
    altered(residualWeights("srgan"), { "block4.0.conv.weight": [15, 4, 3, 3], "block4.0.conv.bias": [15] }),
  ],
  ["SRGAN with a tensor more", altered(residualWeights("srgan"), { "block1.0.scale": [4] })],
  ["SRGAN of another scale", { ...residualWeights("srgan"), metadata: { scale: "4" } }],
  ["SRResNet of 2 channels", altered(residualWeights("srresnet"), { "convolution0.weight": [4, 2, 9, 9] })],
  ["SRResNet with a normalisation more", altered(residualWeights("srresnet"), { "batchnorm3.weight": [4] })],
  ["EDSR of another scale", { ...edsrWeights(), metadata: { scale: "3" } }],
  [
    "EDSR that shuffles to no square",
    altered(edsrWeights(), { "convolution4.weight": [12, 4, 3, 3], "convolution4.bias": [12] }),
  ],
  [
    "EDSR with a convolution missing",
    altered(edsrWeights(), { "convolution5.weight": undefined, "convolution5.bias": undefined }),
  ],
  ["EDSR with a mean of gray", altered(edsrWeights(), { DIV2K_mean: [1] })],
  ["another network", altered(compactWeights(), { "body.1.weight": undefined, "attention.weight": [3] })],
];

describe("the converter and the library", () => {
  it.each(TAKEN)("both take %s", async (_, weights) => {
    const file = serializeSafetensors(weights);
    const verdict = await libraryVerdict(file);
    expect(verdict).toBeDefined();
    expect(await converterVerdict(file, "net.safetensors")).toEqual(verdict);
  });

  it.each(REFUSED)("both refuse %s", async (_, weights) => {
    const file = serializeSafetensors(weights);
    expect(await libraryVerdict(file)).toBeUndefined();
    expect(await converterVerdict(file, "net.safetensors")).toBeUndefined();
  });

  it.each([...TAKEN, ...REFUSED].filter(([, { metadata }]) => Object.keys(metadata).length === 0))(
    "say the same of a checkpoint of %s",
    async (_, weights) => {
      const wrapped: Stored = { params_ema: { ...storedTensors(weights), n_averaged: 3 }, params: {} };
      const file = pthFile(wrapped);
      const verdict = await libraryVerdict(serializeSafetensors(weights));
      expect(await libraryVerdict(file)).toEqual(verdict);
      expect(await converterVerdict(file, "net.pth")).toEqual(verdict);
    },
  );
});
