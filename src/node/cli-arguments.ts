// The command line's words: what may be said, and what it means. Nothing is done here.
import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Command {
  readonly action: "upscale" | "plan" | "list-adapters" | "help" | "version";
  readonly inputs: readonly string[];
  readonly output: string | undefined;
  /** A bundled model's name or a file. */
  readonly model: string;
  readonly precision: "auto" | "f32" | "f16";
  readonly backend: "gpu" | "cpu";
  readonly adapter: string | undefined;
  /** Reports as JSON, one line a picture. */
  readonly json: boolean;
  readonly quiet: boolean;
}

/** A command line that makes no sense; the message is one sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const DEFAULT_MODEL = "general-x4v3";

export const HELP = `Usage: esrgan-webgpu INPUT... [options]

Makes pictures (PNG, JPEG, WebP) larger with an ESRGAN network, on the GPU through WebGPU.
Without an input it does so with a photo of its own.

  -o, --output FILE|FOLDER   where to write (default: NAME-4x.png beside the input); the ending says which format;
                             several inputs need a folder, which has to exist; JPEG shows transparency as white
  -m, --model NAME|FILE      general-x4v3 (default, photos, fast), x4plus (photos, best), anime-6b (drawings),
                             or a .safetensors file
      --precision auto|f32|f16
                             what numbers are stored as on the GPU (default: auto, the faster that the GPU is good at)
      --backend gpu|cpu      cpu is slow, and exact (default: gpu)
      --adapter NAME         part of a name that --list-adapters prints (default: the fastest)
      --list-adapters        print the WebGPU adapters of this machine, one a line
      --plan                 print what would be computed, as JSON, and stop
      --json                 print a report for each picture, one line of JSON, in place of the output's name
  -q, --quiet                no progress, and no names of what was written
      --help, --version

It prints the name of each picture it has written. It exits with 0 if all went well, 1 if not, 2 if it was called wrongly.
`;

const OPTIONS = {
  output: { type: "string", short: "o" },
  model: { type: "string", short: "m" },
  precision: { type: "string" },
  backend: { type: "string" },
  adapter: { type: "string" },
  "list-adapters": { type: "boolean" },
  plan: { type: "boolean" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** @throws UsageError */
export function parseCommand(words: readonly string[]): Command {
  const { values, positionals } = parse(words);
  for (const [name, value] of Object.entries(values)) {
    if (value === "") throw new UsageError(`The option --${name} has an empty value`);
  }
  if (positionals.includes("")) throw new UsageError("An input has an empty name");
  const action = values.help
    ? "help"
    : values.version
      ? "version"
      : values["list-adapters"]
        ? "list-adapters"
        : values.plan
          ? "plan"
          : "upscale";
  return {
    action,
    inputs: positionals,
    output: values.output,
    model: values.model ?? DEFAULT_MODEL,
    precision: oneOf("precision", ["auto", "f32", "f16"], values.precision),
    backend: oneOf("backend", ["gpu", "cpu"], values.backend),
    adapter: values.adapter,
    json: values.json ?? false,
    quiet: values.quiet ?? false,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const option = /'(?:-\w, )?(-[^ ']*)/.exec(message)?.[1] ?? "";
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      throw new UsageError(`There is no option ${option}; esrgan-webgpu --help shows those there are`);
    }
    if (code !== "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") throw error;
    const needsNone = /does not take an argument/.test(message);
    throw new UsageError(needsNone ? `The option ${option} takes no value` : `The option ${option} needs a value`);
  }
}

function oneOf<const T extends string>(option: string, allowed: readonly [T, ...T[]], value: string | undefined): T {
  if (value === undefined) return allowed[0];
  const found = allowed.find((each) => each === value);
  if (found === undefined) {
    throw new UsageError(
      `The option --${option} is "${value}", but can only be ${allowed.join(", ").replace(/, (\w+)$/, " or $1")}`,
    );
  }
  return found;
}
