// Owns the facts of networks that no tensor tells: what the metadata must state of them.

import { EsrganError } from "../errors.js";
import type { Padding } from "../ops/conv2d.js";
import type { Edge } from "../ops/plane.js";
import { printableName } from "../weights/printable-name.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { metadataInteger, stated } from "./inspect.js";
import type { LumaRange } from "./luma.js";

/** Facts that tensors do not tell, and how tools/convert-weights.py is told. */
export interface Facts {
  readonly scale: number;
  readonly luma: LumaRange;
  readonly padding: Padding;
  /** The padding of networks that cannot do without. */
  readonly edge: Edge;
  /** What stands for white. */
  readonly range: "1" | "255";
  /** By what a residual block's result is multiplied. */
  readonly residualScale: number;
  /** What is taken from the picture's values: the mean of DIV2K, or nothing. */
  readonly mean: "div2k" | "none";
  /** The values that it takes and gives: 0 to 1, -1 to 1, normalised as for ImageNet, or those of which tanh is to be computed. */
  readonly inputRange: "unit" | "signed" | "imagenet";
  readonly outputRange: "unit" | "signed" | "tanh";
  readonly activation: "tanh" | "relu";
}

interface Question {
  readonly what: string;
  /** What the metadata and the converter call it. */
  readonly key: string;
  /** What it may be; undefined for numbers. */
  readonly values?: readonly string[];
}

const BEYOND = { what: "what lies beyond a picture's edge", key: "padding" };

const QUESTIONS: { readonly [K in keyof Facts]: Question } = {
  scale: { what: "its scale", key: "scale" },
  luma: { what: "the range of its luma", key: "luma", values: ["studio", "full"] },
  padding: { ...BEYOND, values: ["zeros", "replicate", "valid"] },
  edge: { ...BEYOND, values: ["zeros", "replicate"] },
  range: { what: "the range of its values", key: "range", values: ["1", "255"] },
  residualScale: { what: "by what the results of its blocks are multiplied", key: "res_scale" },
  mean: { what: "the mean that it takes away", key: "mean", values: ["div2k", "none"] },
  inputRange: {
    what: "the range of the values that it takes",
    key: "input_range",
    values: ["unit", "signed", "imagenet"],
  },
  outputRange: { what: "the range of those that it gives", key: "output_range", values: ["unit", "signed", "tanh"] },
  activation: { what: "its activation", key: "activation", values: ["tanh", "relu"] },
};

/**
 * What the metadata states of these facts.
 * @throws EsrganError "unsupported-model" asking for those that it does not state; "bad-weights" where it states nonsense
 */
export function statedFacts<K extends keyof Facts>(
  map: TensorMap,
  network: string,
  wanted: readonly K[],
): Pick<Facts, K> {
  const found = wanted.map((fact) => [fact, factOf(map, fact)] as const);
  const open = found.filter(([, value]) => value === undefined).map(([fact]) => QUESTIONS[fact]);
  if (open.length > 0) {
    const what = list(
      open.map((each) => each.what),
      "and",
    );
    const options = open
      .map(({ key, values = ["N"] }) => `--${key.replaceAll("_", "-")} ${list(values, "or")}`)
      .join(" ");
    throw new EsrganError(
      "unsupported-model",
      `The weights are those of ${network} and do not tell ${what}: state it with tools/convert-weights.py ${options}`,
    );
  }
  return Object.fromEntries(found) as unknown as Pick<Facts, K>;
}

function factOf(map: TensorMap, fact: keyof Facts): number | string | undefined {
  if (fact === "scale") return scaleOf(map);
  return fact === "residualScale" ? fractionOf(map, QUESTIONS[fact]) : choiceOf(map, QUESTIONS[fact]);
}

/** A number above 0, and 1 at most. */
function fractionOf(map: TensorMap, { key }: Question): number | undefined {
  const said = stated(map, key);
  if (said === undefined) return undefined;
  const value = Number(said);
  if (/^[01](?:\.[0-9]{1,6})?$/.test(said) && value > 0 && value <= 1) return value;
  throw new EsrganError(
    "bad-weights",
    `The metadata says ${key} = "${printableName(said)}", expected a number above 0, 1 at most`,
  );
}

const LARGEST_SCALE = 16;

function scaleOf(map: TensorMap): number | undefined {
  const scale = metadataInteger(map, "scale");
  if (scale === undefined || scale <= LARGEST_SCALE) return scale;
  throw new EsrganError("bad-weights", `The metadata says scale ${scale}, expected 1 to ${LARGEST_SCALE}`);
}

function choiceOf(map: TensorMap, { key, values = [] }: Question): string | undefined {
  const said = stated(map, key);
  if (said === undefined || values.includes(said)) return said;
  const message = `The metadata says ${key} = "${printableName(said)}", expected ${list(values, "or")}`;
  throw new EsrganError("bad-weights", message);
}

function list(parts: readonly string[], word: "and" | "or"): string {
  return parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(", ")} ${word} ${parts.at(-1)}`;
}
