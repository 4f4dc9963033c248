// Owns the facts of networks that no tensor tells: what the metadata must state of them.

import { EsrganError } from "../errors.js";
import type { Padding } from "../ops/conv2d.js";
import { printableName } from "../weights/printable-name.js";
import type { TensorMap } from "../weights/tensor-map.js";
import { metadataInteger, stated } from "./inspect.js";
import type { LumaRange } from "./luma.js";

/** Facts that tensors do not tell, and how tools/convert-weights.py is told. */
interface Facts {
  readonly scale: number;
  readonly luma: LumaRange;
  readonly padding: Padding;
  /** What stands for white. */
  readonly range: "1" | "255";
}

const QUESTIONS: { readonly [K in keyof Facts]: { readonly what: string; readonly option: string } } = {
  scale: { what: "its scale", option: "--scale N" },
  luma: { what: "the range of its luma", option: "--luma studio or full" },
  padding: { what: "what lies beyond a picture's edge", option: "--padding zeros or replicate" },
  range: { what: "the range of its values", option: "--range 1 or 255" },
};

const VALUES = { luma: ["studio", "full"], padding: ["zeros", "replicate"], range: ["1", "255"] } as const;

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

function choiceOf(map: TensorMap, fact: keyof typeof VALUES): string | undefined {
  const said = stated(map, fact);
  if (said === undefined || VALUES[fact].some((value) => value === said)) return said;
  const message = `The metadata says ${fact} = "${printableName(said)}", expected ${VALUES[fact].join(" or ")}`;
  throw new EsrganError("bad-weights", message);
}

function list(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
