// Owns how networks of luma enlarge colour pictures: the network makes the luma, bicubic interpolation the rest, as their papers do. Owns the
// facts of such networks that no tensor tells.

import { EsrganError } from "../errors.js";
import type { GraphBuilder } from "../graph/builder.js";
import type { ValueId } from "../graph/graph.js";
import type { Padding } from "../ops/conv2d.js";
import type { Parameter } from "../ops/op.js";
import { printableName } from "../weights/printable-name.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { metadataInteger, stated } from "./inspect.js";

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

/** Facts that tensors do not tell, and how tools/convert-weights.py is told. */
interface Facts {
  readonly scale: number;
  readonly luma: LumaRange;
  readonly padding: Padding;
}

const QUESTIONS: { readonly [K in keyof Facts]: { readonly what: string; readonly option: string } } = {
  scale: { what: "its scale", option: "--scale N" },
  luma: { what: "the range of its luma", option: "--luma studio or full" },
  padding: { what: "what lies beyond a picture's edge", option: "--padding zeros or replicate" },
};

const VALUES = { luma: ["studio", "full"], padding: ["zeros", "replicate"] } as const;

/**
 * What the metadata states of these facts.
 * @throws EsrganError "unsupported-model" asking for those that it does not state; "bad-weights" where it states nonsense
 */
export function statedFacts<K extends keyof Facts>(
  map: TensorMap,
  network: string,
  wanted: readonly K[],
): Pick<Facts, K> {
  const found = wanted.map((fact) => [fact, fact === "scale" ? scaleOf(map) : choiceOf(map, fact)] as const);
  const open = found.filter(([, value]) => value === undefined).map(([fact]) => QUESTIONS[fact]);
  if (open.length > 0) {
    throw new EsrganError(
      "unsupported-model",
      `The weights are those of ${network} and do not tell ${list(open.map(({ what }) => what))}: ` +
        `state it with tools/convert-weights.py ${open.map(({ option }) => option).join(" ")}`,
    );
  }
  return Object.fromEntries(found) as unknown as Pick<Facts, K>;
}

const LARGEST_SCALE = 16;

function scaleOf(map: TensorMap): number | undefined {
  const scale = metadataInteger(map, "scale");
  if (scale === undefined || scale <= LARGEST_SCALE) return scale;
  throw new EsrganError("bad-weights", `The metadata says scale ${scale}, expected 1 to ${LARGEST_SCALE}`);
}

function choiceOf(map: TensorMap, fact: "luma" | "padding"): string | undefined {
  const said = stated(map, fact);
  if (said === undefined || VALUES[fact].some((value) => value === said)) return said;
  const message = `The metadata says ${fact} = "${printableName(said)}", expected ${VALUES[fact].join(" or ")}`;
  throw new EsrganError("bad-weights", message);
}

function list(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
