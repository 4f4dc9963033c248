// The Winograd variant: F(2x2,3x3), 16 products for 2x2 pixels in place of 36.
// Text: shaders/conv2d-winograd.ts.

import { convWinogradWgsl, winogradLoads } from "../../shaders/conv2d-winograd.js";
import type { MathType } from "../../shaders/kernel.js";
import { madeOnce } from "../../shaders/unroll.js";
import {
  largestDivisor,
  NO_NEEDS,
  type PinnedSubgroup,
  type Tiling,
  type VariantKind,
  variantName,
  type Workgroup,
} from "./variant.js";

export interface WinogradVariant extends Workgroup {
  readonly kind: "winograd";
  /** At most so many in one invocation. */
  readonly channelBlocks: number;
  readonly math: MathType;
  /** Pins subgroups to this size; workgroupX must be a multiple of it. */
  readonly subgroup?: PinnedSubgroup;
}

const winogradText = madeOnce(convWinogradWgsl);

export const winograd: VariantKind<WinogradVariant> = {
  kind: "winograd",
  sharesPipelines: false,
  supports: (_, { kernel, upsample }) => kernel === 3 && upsample === 1,
  needs: ({ math, subgroup }) => ({ ...NO_NEEDS, math, pinnedSubgroup: subgroup }),
  tiling,
  invocationBlocks: ({ channelBlocks }, outBlocks) => largestDivisor(outBlocks, channelBlocks) ?? 1,
  packing: (_variant, _form, blocks) => ({ transform: "winograd", groupBlocks: blocks, vector: "outputs" }),

  weightSpace: () => "storage",

  loops(variant, { blocks, sources }) {
    const { math, subgroup } = variant;
    const wave = subgroup && `wave${subgroup}`;
    return {
      name: variantName("winograd", tiling(variant), blocks, [math, wave]),
      text: winogradText({ ...variant, subgroup, channelBlocks: blocks, sources }),
      channelAxis: "z",
      folded: false,
    };
  },

  loads: (_, { blocks }) => ({ ...winogradLoads({ channelBlocks: blocks }), weightsFor: "subgroup" }),
};

function tiling({ workgroupX, workgroupY }: WinogradVariant): Tiling {
  return { pixelsX: 2, pixelsY: 2, workgroupX, workgroupY };
}
