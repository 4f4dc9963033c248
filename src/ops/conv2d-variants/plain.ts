// The plain variant: one pixel, one channel block, all loops. It computes every form on every
// device, and is the oracle of the others.

import { CONV_FETCH_WGSL, convPlainWgsl } from "../../shaders/conv2d-plain.wgsl.js";
import { convReach, NO_NEEDS, type VariantKind } from "./variant.js";

export interface PlainVariant {
  readonly kind: "plain";
}

const TILING = { pixelsX: 1, pixelsY: 1, workgroupX: 16, workgroupY: 4 } as const;

export const plain: VariantKind<PlainVariant> = {
  kind: "plain",
  sharesPipelines: false,
  supports: () => true,
  needs: () => NO_NEEDS,
  tiling: () => TILING,
  invocationBlocks: () => 1,
  packing: (_variant, _form, blocks) => ({ transform: "none", groupBlocks: blocks, vector: "outputs" }),
  weightSpace: () => "storage",
  loops: (_, { kernel, upsample, sources }) => ({
    name: "plain",
    text: `${CONV_FETCH_WGSL[sources.length - 1]!}\n${convPlainWgsl}`,
    constants: {
      KERNEL: { u32: kernel },
      UPSAMPLE: { u32: upsample },
      PAD: { u32: convReach(kernel, upsample) },
    },
    channelAxis: "z",
    folded: false,
  }),
  loads: (_, { kernel }) => ({ sources: kernel ** 2, weights: 4 * kernel ** 2, weightsFor: "subgroup" }),
};
