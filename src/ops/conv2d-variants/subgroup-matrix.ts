// The subgroup-matrix variant: products of small matrices of halves, summed in f32. An experiment: no
// device gets it until it was measured on one. Text: shaders/conv2d-subgroup-matrix.ts.

import { convSubgroupMatrixWgsl, subgroupMatrixLoads } from "../../shaders/conv2d-subgroup-matrix.js";
import { madeOnce } from "../../shaders/unroll.js";
import { BLOCK_CHANNELS } from "../plane.js";
import {
  largestDivisor,
  type MatrixSize,
  NO_NEEDS,
  type PinnedSubgroup,
  type Tiling,
  type VariantKind,
  variantName,
} from "./variant.js";

export interface SubgroupMatrixVariant extends MatrixSize {
  readonly kind: "subgroup-matrix";
  /** Pins subgroups to this size. One is a workgroup. */
  readonly subgroup: PinnedSubgroup;
  /** Matrices of pixels, beside and below one another, that a subgroup computes; one is pixels of a row. */
  readonly matricesX: number;
  readonly matricesY: number;
  /** At most so many in one subgroup. */
  readonly channelBlocks: number;
  readonly rows: "unrolled" | "looped";
}

// A kernel row of 5 taps is as long as three of 3.
const MOST_UNROLLED = 3;

const matrixText = madeOnce(convSubgroupMatrixWgsl);

export const subgroupMatrix: VariantKind<SubgroupMatrixVariant> = {
  kind: "subgroup-matrix",
  sharesPipelines: false,

  supports: (_, { upsample }) => upsample === 1,

  // Operands are halves; sums are f32 all the same.
  needs: ({ m, n, k, subgroup }) => ({ ...NO_NEEDS, math: "f16", pinnedSubgroup: subgroup, matrix: { m, n, k } }),

  tiling,

  // Whole matrices first. Where there are none, channels are missing in the last.
  invocationBlocks: ({ channelBlocks, n }, outBlocks) =>
    largestDivisor(outBlocks, channelBlocks, n / BLOCK_CHANNELS) ?? largestDivisor(outBlocks, channelBlocks) ?? 1,

  packing: ({ n, k }, _form, blocks) => ({
    transform: "none",
    groupBlocks: blocks,
    vector: "inputs",
    matrix: { inputs: k, outputs: n },
  }),

  weightSpace: () => "storage",

  loops(variant, { kernel, blocks, sources }) {
    const { m, n, k, subgroup } = variant;
    const rows = kernel > MOST_UNROLLED ? "looped" : variant.rows;
    return {
      name: variantName("subgroup-matrix", tiling(variant), blocks, [`${m}x${n}x${k}`, rows, `wave${subgroup}`]),
      text: matrixText({ ...variant, rows, kernel, channelBlocks: blocks, sources }),
      channelAxis: "z",
      folded: false,
    };
  },

  loads: ({ m, n, matricesX, matricesY }, { kernel, blocks }) => ({
    ...subgroupMatrixLoads({ kernel, m, n, matricesX, matricesY, channelBlocks: blocks }),
    // A subgroup counts as one invocation.
    weightsFor: "lane",
  }),
};

/** A subgroup counts as one invocation: it computes its pixels together. */
function tiling({ m, matricesX, matricesY }: SubgroupMatrixVariant): Tiling {
  return { pixelsX: m * matricesX, pixelsY: matricesY, workgroupX: 1, workgroupY: 1 };
}
