// The command line's words: what may be said, and what it means. Nothing is done here.
import { type ParseArgsConfig, parseArgs } from "node:util";
import type { AlphaMode, TileOption } from "../index.js";
import { nearestOf } from "../options.js";
import { type MergeWords, parseMerge } from "./merge-arguments.js";
import type { PictureFormat } from "./picture-format.js";

/** What the command line asks for. */
export interface Command {
  readonly action: "upscale" | "merge" | "video" | "plan" | "textures" | "list-adapters" | "help" | "version";
  /** Files, folders and patterns; "-" is standard input. */
  readonly inputs: readonly string[];
  readonly recursive: boolean;
  /** A file or folder; "-" is standard output. */
  readonly output: string | undefined;
  /** What results in folders are called, without their ending: a template with placeholders. */
  readonly name: string;
  /** Makes the output's folder where it is missing. */
  readonly mkdir: boolean;
  /** Leaves out pictures whose result is there. */
  readonly resume: boolean;
  /** Goes on with pictures as they come into the folders. */
  readonly watch: boolean;
  /** One model, or several to be mixed. */
  readonly models: readonly WeightedModel[];
  readonly precision: "auto" | "f32" | "f16";
  readonly backend: "gpu" | "cpu";
  readonly adapter: string | undefined;
  /** Output pixels for each input pixel along an axis; undefined: the model's. */
  readonly scale: number | undefined;
  readonly tile: TileOption | undefined;
  /** In bytes. */
  readonly memoryBudget: number | undefined;
  readonly alpha: AlphaMode | undefined;
  readonly tta: boolean;
  readonly tileable: boolean;
  /** Of outputs that -o does not name; undefined: PNG. */
  readonly format: PictureFormat | undefined;
  /** Of JPEG, WebP and AVIF; undefined: what is hardly visible. */
  readonly quality: number | undefined;
  /** Which frame or page is read, from 1; undefined: the first. */
  readonly frame: number | undefined;
  /** The longest side that a texture of a GLB gets, in pixels; undefined: what the scale makes. */
  readonly maxSize: number | undefined;
  /** The most that are decoded; undefined: as many as readPicture does. */
  readonly maxPixels: number | undefined;
  /** Reports as JSON, one line a picture. */
  readonly json: boolean;
  /** Ends what is printed for each picture with a zero byte, and prints names as they are. */
  readonly print0: boolean;
  readonly quiet: boolean;
  /** How pictures are merged; there for the action "merge" alone. */
  readonly merge?: MergeWords | undefined;
  /** How progress is shown on standard error: as a bar on a terminal, or as lines of JSON, notes among them. */
  readonly progress: "bar" | "json";
  /** ffmpeg's words for how a video is encoded; undefined: as its ending suggests. */
  readonly encode: string | undefined;
  /** How many frames of a video are kept at a time; undefined: as many as take minutes. */
  readonly partFrames: number | undefined;
}

/** A bundled model's name or a file, and what its weights are multiplied by in a mixture. */
export interface WeightedModel {
  readonly name: string;
  readonly weight: number;
}

/** A command line that makes no sense; the message is one sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const DEFAULT_NAME = "{stem}-{scale}x";
export const NAME_PLACEHOLDER = /\{([^{}]*)\}/g;
export const NAME_PARTS = ["stem", "scale", "model"] as const;

/** What the command line calls standard input and output. */
export const STANDARD = "-";

export const DEFAULT_MODEL = "general-x4v3";

const SCALES = { least: 0.1, most: 16 };

export const HELP = `Usage: esrgan-webgpu INPUT... [options]
       esrgan-webgpu merge FRAME... -o FILE [options]      several frames of one scene as one picture; see merge --help
       esrgan-webgpu textures FILE.glb -o FILE.glb [options]
       esrgan-webgpu video INPUT -o OUTPUT [options]

Makes pictures (PNG, JPEG, WebP, AVIF, TIFF, GIF) larger with an ESRGAN network, on the GPU through WebGPU.
An input is a file, a folder (all pictures in it, whatever their endings), a pattern in quotes ("scans/*.png", "**/*.jpg"),
or - for standard input, whose result goes to standard output where -o says nothing else.
Without an input it does so with a photo of its own. With textures before it a GLB file gets larger textures, each by its role:
those that repeat are tileable, normals keep their length, and the channels of roughness and the like do not mix. Videos are read and written by ffmpeg, which has to be installed; when
it is run again after it was ended, it goes on where it stopped (what is done is kept in the folder OUTPUT.parts).

  -o, --output FILE|FOLDER   where to write (default: NAME-4x.png beside the input); the ending says which format;
                             several inputs need a folder, which has to exist; JPEG shows transparency as white;
                             - is standard output
      --mkdir                make the output's folder where it is missing
      --name TEMPLATE        what results are called that -o does not name, without the ending, with {stem} (the input's
                             name), {scale} and {model} (default: {stem}-{scale}x)
      --format png|jpeg|webp|avif|tiff
                             what is written where -o names no file (default: png)
      --quality N            of JPEG, WebP and AVIF, 1 to 100 (default: 95, and 80 of AVIF)
      --frame N              which frame of an animation or page of a document is read (default: 1)
      --max-pixels N         refuse inputs of more pixels, a guard against small files that claim to be vast: a number, or
                             with K, M or G for thousands, millions or billions (default: 268435456)
      --max-size N           the longest side of a texture of a GLB
  -r, --recursive            folders with the folders in them, which the output folder gets too
      --resume               leave out pictures whose result is there and newer
      --watch                inputs are folders that are looked into for ever: pictures are made larger as they come in, once
                             their files are whole; needs -o with another folder; Ctrl-C or SIGTERM ends it
  -m, --model NAME|FILE      general-x4v3 (default, photos, fast), x4plus (photos, best), anime-6b (drawings),
                             srcnn-915-x3, fsrcnn-s-x3, espcn-x3, vdsr-x2 to -x4 (the field's first networks),
                             nearest, bilinear, bicubic (no network; bicubic-x2 to -x8 for other scales than 4),
                             or a .safetensors, .pth or .pt file; A:0.8+B:0.2 mixes the weights of models of one kind
  -s, --scale N              how many times as large, 0.1 to 16 (default: as the model does, 4 or 2 times)
      --tile auto|SIZE[,OVERLAP]
                             work in tiles of SIZE pixels that have OVERLAP in common (default: auto, as memory allows)
      --memory SIZE          GPU memory to get by with: bytes, or with K, M or G, such as 512M (default: what is sensible)
      --alpha bicubic|network|ignore
                             how transparency is enlarged (default: bicubic), or that the result is opaque
      --tta                  better and eight times as slow: averages over the picture turned and mirrored
      --tileable             the picture repeats at its borders, and its result will too
      --precision auto|f32|f16
                             what numbers are stored as on the GPU (default: auto, the faster that the GPU is good at)
      --backend gpu|cpu      cpu is slow, and exact (default: gpu)
      --adapter NAME         part of a name that --list-adapters prints (default: the fastest)
      --list-adapters        print the WebGPU adapters of this machine, one a line
      --plan                 print what would be computed, as JSON, and stop
      --json                 print a report for each picture, one line of JSON, in place of the output's name; for one
                             that fails the error
      --print0               end each name or report with a zero byte, not a line, and print names as they are, for xargs -0;
                             else control characters are printed as escapes, such as \\n
      --progress bar|json    json prints progress and notes as lines of JSON on standard error (default: bar, on a terminal)
      --encode="WORDS"       how ffmpeg encodes a video (default: -c:v libx264 -crf 17 -preset medium, and VP9 for .webm)
      --part-frames N        how many frames of a video are kept at a time, for going on (default: 120)
  -q, --quiet                no progress, no names of what was written and no sum at the end
      --help, --version

It prints the name of each picture it has written. It exits with 0 if all went well, 1 if not, 2 if it was called wrongly.
`;

const OPTIONS = {
  output: { type: "string", short: "o" },
  name: { type: "string" },
  mkdir: { type: "boolean" },
  recursive: { type: "boolean", short: "r" },
  resume: { type: "boolean" },
  watch: { type: "boolean" },
  format: { type: "string" },
  quality: { type: "string" },
  frame: { type: "string" },
  "max-size": { type: "string" },
  "max-pixels": { type: "string" },
  model: { type: "string", short: "m" },
  scale: { type: "string", short: "s" },
  tile: { type: "string" },
  memory: { type: "string" },
  alpha: { type: "string" },
  tta: { type: "boolean" },
  tileable: { type: "boolean" },
  precision: { type: "string" },
  backend: { type: "string" },
  adapter: { type: "string" },
  "list-adapters": { type: "boolean" },
  plan: { type: "boolean" },
  json: { type: "boolean" },
  print0: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  progress: { type: "string" },
  encode: { type: "string" },
  "part-frames": { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** @throws UsageError */
export function parseCommand(words: readonly string[]): Command {
  if (words[0] === "merge") return parseMerge(words.slice(1));
  const { values, positionals: given } = parsedWords(words, OPTIONS);
  const isVideo = given[0] === "video";
  const positionals = isVideo ? given.slice(1) : given;
  if (positionals.includes("")) throw new UsageError("An input has an empty name");
  const ofGlb = glbInputs(positionals);
  if (values["max-size"] !== undefined && !ofGlb)
    throw new UsageError("The option --max-size is for the command textures");
  const action = values.help
    ? "help"
    : values.version
      ? "version"
      : values["list-adapters"]
        ? "list-adapters"
        : values.plan
          ? "plan"
          : isVideo
            ? "video"
            : ofGlb
              ? "textures"
              : "upscale";
  const output = values.output ?? (positionals.includes(STANDARD) ? STANDARD : undefined);
  if (output === STANDARD && action === "upscale" && (values.json || values.print0)) {
    const option = values.json ? "json" : "print0";
    throw new UsageError(`The option --${option} prints where the picture goes, which is standard output`);
  }
  if (action === "video") requireVideo(positionals, output);
  if (
    values.watch &&
    (action !== "upscale" || positionals.length === 0 || output === undefined || output === STANDARD)
  ) {
    throw new UsageError(
      "The option --watch takes folders and -o with another, as in: esrgan-webgpu --watch incoming -o larger",
    );
  }
  return {
    action,
    inputs: ofGlb ?? positionals,
    recursive: values.recursive ?? false,
    output,
    name: values.name === undefined ? DEFAULT_NAME : parseNameTemplate(values.name),
    mkdir: values.mkdir ?? false,
    resume: values.resume ?? false,
    watch: values.watch ?? false,
    models: parseModels(values.model ?? DEFAULT_MODEL),
    precision: oneOf("precision", ["auto", "f32", "f16"], values.precision),
    backend: oneOf("backend", ["gpu", "cpu"], values.backend),
    adapter: values.adapter,
    scale: values.scale === undefined ? undefined : parseScale(values.scale),
    tile: values.tile === undefined ? undefined : parseTile(values.tile),
    memoryBudget: values.memory === undefined ? undefined : parseMemory(values.memory),
    alpha: values.alpha === undefined ? undefined : oneOf("alpha", ["bicubic", "network", "ignore"], values.alpha),
    tta: values.tta ?? false,
    tileable: values.tileable ?? false,
    format:
      values.format === undefined ? undefined : oneOf("format", ["png", "jpeg", "webp", "avif", "tiff"], values.format),
    quality: parseCount("quality", values.quality, 100),
    frame: parseCount("frame", values.frame, 2 ** 31 - 1),
    maxSize: parseCount("max-size", values["max-size"], 2 ** 16),
    maxPixels: values["max-pixels"] === undefined ? undefined : parsePixels(values["max-pixels"]),
    json: values.json ?? false,
    print0: values.print0 ?? false,
    quiet: values.quiet ?? false,
    encode: values.encode,
    partFrames: parseCount("part-frames", values["part-frames"], 100_000),
    progress: oneOf("progress", ["bar", "json"], values.progress),
  };
}

/** What stands behind the word textures, where that is the command: a folder of that name may be an input too. */
function glbInputs([first, ...inputs]: readonly string[]): readonly string[] | undefined {
  return first === "textures" && inputs.length > 0 && inputs.every((name) => /\.glb$/i.test(name)) ? inputs : undefined;
}

/** @throws UsageError for a placeholder that there is none of, or a name with folders */
function parseNameTemplate(words: string): string {
  const known: readonly string[] = NAME_PARTS;
  const unknown = Array.from(words.matchAll(NAME_PLACEHOLDER), ([, name]) => name!).find(
    (name) => !known.includes(name),
  );
  if (unknown !== undefined) {
    throw new UsageError(`The option --name has {${unknown}}, but can only have {stem}, {scale} and {model}`);
  }
  if (/[\\/]/.test(words)) {
    throw new UsageError(`The option --name is "${words}", but a name has no folders; the output's folder is -o`);
  }
  return words;
}

function requireVideo(inputs: readonly string[], output: string | undefined): void {
  if (inputs.length !== 1 || output === undefined || inputs[0] === STANDARD || output === STANDARD) {
    throw new UsageError(
      "The command video takes one file and -o with another, as in: esrgan-webgpu video a.mp4 -o b.mp4",
    );
  }
}

/** What parseArgs makes of words. @throws UsageError in place of its errors, and for options with an empty value */
export function parsedWords<const O extends NonNullable<ParseArgsConfig["options"]>>(
  words: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<{ args: string[]; options: O; allowPositionals: true }>> {
  try {
    const parsed = parseArgs({ args: [...words], options, allowPositionals: true });
    for (const [name, value] of Object.entries(parsed.values)) {
      if (value === "") throw new UsageError(`The option --${name} has an empty value`);
    }
    return parsed;
  } catch (error) {
    throw usageErrorOf(error as NodeJS.ErrnoException, Object.keys(options));
  }
}

/** What is said in place of an error of parseArgs; others stay what they are. */
function usageErrorOf(error: NodeJS.ErrnoException, known: readonly string[]): Error {
  const { code, message } = error;
  const option = /'(?:-\w, )?(-[^ ']*)/.exec(message)?.[1] ?? "";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const meant = option.startsWith("--") && nearestOf(option.slice(2), known);
    return new UsageError(
      `There is no option ${option}${meant ? `, did you mean --${meant}?` : "; --help shows those there are"}`,
    );
  }
  if (code !== "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") return error;
  const needsNone = /does not take an argument/.test(message);
  return new UsageError(needsNone ? `The option ${option} takes no value` : `The option ${option} needs a value`);
}

/** @throws UsageError unless the value is one of these; without a value the first */
export function oneOf<const T extends string>(
  option: string,
  allowed: readonly [T, ...T[]],
  value: string | undefined,
): T {
  if (value === undefined) return allowed[0];
  const found = allowed.find((each) => each === value);
  if (found === undefined) {
    throw new UsageError(
      `The option --${option} is "${value}", but can only be ${allowed.join(", ").replace(/, ([\w-]+)$/, " or $1")}`,
    );
  }
  return found;
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;

/**
 * NAME, or NAME:WEIGHT+NAME:WEIGHT and so on. A mixture is only what has a weight before a plus, so that names may have colons and pluses.
 * @throws UsageError
 */
function parseModels(words: string): WeightedModel[] {
  const models: WeightedModel[] = [];
  let rest = words;
  for (let part = nextPart(rest, "\\+"); part; part = nextPart(rest, "\\+")) {
    models.push(part.model);
    rest = rest.slice(part.length);
  }
  if (models.length === 0) return [{ name: words, weight: 1 }];
  const last = nextPart(rest, "$");
  if (last) return [...models, last.model];
  throw new UsageError(
    `The option --model mixes models, but "${rest}" is no NAME:WEIGHT, as in --model general-x4v3:0.8+other.safetensors:0.2`,
  );
}

function nextPart(words: string, end: string): { model: WeightedModel; length: number } | undefined {
  const [part, name, weight] = new RegExp(`^(.+?):(${NUMBER})${end}`).exec(words) ?? [];
  const isPart = part !== undefined && Number.isFinite(Number(weight));
  return isPart ? { model: { name: name!, weight: Number(weight) }, length: part.length } : undefined;
}

function parseScale(words: string): number {
  const scale = new RegExp(`^${NUMBER}$`).test(words) ? Number(words) : Number.NaN;
  if (scale >= SCALES.least && scale <= SCALES.most) return scale;
  throw new UsageError(
    `The option --scale is "${words}", but can only be a number from ${SCALES.least} to ${SCALES.most}`,
  );
}

export function parseCount(option: string, words: string | undefined, most: number): number | undefined {
  if (words === undefined) return undefined;
  const count = /^\d{1,10}$/.test(words) ? Number(words) : 0;
  if (count >= 1 && count <= most) return count;
  throw new UsageError(`The option --${option} is "${words}", but can only be a whole number from 1 to ${most}`);
}

const MAX_MAX_PIXELS = 2 ** 53 - 1;

function parsePixels(words: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([KMG]?)$/i.exec(words) ?? [];
  const pixels = Math.floor(Number(amount) * 1000 ** " KMG".indexOf(unit.toUpperCase() || " "));
  if (pixels >= 1 && pixels <= MAX_MAX_PIXELS) return pixels;
  throw new UsageError(
    `The option --max-pixels is "${words}", but can only be a number, or one with K, M or G, such as 500M`,
  );
}

function parseTile(words: string): TileOption {
  if (words === "auto") return words;
  const [, size, overlap] = /^(\d{1,6})(?:,(\d{1,6}))?$/.exec(words) ?? [];
  if (Number(size) > 2 * Number(overlap ?? 0))
    return { size: Number(size), ...(overlap !== undefined && { overlap: Number(overlap) }) };
  throw new UsageError(
    `The option --tile is "${words}", but can only be auto, or SIZE or SIZE,OVERLAP in pixels with a SIZE above twice the OVERLAP, such as 256,16`,
  );
}

const UNITS: Record<string, number> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Bytes. @throws UsageError */
export function parseMemory(words: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?) ?([KMG]?)(?:i?B)?$/i.exec(words) ?? [];
  const byteLength = Math.floor(Number(amount) * UNITS[unit.toUpperCase()]!);
  if (byteLength > 0 && Number.isSafeInteger(byteLength)) return byteLength;
  throw new UsageError(
    `The option --memory is "${words}", but can only be bytes, or a number with K, M or G, such as 512M`,
  );
}
