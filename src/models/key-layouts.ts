// Owns tensor names: what wrappers put before them and the layouts that checkpoints of the same network come in, brought to
// Real-ESRGAN's names. The rules are those of tools/convert-weights.py; test/cases/checkpoint-names.json holds both to the same.

import { EsrganError } from "../errors.js";
import { printableName } from "../weights/printable-name.js";
import { isBookkeeping, type TensorMap, type WeightTensor } from "../weights/tensor-map.js";

/** What wrappers put before every name: parallel and compiled modules, trainers, and averages of a network's weights. */
const PREFIXES = ["module.", "_orig_mod.", "netG.", "net_g.", "generator.", "ema.", "ema_model.", "model."];
const MAX_PREFIXES = 8; // A name of a megabyte may hold very many.

/**
 * The tensors under Real-ESRGAN's names; what no rule knows keeps its name.
 * @throws EsrganError "bad-weights" naming two tensors that have the same meaning
 */
export function normalizeKeys(map: TensorMap): TensorMap {
  const { placeholders = new Map<string, string>() } = map;
  const names = [...map.tensors.keys(), ...placeholders.keys()].filter((name) => !isBookkeeping(name));
  const prefix = wrapperPrefix(names);
  const bare = names.map((name) => name.slice(prefix.length));
  const rename = renamer(bare);
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
  return { ...map, tensors, ...(map.placeholders ? { placeholders: renamedPlaceholders } : {}) };
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

type Renamer = (name: string) => string;

/** By the names of dense blocks and other parts, in the order in which they are asked for. */
const LAYOUTS: readonly { readonly block: RegExp; readonly renamer: (names: readonly string[]) => Renamer }[] = [
  { block: /^body\.\d+\.rdb\d+\.(?:conv\d+|conv1x1)\./, renamer: () => (name) => name },
  { block: /^RRDB_trunk\.\d+\.RDB\d+\.(?:conv\d|conv1x1)\./, renamer: () => renameTrunk },
  { block: /^model\.1\.sub\.\d+\.RDB\d+\.(?:conv\d|conv1x1)\.(?:0\.)?/, renamer: oldArchRenamer },
  { block: /^mid_part\.\d+\./, renamer: () => renameFsrcnnParts },
  { block: /^deconv\./, renamer: () => (name) => name.replace(/^relu(\d+)\./, "prelu$1.") },
  { block: /^feature_map_layer\.\d+\./, renamer: () => renameFeatureMaps },
  { block: /^residual_layer\.\d+\.conv\./, renamer: residualLayerRenamer },
];

function renamer(names: readonly string[]): Renamer {
  const layout = LAYOUTS.find(({ block }) => names.some((name) => block.test(name)));
  return layout ? layout.renamer(names) : (name) => name;
}

/** ESRGAN, BSRGAN, RealSR: `RRDB_trunk.0.RDB1.conv1.weight`. */
function renameTrunk(name: string): string {
  return name
    .replace(/^RRDB_trunk\.(\d+)\.RDB(\d+)\.(conv\d|conv1x1)\./, "body.$1.rdb$2.$3.")
    .replace(/^trunk_conv\./, "conv_body.")
    .replace(/^upconv(\d+)\./, "conv_up$1.")
    .replace(/^HRconv\./, "conv_hr.");
}

/** The first ESRGAN code, a nested Sequential: `model.1.sub.0.RDB1.conv1.0.weight`, numbered by position. */
function oldArchRenamer(names: readonly string[]): Renamer {
  const highest = (pattern: RegExp, otherwise: number) => {
    const found = names.flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number);
    return found.reduce((most, index) => Math.max(most, index), found[0] ?? otherwise);
  };
  const blocks = 1 + highest(/^model\.1\.sub\.(\d{1,4})\.RDB/, 0);
  const ups = Math.max(0, Math.floor((highest(/^model\.(\d{1,3})\.(?:weight|bias)$/, 4) - 4) / 3));
  const top = new Map([
    [0, "conv_first"],
    [3 * ups + 2, "conv_hr"],
    [3 * ups + 4, "conv_last"],
  ]);
  for (let up = 1; up <= ups; up++) top.set(3 * up, `conv_up${up}`);
  const body = new RegExp(`^model\\.1\\.sub\\.${blocks}\\.(weight|bias)$`);
  return (name) =>
    name
      .replace(/^model\.1\.sub\.(\d+)\.RDB(\d+)\.(conv\d|conv1x1)\.(?:0\.)?/, "body.$1.rdb$2.$3.")
      .replace(body, "conv_body.$1")
      .replace(/^model\.(\d{1,3})\.(weight|bias)$/, (whole, index: string, kind: string) => {
        const found = top.get(Number(index));
        return found ? `${found}.${kind}` : whole;
      });
}

/** FSRCNN-pytorch: convolutions at even positions of two Sequentials, their slopes at odd ones. */
function renameFsrcnnParts(name: string): string {
  return name
    .replace(/^last_part\./, "deconv.")
    .replace(/^(first|mid)_part\.(\d{1,3})\./, (_, part: string, position: string) => {
      const first = part === "first" ? 1 : 2;
      return `${Number(position) % 2 === 0 ? "conv" : "prelu"}${first + Math.floor(Number(position) / 2)}.`;
    });
}

/** An ESPCN whose convolutions alternate with activations in a Sequential, before the one that is shuffled. */
function renameFeatureMaps(name: string): string {
  return name
    .replace(/^sub_pixel_layer\.0\./, "conv3.")
    .replace(/^feature_map_layer\.(0|2)\./, (_, position: string) => `conv${1 + Number(position) / 2}.`);
}

/** pytorch-vdsr, whose first and last convolutions have names of their own. */
function residualLayerRenamer(names: readonly string[]): Renamer {
  const layers = new Set(names.flatMap((name) => /^residual_layer\.(\d+)\.conv\./.exec(name)?.[1] ?? [])).size;
  return (name) =>
    name
      .replace(/^input\./, "conv1.")
      .replace(/^output\./, `conv${layers + 2}.`)
      .replace(/^residual_layer\.(\d{1,4})\.conv\./, (_, index: string) => `conv${Number(index) + 2}.`);
}
