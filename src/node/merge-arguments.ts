// The words of the command merge: what may be said, and what it means. Nothing is done here.
import type { MergeMethod, MergePrior, RegistrationMethod } from "../multi-frame/index.js";
import {
  type Command,
  DEFAULT_NAME,
  oneOf,
  parseCount,
  parsedWords,
  parseMemory,
  STANDARD,
  UsageError,
} from "./cli-arguments.js";

/** How frames are merged. */
export interface MergeWords {
  readonly scale: number;
  readonly method: MergeMethod;
  readonly prior: MergePrior;
  readonly registration: RegistrationMethod;
  /** Undefined: the method's own. */
  readonly iterations: number | undefined;
}

export const MERGE_HELP = `Usage: esrgan-webgpu merge FRAME... -o FILE [options]

Merges frames of one still scene, shifted by fractions of a pixel (a series from a tripod, a scan done again), into one larger picture. It
shows detail that no frame has. Frames that are turned or in which something moved blur it. Frames are picture files of one size and kind, or folders and patterns in quotes; the first is the one
that the result is in the place of.

  -o, --output FILE|FOLDER   where to write; the ending says which format
      --mkdir                make the output's folder where it is missing
  -s, --scale N              how many times as large, 1 to 8 (default: 2)
      --method map|back-projection|pocs|shift-and-add
                             map (default, best), back-projection (fewer rounds), pocs, or shift-and-add (at once, least detail)
      --prior btv|huber      what map holds likely: bilateral total variation (default), or Huber's
      --registration gradient|frequency
                             how shifts are found (default: gradient)
      --iterations N         rounds, 1 to 1000 (default: map 60, back-projection 20, pocs 5)
      --memory SIZE          GPU memory to get by with: bytes, or with K, M or G, such as 512M (default: what is sensible)
      --quality N            of JPEG, WebP and AVIF, 1 to 100 (default: 95; AVIF 80)
      --backend gpu|cpu      cpu is slow, and exact (default: gpu)
      --adapter NAME         part of a name that --list-adapters prints (default: the fastest)
      --json                 print a report, one line of JSON, in place of the output's name
      --print0               end the name or report with a zero byte
  -q, --quiet                no progress and no name of what was written
      --help
`;

const OPTIONS = {
  output: { type: "string", short: "o" },
  scale: { type: "string", short: "s" },
  method: { type: "string" },
  prior: { type: "string" },
  registration: { type: "string" },
  iterations: { type: "string" },
  memory: { type: "string" },
  quality: { type: "string" },
  backend: { type: "string" },
  adapter: { type: "string" },
  mkdir: { type: "boolean" },
  json: { type: "boolean" },
  print0: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
} as const;

const MOST_SCALE = 8;
const MOST_ITERATIONS = 1000;

/** @throws UsageError */
export function parseMerge(words: readonly string[]): Command {
  const { values, positionals } = parsedWords(words, OPTIONS);
  if (positionals.includes("")) throw new UsageError("A frame has an empty name");
  if (!values.help && positionals.length === 0)
    throw new UsageError("merge needs the frames to merge; see merge --help");
  if (!values.help && values.output === undefined) throw new UsageError("merge needs an output, such as -o merged.png");
  if (values.output === STANDARD) throw new UsageError("merge writes a file: -o has to name it");
  const merge: MergeWords = {
    scale: parseCount("scale", values.scale, MOST_SCALE) ?? 2,
    method: oneOf("method", ["map", "back-projection", "pocs", "shift-and-add"], values.method),
    prior: oneOf("prior", ["btv", "huber"], values.prior),
    registration: oneOf("registration", ["gradient", "frequency"], values.registration),
    iterations: parseCount("iterations", values.iterations, MOST_ITERATIONS),
  };
  return {
    action: values.help ? "help" : "merge",
    inputs: positionals,
    recursive: false,
    output: values.output,
    name: DEFAULT_NAME,
    mkdir: values.mkdir ?? false,
    resume: false,
    watch: false,
    models: [],
    precision: "auto",
    backend: oneOf("backend", ["gpu", "cpu"], values.backend),
    adapter: values.adapter,
    scale: merge.scale,
    tile: undefined,
    memoryBudget: values.memory === undefined ? undefined : parseMemory(values.memory),
    alpha: undefined,
    tta: false,
    tileable: false,
    format: undefined,
    quality: parseCount("quality", values.quality, 100),
    frame: undefined,
    maxSize: undefined,
    maxPixels: undefined,
    json: values.json ?? false,
    print0: values.print0 ?? false,
    quiet: values.quiet ?? false,
    progress: "bar",
    encode: undefined,
    partFrames: undefined,
    merge,
  };
}
