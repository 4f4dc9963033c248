// Owns how networks of luma enlarge colour pictures: the network makes the luma, bicubic interpolation the rest, as their papers do. Those that
// were trained with red, green and blue make all of it.

import type { GraphBuilder } from "../graph/builder.js";
import type { ValueId } from "../graph/graph.js";
import type { Parameter } from "../ops/op.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { type Facts, statedFacts } from "./facts.js";
import { pictureChannelsOf } from "./inspect.js";

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

interface Enlarging {
  readonly scale: number;
  /** The network takes a picture that is enlarged already. */
  readonly isEnlarged?: boolean;
  /** What the network makes of its picture: a large one. */
  network(picture: ValueId): ValueId;
}

export interface LumaNetwork extends Enlarging {
  readonly range: LumaRange;
}

/** The facts of a network for luma; one for red, green and blue has no range of luma. @throws EsrganError as statedFacts */
export function lumaFacts<K extends keyof Facts>(
  map: TensorMap,
  network: string,
  wanted: readonly (K | "luma")[],
): Pick<Facts, K> & { readonly luma?: LumaRange } {
  const isLuma = pictureChannelsOf(map) === 1;
  return statedFacts(
    map,
    network,
    wanted.filter((fact) => isLuma || fact !== "luma"),
  );
}

/** Enlarges the red, green and blue picture of `b` by a network for luma of `range`, or without one by one for red, green and blue. */
export function enlargeByNetwork(
  b: GraphBuilder,
  { range, ...enlarging }: Enlarging & { readonly range: LumaRange | undefined },
): ValueId {
  const picture = b.input(3);
  if (range) return enlargeByLuma(b, picture, { ...enlarging, range });
  return enlarging.network(enlarging.isEnlarged ? enlarged(b, picture, enlarging.scale) : picture);
}

function enlarged(b: GraphBuilder, picture: ValueId, scale: number): ValueId {
  return b.resize("enlarged", picture, { mode: "imresize", antialias: false, factor: scale });
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
  const large = enlarged(b, picture, scale);
  const luma = b.convOf("luma", isEnlarged ? large : picture, {
    weight: parameter("luma.weight", [1, 3, 1, 1], weights),
    bias: parameter("luma.bias", [1], [offset]),
    activation: { kind: "none" },
  });
  const difference = [gain, ...weights.map((weight) => -gain * weight)];
  const shift = b.convOf("shift", [network(luma), large], {
    weight: parameter("shift.weight", [3, 4, 1, 1], [...difference, ...difference, ...difference]),
    bias: parameter("shift.bias", [3], Array(3).fill(-gain * offset)),
    activation: { kind: "none" },
  });
  return b.scaledAdd("shifted", shift, 1, large);
}

function parameter(name: string, shape: readonly number[], values: readonly number[]): Parameter {
  const floats = Float32Array.from(values);
  return { name, shape, floats: () => floats };
}
