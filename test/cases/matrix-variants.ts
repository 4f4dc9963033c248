// The subgroup-matrix variants that tests run and bench:isa compiles: one for each size of matrix that a driver at hand offers, as
// large as its compiler does not spill. No rule has them.

import type { ConvVariant } from "../../src/ops/conv2d.kernels.js";

type MatrixVariant = Extract<ConvVariant, { readonly kind: "subgroup-matrix" }>;

const KIND = "subgroup-matrix";

export const MATRIX_VARIANTS: readonly MatrixVariant[] = [
  // AMD from RDNA3 on.
  { kind: KIND, m: 16, n: 16, k: 16, matricesX: 1, matricesY: 4, channelBlocks: 8, rows: "unrolled", subgroup: 32 },
  // Intel's Xe2.
  { kind: KIND, m: 8, n: 16, k: 16, matricesX: 1, matricesY: 2, channelBlocks: 8, rows: "looped", subgroup: 16 },
  // Intel's Xe-HPG.
  { kind: KIND, m: 8, n: 8, k: 16, matricesX: 1, matricesY: 1, channelBlocks: 4, rows: "looped", subgroup: 8 },
  // Mesa's lavapipe from 26 on.
  { kind: KIND, m: 8, n: 8, k: 8, matricesX: 1, matricesY: 2, channelBlocks: 4, rows: "looped", subgroup: 8 },
];
