// The words of bench:peers and what they mean. Nothing is done here.
import { parseArgs } from "node:util";
import { PAGE_PEERS, type PagePeer } from "./job.js";

export const NETWORKS = ["anime-6b", "esrgan-thick"] as const;

export type NetworkName = (typeof NETWORKS)[number];

/** Where the page's adapter comes from. */
export type AdapterChoice = "auto" | "gpu" | "swiftshader";

export interface Options {
  readonly help: boolean;
  readonly size: number;
  readonly repeats: number;
  readonly peers: readonly (PagePeer | "ncnn")[];
  readonly networks: readonly NetworkName[];
  /** The model.json of esrgan-thick as a TF.js layers model. */
  readonly thick: string | undefined;
  readonly adapter: AdapterChoice;
  /** A browser's program; by default an installed one, or that of @sparticuz/chromium. */
  readonly browser: string | undefined;
  /** Part of an adapter's name: processes of Node on it, in place of a browser. */
  readonly node: string | undefined;
  /** Print the page's address and wait for a browser, in place of starting one. */
  readonly serve: boolean;
  /** The program realesrgan-ncnn-vulkan, and the folder of its models. */
  readonly ncnn: string | undefined;
  readonly ncnnModels: string | undefined;
  readonly ncnnAdapter: string | undefined;
  readonly json: string | undefined;
}

/** A command line that makes no sense; the message is one sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const HELP = `Usage: npm run bench:peers -- [options]

Runs ONNX Runtime Web (WebGPU and WASM), TensorFlow.js (WebGPU) and this library in one page on the same adapter, with the same weights
and picture; compares what they give, and prints what they took.

  --size N               width and height of the picture (default: 32)
  --repeats N            timed runs at least, after the first (default: 3)
  --thick FILE           model.json of UpscalerJS's esrgan-thick as a TF.js layers model: adds that network (needs python3)
  --networks A,B         only these of ${NETWORKS.join(", ")}
  --only A,B             only these of ${[...PAGE_PEERS, "ncnn"].join(", ")}
  --adapter auto|gpu|swiftshader
                         the browser's adapter (default: a GPU where it gives one, else SwiftShader)
  --browser FILE         the browser to start (default: an installed one, else that of @sparticuz/chromium)
  --node NAME            no browser: a process of Node for each peer, on the adapter of this name (part of it)
  --serve                start none: print the address and wait until a browser has been there
  --ncnn FILE            the program realesrgan-ncnn-vulkan: whole processes, of it and of this library on the same Vulkan driver
  --ncnn-models FOLDER   its models (default: the folder models beside it)
  --ncnn-adapter NAME    part of an adapter's name as \`npm start -- --list-adapters\` prints it (default: the fastest)
  --json FILE            writes everything that was measured
  --help

It exits with 0 if every peer ran and gave the same picture, 1 if not, 2 if it was called wrongly.
`;

const OPTIONS = {
  size: { type: "string" },
  repeats: { type: "string" },
  thick: { type: "string" },
  networks: { type: "string" },
  only: { type: "string" },
  adapter: { type: "string" },
  browser: { type: "string" },
  node: { type: "string" },
  serve: { type: "boolean" },
  ncnn: { type: "string" },
  "ncnn-models": { type: "string" },
  "ncnn-adapter": { type: "string" },
  json: { type: "string" },
  help: { type: "boolean" },
} as const;

/** @throws UsageError */
export function parseOptions(words: readonly string[]): Options {
  const values = parse(words);
  const other = (["browser", "adapter", "serve"] as const).find((name) => values[name] !== undefined);
  if (values.node !== undefined && other) throw new UsageError(`The options --node and --${other} exclude each other`);
  return {
    help: values.help ?? false,
    size: wholeNumber("size", values.size, 32, 1, 512),
    repeats: wholeNumber("repeats", values.repeats, 3, 1, 1000),
    peers: someOf("only", values.only, [...PAGE_PEERS, "ncnn"]),
    networks: someOf("networks", values.networks, NETWORKS),
    thick: values.thick,
    adapter: adapterChoice(values.adapter ?? "auto"),
    browser: values.browser,
    node: values.node,
    serve: values.serve ?? false,
    ncnn: values.ncnn,
    ncnnModels: values["ncnn-models"],
    ncnnAdapter: values["ncnn-adapter"],
    json: values.json,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function adapterChoice(value: string): AdapterChoice {
  const [first, ...more] = someOf("adapter", value, ["auto", "gpu", "swiftshader"] as const);
  if (first !== undefined && more.length === 0) return first;
  throw new UsageError(`The option --adapter takes one name, got ${value}`);
}

function wholeNumber(option: string, value: string | undefined, standard: number, least: number, most: number): number {
  if (value === undefined) return standard;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  throw new UsageError(`The option --${option} is "${value}", but has to be a whole number from ${least} to ${most}`);
}

/** The chosen of `all`, in the order of `all`, which matters: the first peers are what others are compared with. */
function someOf<const T extends string>(option: string, value: string | undefined, all: readonly T[]): readonly T[] {
  if (value === undefined) return all;
  const chosen = value.split(",").map((name) => name.trim());
  const unknown = chosen.find((name) => !all.some((each) => each === name));
  if (unknown === undefined) return all.filter((each) => chosen.includes(each));
  throw new UsageError(`The option --${option} names "${unknown}", but there are only ${all.join(", ")}`);
}
