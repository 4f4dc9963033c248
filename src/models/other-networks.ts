// Owns the networks that are well known and not supported: each is told by the name of a tensor that no supported one has.

import type { TensorMap } from "../weights/tensor-map.js";

/** The first that fits counts: later ones are the more general. tools/convert-weights.py has the same table. */
const OTHER_NETWORKS: readonly (readonly [tensor: RegExp, network: string])[] = [
  [/\.overlap_attn\./, "HAT"],
  [/\.attn_atd\./, "ATD"],
  [/\.attn\.channel_interaction\./, "DAT"],
  [/(?:^|\.)layers\.\d+\.swin\d\./, "DRCT"],
  [/\.attn\.(?:logit_scale|cpb_mlp\.\d+\.)/, "Swin2SR"],
  [/\.residual_group\.blocks\.\d+\.attn\./, "SwinIR"],
  [/(?:^|\.)residual_layer\.\d+\.residual_layer\./, "OmniSR"],
  [/(?:^|\.)block_\d+\.c1_r\./, "SPAN"],
  [/(?:^|\.)feats\.\d+\.(?:lk|channe_mixer|channel_mixer)\./, "PLKSR"],
  [/(?:^|\.)feats\.\d+\.safm\./, "SAFMN"],
  [/(?:^|\.)unet\d\.conv\d\.seblock\./, "Real-CUGAN or waifu2x (UpCunet)"],
  [/(?:^|\.)unet\d\.conv\d\.conv\.\d/, "waifu2x (CUNet)"],
  [/\.conv_du\.|\.rcab\.\d+\./, "RCAN"],
  [/(?:^|\.)pre_process\.\d+\.\d+\.body\./, "MDSR"],
  [/(?:^|\.)head\.0\.weight_[gv]$/, "WDSR"],
  [/(?:^|\.)b\d\.b\d\.body\.\d/, "CARN"],
  [/(?:^|\.)IMDB\d+\./, "IMDN"],
  [/(?:^|\.)B\d+\.c\d_d\./, "RFDN"],
  [/(?:^|\.)down\d\.down_conv\d\./, "DBPN"],
  [/(?:^|\.)convt_(?:I|F|R)\d\./, "LapSRN"],
  [/(?:^|\.)stylegan_decoder\./, "GFPGAN"],
  [/(?:^|\.)quantize\.embedding\./, "CodeFormer or another network with a codebook"],
  [/(?:^|\.)spynet\./, "BasicVSR"],
  [/(?:^|\.)pcd_align\./, "EDVR"],
  [/(?:^|\.)encoder_level1\.\d+\.attn\.temperature$/, "Restormer"],
  [/(?:^|\.)m_down1\.\d+\.trans_block\./, "SCUNet"],
  [/(?:^|\.)intro\.weight$/, "NAFNet"],
  [
    /(?:^|\.)res_blocks\.\d+\.conv_block\.\d/,
    "the SRGAN of PyTorch-GAN, whose normalisation has a constant of its own",
  ],
  [/(?:^|\.)(?:in1|in_mid)\.weight$|(?:^|\.)residual\.\d+\.in\d\./, "an SRResNet with InstanceNorm"],
];

/** What the weights are those of, where it is none that is supported: "SwinIR". */
export function otherNetwork({ tensors, placeholders = new Map() }: TensorMap): string | undefined {
  const names = [...tensors.keys(), ...placeholders.keys()];
  const found = OTHER_NETWORKS.find(([tensor]) => names.some((name) => tensor.test(name)));
  if (found) return found[1];
  const isCompact = names.some((name) => /(?:^|\.)body\.2\.weight$/.test(name));
  const hasConvsOnly = names.every((name) => /(?:^|\.)body\.\d*[02468]\.(?:weight|bias)$/.test(name));
  return isCompact && hasConvsOnly ? "an SRVGGNetCompact without PReLU" : undefined;
}
