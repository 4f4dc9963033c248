// Owns how networks of luma enlarge colour pictures: the network makes the luma, bicubic interpolation the rest, as their papers do.

import type { GraphBuilder } from "../graph/builder.js";
import type { ValueId } from "../graph/graph.js";
import type { Parameter } from "../ops/op.js";

/** BT.601's luma, 16 to 235 of 255 as in video, or 0 to 255 as in JPEG. */
export type LumaRange = "studio" | "full";

interface Luma {
  /** What red, green and blue count, and what is added, for values of 0 to 1. */
  readonly weights: readonly [red: number, green: number, blue: number];
  readonly offset: number;
  /** How much lighter red, green and blue become with the luma. */
  readonly gain: number;
}

const LUMA: { readonly [R in LumaRange]: Luma } = {
  studio: { weights: [65.481 / 255, 128.553 / 255, 24.966 / 255], offset: 16 / 255, gain: 255 / 219 },
  full: { weights: [0.299, 0.587, 0.114], offset: 0, gain: 1 },
};

/** How red, green and blue of 0 to 1 become a luma of 0 to 1. */
export function lumaOf(range: LumaRange): Pick<Luma, "weights" | "offset"> {
  return LUMA[range];
}

export interface LumaNetwork {
  readonly scale: number;
  readonly range: LumaRange;
  /** The network takes a picture that is enlarged already. */
  readonly isEnlarged?: boolean;
  /** What the network makes of a luma: one of the large picture. */
  network(luma: ValueId): ValueId;
}

/**
 * Enlarges the red, green and blue `picture`. Exchanging the luma in Y'CbCr moves all three by the same, so that chroma itself is never
 * computed, and gray stays gray to the last bit.
 */
export function enlargeByLuma(
  b: GraphBuilder,
  picture: ValueId,
  { scale, range, isEnlarged = false, network }: LumaNetwork,
): ValueId {
  const { weights, offset, gain } = LUMA[range];
  const enlarged = b.resize("enlarged", picture, { mode: "imresize", antialias: false, factor: scale });
  const luma = b.convOf("luma", isEnlarged ? enlarged : picture, {
    weight: parameter("luma.weight", [1, 3, 1, 1], weights),
    bias: parameter("luma.bias", [1], [offset]),
    activation: { kind: "none" },
  });
  const difference = [gain, ...weights.map((weight) => -gain * weight)];
  const shift = b.convOf("shift", [network(luma), enlarged], {
    weight: parameter("shift.weight", [3, 4, 1, 1], [...difference, ...difference, ...difference]),
    bias: parameter("shift.bias", [3], Array(3).fill(-gain * offset)),
    activation: { kind: "none" },
  });
  return b.scaledAdd("shifted", shift, 1, enlarged);
}

function parameter(name: string, shape: readonly number[], values: readonly number[]): Parameter {
  const floats = Float32Array.from(values);
  return { name, shape, floats: () => floats };
}
