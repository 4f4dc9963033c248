// The shared variant: lanes of a subgroup share weights, for adapters that load value by value.
// Text: shaders/conv2d-shared.ts.

import { convSharedWgsl, type SharedShape, sharedLoads } from "../../shaders/conv2d-shared.js";
import { madeOnce } from "../../shaders/unroll.js";
import { BLOCK_CHANNELS } from "../plane.js";
import {
  type ConvText,
  canFold,
  largestDivisor,
  NO_NEEDS,
  type Tiling,
  type VariantKind,
  variantName,
} from "./variant.js";

export interface SharedVariant extends Tiling {
  readonly kind: "shared";
  /** At most so many in one invocation. */
  readonly channelBlocks: number;
  readonly rows: "window" | "rolling";
  readonly math: "f32";
  /** Invocations that share weights; fewer where there are not as many channels. */
  readonly lanes: 4 | 8;
}

const sharedText = madeOnce(convSharedWgsl);

export const shared: VariantKind<SharedVariant> = {
  kind: "shared",
  // Software adapters compile for seconds.
  sharesPipelines: true,

  supports: (_, form) => form.upsample === 1 || canFold(form),

  // The kernels spill on every GPU.
  needs: ({ lanes }) => ({ ...NO_NEEDS, subgroupLanes: lanes, softwareOnly: true }),

  tiling: (variant) => variant,

  // Whole groups of lanes first: how weights are packed must not depend on `channelBlocks`, so that
  // one copy serves the variants for small and for large pictures.
  invocationBlocks: ({ channelBlocks, lanes }, outBlocks) =>
    largestDivisor(outBlocks, channelBlocks, lanes / BLOCK_CHANNELS) ?? largestDivisor(outBlocks, channelBlocks) ?? 1,

  packing: (variant, form, blocks) => ({
    transform: canFold(form) ? "fold2" : "none",
    groupBlocks: sharingLanes(variant, blocks) / BLOCK_CHANNELS,
    vector: "inputs",
  }),

  weightSpace: () => "storage",

  loops(variant, conv) {
    const shape = shapeOf(variant, conv);
    const { folded, lanes } = shape;
    const details = [variant.math, variant.rows, `lanes${lanes}`, folded ? "folded" : ""];
    const name = variantName("shared", variant, conv.blocks, details);
    return { name, text: sharedText(shape), channelAxis: "x", folded };
  },

  loads: (variant, conv) => ({ ...sharedLoads(shapeOf(variant, conv)), weightsFor: "lane" }),
};

function shapeOf(variant: SharedVariant, conv: ConvText): SharedShape {
  const { kernel, blocks, sourceCapacity } = conv;
  const folded = canFold(conv);
  return {
    ...variant,
    kernel: folded ? 2 : kernel,
    folded,
    // From kernel size 5 on, a window is more than a thousand multiply-adds.
    rows: kernel > 3 ? "rolling" : variant.rows,
    // A shuffle is one instruction on 8 lanes, and on SwiftShader's 4 not much less than loading.
    columns: variant.lanes === 8 ? "passed" : "own",
    lanes: sharingLanes(variant, blocks),
    channelBlocks: blocks,
    sources: sourceCapacity,
  };
}

/** How many lanes share weights where an invocation computes so many channel blocks. */
function sharingLanes({ lanes }: SharedVariant, blocks: number): 4 | 8 {
  return (blocks * BLOCK_CHANNELS) % lanes === 0 ? lanes : 4;
}
