// The direct variant: a tile of pixels and channels in registers, taps as straight code or a loop
// over kernel rows. Text: shaders/conv2d-direct.ts.

import {
  convDirectWgsl,
  type DirectShape,
  directLoads,
  directProducts,
  sumsInHalves,
} from "../../shaders/conv2d-direct.js";
import type { MathType } from "../../shaders/kernel.js";
import { madeOnce } from "../../shaders/unroll.js";
import {
  type ConvText,
  canFold,
  largestDivisor,
  NO_NEEDS,
  type PinnedSubgroup,
  type Tiling,
  type VariantKind,
  variantName,
  type WantedWeights,
} from "./variant.js";

/** What one invocation computes. */
export interface DirectTile {
  readonly pixelsX: number;
  readonly pixelsY: number;
  /** At most so many in one invocation. */
  readonly channelBlocks: number;
  /** Where its pixels lie along x: side by side by default, else see DirectShape.columns. */
  readonly columns?: "spread";
}

export interface DirectVariant extends DirectTile, Tiling {
  readonly kind: "direct";
  /** The tile of outputs whose channel blocks its own divide and `channelBlocks` does not: three blocks in place of one. */
  readonly other?: DirectTile;
  readonly rows: "unrolled" | "looped";
  readonly math: MathType;
  /** "storage" by default. */
  readonly weights?: WantedWeights;
  /** How rows are computed where weights are to be uniform and do not fit: as `rows` says by default. */
  readonly rowsInStorage?: "looped";
  /** Pins subgroups to this size; workgroupX must be a multiple of it. */
  readonly subgroup?: PinnedSubgroup;
  /** "kept": a single channel block of the input is a loop too, for compilers that spill straight code. */
  readonly loop?: "kept";
  /** "whole": four channels are computed where the output is one, for compilers that spill what leaves three out. */
  readonly outputs?: "whole";
}

// Those of 3x3 for each input channel. From 5x5 on, unrolled code passes a thousand multiply-adds.
const MOST_UNROLLED = 9 * 4;

const directText = madeOnce(convDirectWgsl);

export const direct: VariantKind<DirectVariant> = {
  kind: "direct",
  sharesPipelines: false,

  supports({ pixelsX, pixelsY, columns, rows, math, other }, form) {
    if (math === "f16" && rows !== "unrolled") return false;
    const isSpread = columns !== undefined || other?.columns !== undefined;
    if (isSpread && form.upsample > 1 && !canFold(form)) return false;
    // Taps are constant offsets only where an invocation's first pixel falls on a source pixel.
    const isWhole = [pixelsX, pixelsY, other?.pixelsX ?? 0, other?.pixelsY ?? 0].every((n) => n % form.upsample === 0);
    return isWhole || canFold(form);
  },

  needs: ({ math, subgroup }) => ({ ...NO_NEEDS, math, pinnedSubgroup: subgroup }),

  tiling: (variant, outBlocks) => ({ ...variant, ...tileOf(variant, outBlocks) }),

  invocationBlocks: (variant, outBlocks) => largestDivisor(outBlocks, tileOf(variant, outBlocks).channelBlocks) ?? 1,

  packing: ({ outputs }, form, blocks) => ({
    transform: canFold(form) ? "fold2" : "none",
    groupBlocks: blocks,
    vector: "outputs",
    trims: outputs === "whole" ? "inputs" : "both",
  }),

  weightSpace: ({ weights = "storage" }) => weights,

  loops(variant, conv) {
    const { math, subgroup } = variant;
    const shape = shapeOf(variant, conv);
    const { rows, folded, weightSpace } = shape;
    const wave = subgroup && `wave${subgroup}`;
    return {
      name: variantName("direct", shape, conv.blocks, [
        math,
        rows,
        folded ? "folded" : "",
        weightSpace === "uniform" ? "uniform weights" : "",
        variant.loop && "kept loop",
        shape.columns,
        wave,
      ]),
      text: directText(shape),
      channelAxis: "z",
      folded,
      activation: sumsInHalves(shape) ? "f16" : "f32",
    };
  },

  loads: (variant, conv) => ({ ...directLoads(shapeOf(variant, conv)), weightsFor: "subgroup" }),
};

function tileOf(variant: DirectVariant, outBlocks: number): DirectTile {
  const { other, channelBlocks } = variant;
  return other && outBlocks % channelBlocks > 0 && outBlocks % other.channelBlocks === 0 ? other : variant;
}

function shapeOf(variant: DirectVariant, conv: ConvText): DirectShape {
  const { kernel, upsample, outBlocks, blocks, sources, weightSpace, inputLanes } = conv;
  const outputLanes = variant.outputs === "whole" && conv.outputLanes === 1 ? 4 : conv.outputLanes;
  const folded = canFold(conv);
  const form = folded ? { kernel: 2, upsample: 1 } : { kernel, upsample };
  const lanes = { inputLanes, outputLanes };
  const isLong = directProducts({ kernel, ...lanes }) > MOST_UNROLLED;
  const rows = isLong ? "looped" : (weightSpace === "storage" && variant.rowsInStorage) || variant.rows;
  const { pixelsX, pixelsY, columns } = tileOf(variant, outBlocks);
  const tile = { pixelsX, pixelsY, columns, channelBlocks: blocks };
  const { subgroup } = variant;
  return { ...variant, ...tile, ...form, ...lanes, rows, folded, subgroup, sources, weightSpace };
}
