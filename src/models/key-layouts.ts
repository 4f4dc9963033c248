// Owns tensor names: what wrappers put before them and the layouts that checkpoints of the same network come in, brought to one. Layouts
// of networks that few models are stand in other-layouts.ts. The rules are those of tools/convert-weights.py;
// test/cases/checkpoint-names.json holds both to the same.

import { EsrganError } from "../errors.js";
import { printableName } from "../weights/printable-name.js";
import { isBookkeeping, type TensorMap, type WeightTensor } from "../weights/tensor-map.js";

/** How an implementation calls the layers of a network. A layer's name is that of its tensors up to the last dot. */
export interface Layout {
  /** Layers of which one at least is in every such checkpoint, and in none of a layout further down. */
  readonly of: readonly string[];
  /**
   * Our name for each of its layers; those that no rule fits, the first counts, keep theirs. In their names `#` stands for an index, `#even` and
   * `#odd` for such a one, `#last` and `#next` for the highest there is and the one below. In ours `{1}` is the first index, `{2+1}` one more
   * than the second, `{1+2/3}` (index + 2) / 3 and `{1/2+3}` index / 2 + 3, both rounded down. `{#}` is the highest index of `counted`.
   */
  readonly layers: Readonly<Record<string, string>>;
  readonly counted?: string;
  /** What the implementation has decided that no tensor tells. What a file states counts before it. */
  readonly implied?: Readonly<Record<string, string>>;
}

/** Layouts of RRDBNet, which nearly all models are. */
export const COMMON_LAYOUTS: readonly Layout[] = [
  { of: ["body.#.rdb#.conv#", "body.#.rdb#.conv1x1"], layers: {} },
  // ESRGAN, BSRGAN, RealSR
  {
    of: ["RRDB_trunk.#.RDB#.conv#", "RRDB_trunk.#.RDB#.conv1x1"],
    layers: {
      "RRDB_trunk.#.RDB#.conv1x1": "body.{1}.rdb{2}.conv1x1",
      "RRDB_trunk.#.RDB#.conv#": "body.{1}.rdb{2}.conv{3}",
      trunk_conv: "conv_body",
      "upconv#": "conv_up{1}",
      HRconv: "conv_hr",
    },
  },
  // The first ESRGAN code, a nested Sequential
  {
    of: ["model.1.sub.#.RDB#.conv#.0", "model.1.sub.#.RDB#.conv#", "model.1.sub.#.RDB#.conv1x1"],
    layers: {
      "model.1.sub.#.RDB#.conv1x1": "body.{1}.rdb{2}.conv1x1",
      "model.1.sub.#.RDB#.conv#.0": "body.{1}.rdb{2}.conv{3}",
      "model.1.sub.#.RDB#.conv#": "body.{1}.rdb{2}.conv{3}",
      "model.1.sub.#": "conv_body",
      "model.0": "conv_first",
      "model.#last": "conv_last",
      "model.#next": "conv_hr",
      "model.#": "conv_up{1/3}",
    },
  },
];

/** What wrappers put before every name: parallel and compiled modules, trainers, and averages of a network's weights. */
const PREFIXES = [
  "module.",
  "_orig_mod.",
  "netG.",
  "net_g.",
  "generator.",
  "net.",
  "G.",
  "params_ema.",
  "ema.",
  "ema_model.",
  "model.",
];
const MAX_PREFIXES = 8; // A name of a megabyte may hold very many.

/**
 * The tensors under the names that the first of `layouts` which fits has for them; what no rule knows keeps its name.
 * @throws EsrganError "bad-weights" naming two tensors that have the same meaning
 */
export function normalizeKeys(map: TensorMap, layouts: readonly Layout[] = COMMON_LAYOUTS): TensorMap {
  const { placeholders = new Map<string, string>() } = map;
  const names = [...map.tensors.keys(), ...placeholders.keys()].filter((name) => !isBookkeeping(name));
  const prefix = wrapperPrefix(names);
  const bare = names.map((name) => name.slice(prefix.length));
  const { rename, implied } = chosenLayout(bare, layouts);
  const originals = new Map<string, string>();
  const tensors = new Map<string, WeightTensor>();
  const renamedPlaceholders = new Map<string, string>();
  names.forEach((original, index) => {
    const name = rename(bare[index]!);
    const other = originals.get(name);
    if (other !== undefined) {
      const both = `${printableName(other)} and ${printableName(original)}`;
      throw new EsrganError("bad-weights", `Tensors ${both} have the same meaning, expected one of them`);
    }
    originals.set(name, original);
    const tensor = map.tensors.get(original);
    if (tensor) tensors.set(name, tensor);
    else renamedPlaceholders.set(name, placeholders.get(original)!);
  });
  return {
    ...map,
    tensors,
    ...(map.placeholders ? { placeholders: renamedPlaceholders } : {}),
    ...(implied ? { implied } : {}),
  };
}

/** The prefixes of wrappers that every name has, one after another. */
function wrapperPrefix(names: readonly string[]): string {
  let prefix = "";
  const has = (next: string) => names.length > 0 && names.every((name) => name.startsWith(prefix + next));
  for (let count = 0; count < MAX_PREFIXES; count++) {
    // The first ESRGAN code calls its own layers so.
    const isOldArch = names.some((name) => name.startsWith(`${prefix}model.1.sub.`));
    const found = PREFIXES.find((next) => has(next) && !(next === "model." && isOldArch));
    if (found === undefined) break;
    prefix += found;
  }
  return prefix;
}

/** How to rename tensors, and what their layout implies. */
function chosenLayout(
  names: readonly string[],
  layouts: readonly Layout[],
): { readonly rename: (name: string) => string; readonly implied?: Layout["implied"] } {
  const layers = [...new Set(names.map(layerOf))];
  const layout = layouts.find(({ of }) => of.some((each) => hasLayer(pattern(each), layers)));
  if (!layout) return { rename: (name) => name };
  const counted = layout.counted ? (indices(layout.counted, layers)[0] ?? 0) : 0;
  const rules = Object.entries(layout.layers).map(([theirs, ours]) => ({ theirs: ranked(theirs, layers), ours }));
  const rename = (name: string) => {
    const layer = layerOf(name);
    for (const { theirs, ours } of rules) {
      const found = theirs.exec(layer);
      if (found) return filled(ours, [counted, ...found.slice(1).map(Number)]) + name.slice(layer.length);
    }
    return name;
  };
  return { rename, implied: layout.implied };
}

function hasLayer(fits: RegExp, layers: readonly string[]): boolean {
  return layers.some((layer) => fits.test(layer));
}

function layerOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}

const INDEX = { "#even": "(\\d{0,3}[02468])", "#odd": "(\\d{0,3}[13579])", "#": "(\\d{1,4})" };

function pattern(layer: string): RegExp {
  const text = layer.replaceAll(".", "\\.").replace(/#(?:even|odd)?/g, (kind) => INDEX[kind as keyof typeof INDEX]);
  return new RegExp(`^${text}$`);
}

/** The pattern of a rule, whose "#last" or "#next" is the index that is so. */
function ranked(layer: string, layers: readonly string[]): RegExp {
  const any = layer.replace(/#(?:last|next)/, "#");
  return any === layer
    ? pattern(layer)
    : pattern(any.replace("#", `${indices(any, layers)[layer.endsWith("#last") ? 0 : 1]}`));
}

/** The first indices of the layers that fit, the highest first. */
function indices(layer: string, layers: readonly string[]): number[] {
  const fits = pattern(layer);
  const found = layers.flatMap((each) => fits.exec(each)?.[1] ?? []).map(Number);
  return [...new Set(found)].sort((a, b) => b - a);
}

function filled(ours: string, values: readonly number[]): string {
  return ours.replace(/\{([\d#])(?:\+(\d))?(?:\/(\d))?(?:\+(\d))?\}/g, (_, of, before = 0, by = 1, after = 0) => {
    const value = values[of === "#" ? 0 : Number(of)]!;
    return String(Math.floor((value + Number(before)) / Number(by)) + Number(after));
  });
}
