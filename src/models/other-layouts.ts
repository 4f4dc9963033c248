// Owns how the well-known implementations of networks other than RRDBNet call their layers, and what their code has decided beside the
// weights. tools/convert-weights.py has the same table; test/cases/checkpoint-names.json holds both to the same.

import { COMMON_LAYOUTS, type Layout } from "./key-layouts.js";

/** White is 1, and the mean of DIV2K is taken away. */
const DIV2K = { mean: "div2k", range: "1" };
/** SRResNet on pictures of 0 to 1 as they are. */
const UNIT = { input_range: "unit", output_range: "unit" };

const FSRCNN: readonly Layout[] = [
  // yjn870/FSRCNN-pytorch: slopes at the odd positions of two Sequentials
  {
    of: ["mid_part.#"],
    layers: {
      "first_part.#even": "conv{1/2+1}",
      "first_part.#odd": "prelu{1/2+1}",
      "mid_part.#even": "conv{1/2+2}",
      "mid_part.#odd": "prelu{1/2+2}",
      last_part: "deconv",
    },
  },
  // Lornatang/FSRCNN-PyTorch
  {
    of: ["shrink.0"],
    counted: "map.#",
    layers: {
      "feature_extraction.0": "conv1",
      "feature_extraction.1": "prelu1",
      "shrink.0": "conv2",
      "shrink.1": "prelu2",
      "map.#even": "conv{1/2+3}",
      "map.#odd": "prelu{1/2+3}",
      "expand.0": "conv{#/2+4}",
      "expand.1": "prelu{#/2+4}",
    },
  },
  { of: ["deconv"], layers: { "relu#": "prelu{1}" } },
];

const ESPCN: readonly Layout[] = [
  // anujdutt9/ESPCN
  {
    of: ["feature_map_layer.#"],
    counted: "feature_map_layer.#",
    layers: { "feature_map_layer.#even": "conv{1/2+1}", "sub_pixel_layer.0": "conv{#/2+2}" },
  },
  // Lornatang/ESPCN-PyTorch
  {
    of: ["feature_maps.#"],
    counted: "feature_maps.#",
    layers: { "feature_maps.#even": "conv{1/2+1}", "sub_pixel.0": "conv{#/2+2}" },
  },
  // yjn870/ESPCN-pytorch
  {
    of: ["first_part.#"],
    counted: "first_part.#",
    layers: { "first_part.#even": "conv{1/2+1}", "last_part.0": "conv{#/2+2}" },
  },
];

const SRCNN: readonly Layout[] = [
  // Lornatang/SRCNN-PyTorch
  { of: ["reconstruction"], layers: { "features.0": "conv1", "map.0": "conv2", reconstruction: "conv3" } },
];

const VDSR: readonly Layout[] = [
  // twtygqyy/pytorch-vdsr
  {
    of: ["residual_layer.#.conv"],
    counted: "residual_layer.#.conv",
    layers: { input: "conv1", "residual_layer.#.conv": "conv{1+2}", output: "conv{#+3}" },
  },
  // Lornatang/VDSR-PyTorch
  {
    of: ["trunk.#.conv"],
    counted: "trunk.#.conv",
    layers: { "conv1.0": "conv1", "trunk.#.conv": "conv{1+2}", conv2: "conv{#+3}" },
  },
];

const RDN: readonly Layout[] = [
  // yjn870/RDN-pytorch and MMEditing
  {
    of: ["rdbs.#.lff"],
    layers: {
      "rdbs.#.layers.#.conv": "rdb.{1}.conv{2+1}",
      "rdbs.#.lff": "rdb.{1}.lff",
      "gff.#": "gff{1+1}",
      "upscale.#even": "up{1/2+1}",
      output: "conv_last",
    },
    implied: { range: "1" },
  },
  // EDSR-PyTorch's; others have it for other ranges
  {
    of: ["RDBs.#.LFF"],
    layers: {
      "SFENet#": "sfe{1}",
      "RDBs.#.convs.#.conv.0": "rdb.{1}.conv{2+1}",
      "RDBs.#.LFF": "rdb.{1}.lff",
      "GFF.#": "gff{1+1}",
      "UPNet.#last": "conv_last",
      "UPNet.#even": "up{1/2+1}",
    },
  },
  // Lornatang/RDN-PyTorch
  {
    of: ["trunk.#.local_feature_fusion"],
    layers: {
      conv1: "sfe1",
      conv2: "sfe2",
      "trunk.#.rdb.#.rb.0": "rdb.{1}.conv{2+1}",
      "trunk.#.local_feature_fusion": "rdb.{1}.lff",
      "global_feature_fusion.#": "gff{1+1}",
      "upsampling.#.upsample_block.0": "up{1+1}",
      conv3: "conv_last",
    },
    implied: { range: "1" },
  },
];

const EDSR: readonly Layout[] = [
  // EDSR-PyTorch, whose mean is a convolution
  {
    of: ["body.#.body.0"],
    layers: {
      "head.0": "conv_first",
      "body.#.body.0": "body.{1}.conv1",
      "body.#.body.2": "body.{1}.conv2",
      "body.#": "conv_body",
      "tail.0.#even": "conv_up{1/2+1}",
      "tail.1": "conv_last",
    },
  },
  // MMEditing
  {
    of: ["upsample.#.upsample_conv"],
    layers: { conv_after_body: "conv_body", "upsample.#.upsample_conv": "conv_up{1+1}" },
    implied: DIV2K,
  },
  // BasicSR
  {
    of: ["conv_after_body"],
    layers: { conv_after_body: "conv_body", "upsample.#even": "conv_up{1/2+1}" },
    implied: { mean: "div2k", range: "255" },
  },
];

const SRRESNET: readonly Layout[] = [
  // Lornatang/SRGAN-PyTorch, and as it was in 2022
  {
    of: ["trunk.#.rcb.0"],
    layers: {
      "conv1.0": "conv_first",
      "conv1.1": "prelu_first",
      "conv2.0": "conv_body",
      "conv2.1": "bn_body",
      conv3: "conv_last",
      "conv_block1.0": "conv_first",
      "conv_block1.1": "prelu_first",
      "conv_block2.0": "conv_body",
      "conv_block2.1": "bn_body",
      conv_block3: "conv_last",
      "trunk.#.rcb.0": "body.{1}.conv1",
      "trunk.#.rcb.1": "body.{1}.bn1",
      "trunk.#.rcb.2": "body.{1}.prelu",
      "trunk.#.rcb.3": "body.{1}.conv2",
      "trunk.#.rcb.4": "body.{1}.bn2",
      "upsampling.#.upsample_block.0": "conv_up{1+1}",
      "upsampling.#.upsample_block.2": "prelu_up{1+1}",
    },
    implied: UNIT,
  },
  // sgrvinod/a-PyTorch-Tutorial-to-Super-Resolution
  {
    of: ["residual_blocks.#.conv_block1.conv_block.0"],
    layers: {
      "conv_block1.conv_block.0": "conv_first",
      "conv_block1.conv_block.1": "prelu_first",
      "residual_blocks.#.conv_block1.conv_block.0": "body.{1}.conv1",
      "residual_blocks.#.conv_block1.conv_block.1": "body.{1}.bn1",
      "residual_blocks.#.conv_block1.conv_block.2": "body.{1}.prelu",
      "residual_blocks.#.conv_block2.conv_block.0": "body.{1}.conv2",
      "residual_blocks.#.conv_block2.conv_block.1": "body.{1}.bn2",
      "conv_block2.conv_block.0": "conv_body",
      "conv_block2.conv_block.1": "bn_body",
      "subpixel_convolutional_blocks.#.conv": "conv_up{1+1}",
      "subpixel_convolutional_blocks.#.prelu": "prelu_up{1+1}",
      "conv_block3.conv_block.0": "conv_last",
    },
    implied: { input_range: "imagenet", output_range: "tanh" },
  },
];

const MSRRESNET: readonly Layout[] = [
  // BasicSR's and KAIR's first version: a nested Sequential with nearest upsampling or a shuffle
  {
    of: ["model.1.sub.#.res.0"],
    layers: {
      "model.0": "conv_first",
      "model.1.sub.#.res.0": "body.{1}.conv1",
      "model.1.sub.#.res.2": "body.{1}.conv2",
      "model.1.sub.#": "conv_body",
      "model.#last": "conv_last",
      "model.#next": "conv_hr",
      "model.#": "conv_up{1+2/3}",
    },
  },
  // MMSR and KAIR
  {
    of: ["recon_trunk.#.conv1"],
    layers: { "recon_trunk.#.conv#": "body.{1}.conv{2}", "upconv#": "conv_up{1}", HRconv: "conv_hr" },
  },
  // MMEditing
  {
    of: ["trunk_net.#.conv1"],
    layers: { "trunk_net.#.conv#": "body.{1}.conv{2}", "upsample#.upsample_conv": "conv_up{1}" },
  },
  // BasicSR
  { of: ["upconv#"], layers: { "upconv#": "conv_up{1}" } },
];

const LORNATANG: readonly Layout[] = [
  // Lornatang/ESRGAN-PyTorch
  {
    of: ["trunk.#.rdb1.conv1"],
    layers: {
      conv1: "conv_first",
      "trunk.#.rdb#.conv#": "body.{1}.rdb{2}.conv{3}",
      conv2: "conv_body",
      "upsampling#.0": "conv_up{1}",
      "conv3.0": "conv_hr",
      conv4: "conv_last",
    },
  },
  // Lornatang/EDSR-PyTorch, whose mean is a tensor
  {
    of: ["trunk.#.conv1"],
    layers: {
      conv1: "conv_first",
      "trunk.#.conv#": "body.{1}.conv{2}",
      conv2: "conv_body",
      "upsampling.#even": "conv_up{1/2+1}",
      conv3: "conv_last",
    },
  },
];

export const LAYOUTS: readonly Layout[] = [
  ...COMMON_LAYOUTS,
  ...FSRCNN,
  ...ESPCN,
  ...SRCNN,
  ...VDSR,
  ...RDN,
  ...EDSR,
  ...SRRESNET,
  ...MSRRESNET,
  ...LORNATANG,
];
