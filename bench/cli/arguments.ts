// Owns the words of `npm run bench -- ...`. What they make happen is main.ts.

import type { SuiteName } from "../harness/row.js";

export interface BenchCommand {
  readonly action: "help" | "suites" | "page" | "document" | "seams" | "accuracy" | "report" | "quality";
  readonly suites: readonly SuiteName[];
  readonly adapter: string | undefined;
  readonly filter: string | undefined;
  readonly json: string | undefined;
  readonly quick: boolean;
  readonly experiments: boolean;
  readonly seconds: number | undefined;
  readonly port: number | undefined;
  readonly part: string | undefined;
  readonly set: string | undefined;
  readonly weights: string | undefined;
  readonly stated: Readonly<Record<string, string>>;
  readonly pictures: string | undefined;
  readonly rounds: number | undefined;
  readonly seed: number | undefined;
}

export const HELP = `Measures the kernels and networks of esrgan-webgpu. A kernel that computes wrong values is reported, not timed.

npm run bench -- [kernels | networks] [options]     one suite, or both
npm run bench -- page [--port N]                    serves the benchmark as a page for a browser
npm run bench -- seams [--filter TEXT]              how much the edges of tiles show, by overlap; an hour
npm run bench -- accuracy [--filter TEXT]           how far each arithmetic takes the networks from PyTorch's output
npm run bench -- quality [--set FOLDER]             PSNR and SSIM of the networks on your pictures, beside published ones
npm run bench -- report [options]                   measures the shipped networks beside predictions, as text for an issue
npm run bench -- docs [--part NAME]                 measures again what docs/performance.md states, half an hour

  --adapter NAME    part of an adapter's name, for example swiftshader (default: the fastest kind there is)
  --filter TEXT     only rows with all of these words in their name, for example "64->32 f32"
  --json FILE       writes everything that was measured
  --set FOLDER      pictures for quality, which it makes small itself (default: one of the repository)
  --weights PATH    a weight file, or a folder of them, for quality beside the shipped models; of seams a file in their place
  --stated FACTS    what those files leave open, for example scale=3,luma=studio,padding=replicate
  --part NAME       lavapipe, swiftshader, isa, roofline or choices: that part of the page alone
  --experiments     also the kernels that no device gets yet, by experimental features of Dawn's
  --pictures DIR    of seams: your pictures beside those that are drawn
  --rounds N        of seams: pictures of each kind (default: 3); --seed N draws others
  --quick           few variants, small pictures, few samples: to see that it works
  --seconds N       skips networks that would take longer for one picture (default: 10, on software adapters 60)
  --help

npm run bench:isa                                   what the compilers of GPUs make of the kernels; needs no GPU
`;

const ACTIONS = ["kernels", "networks", "page", "docs", "seams", "accuracy", "report", "quality"] as const;
const WITH_VALUE = [
  "--adapter",
  "--filter",
  "--json",
  "--seconds",
  "--port",
  "--part",
  "--set",
  "--weights",
  "--stated",
  "--pictures",
  "--rounds",
  "--seed",
] as const;
const WHOLE = ["--port", "--rounds", "--seed"];

/** @throws Error with one sentence for a person */
export function parseArguments(words: readonly string[]): BenchCommand {
  const values = new Map<string, string>();
  let action: (typeof ACTIONS)[number] | undefined;
  let quick = false;
  let experiments = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const [name, inline] = word.startsWith("--") ? split(word) : [word, undefined];
    if (name === "--help") return command("help", { quick, values });
    if (name === "--quick" && inline === undefined) {
      quick = true;
    } else if (name === "--experiments" && inline === undefined) {
      experiments = true;
    } else if ((WITH_VALUE as readonly string[]).includes(name)) {
      const value = inline ?? words[++at];
      if (value === undefined) throw new Error(`${name} needs a value`);
      if (values.has(name)) throw new Error(`${name} was given twice`);
      values.set(name, value);
    } else if ((ACTIONS as readonly string[]).includes(word)) {
      if (action)
        throw new Error(`${word} was given beside ${action}: one of ${ACTIONS.join(", ")}, or none for both suites`);
      action = word as (typeof ACTIONS)[number];
    } else {
      throw new Error(`${word} is not known; --help lists what there is`);
    }
  }
  if (action === "page") return command("page", { quick, values });
  if (action === "docs") return command("document", { quick, values });
  if (action === "seams") return command("seams", { quick, values });
  if (action === "report") return command("report", { quick, values });
  if (action === "accuracy") return command("accuracy", { quick, values });
  if (action === "quality") return command("quality", { quick, values });
  return { ...command("suites", { quick, values }), experiments, suites: action ? [action] : ["kernels", "networks"] };
}

function split(word: string): [string, string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function command(
  action: BenchCommand["action"],
  { quick, values }: { readonly quick: boolean; readonly values: ReadonlyMap<string, string> },
): BenchCommand {
  return {
    action,
    suites: [],
    quick,
    experiments: false,
    adapter: values.get("--adapter"),
    filter: values.get("--filter"),
    json: values.get("--json"),
    seconds: positive(values, "--seconds"),
    port: positive(values, "--port"),
    part: values.get("--part"),
    set: values.get("--set"),
    weights: values.get("--weights"),
    stated: facts(values.get("--stated")),
    pictures: values.get("--pictures"),
    rounds: positive(values, "--rounds"),
    seed: positive(values, "--seed"),
  };
}

/** "scale=3,luma=full" as an object. */
function facts(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  const pairs = text.split(",").map((pair) => pair.split("="));
  if (!pairs.every((pair) => pair.length === 2 && pair.every((part) => part !== ""))) {
    throw new Error(`--stated must be like scale=3,luma=studio,padding=replicate, got "${text}"`);
  }
  return Object.fromEntries(pairs);
}

function positive(values: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  const isWhole = WHOLE.includes(name);
  if (!(value > 0) || (isWhole && !(Number.isInteger(value) && value < 65_536))) {
    throw new Error(`${name} must be a positive ${isWhole ? "integer below 65536" : "number"}, got "${text}"`);
  }
  return value;
}
