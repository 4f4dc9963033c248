// `npm run bench:isa`: what the compilers of GPUs make of every convolution kernel, as tables. Fails where a
// kernel that the library would choose is refused, spills registers to memory or takes too long to compile.

import { writeFileSync } from "node:fs";
import { compileFor } from "./compiler.js";
import { FAST_GPUS, GPUS, requireGpu } from "./gpus.js";
import type { Scope } from "./kernels.js";
import { networkRatios, ratiosTable } from "./networks.js";
import { COMPILE_LIMIT_MS, figuresOf, type KernelFigures, overviewOf, tableOf, troubles } from "./report.js";
import { FETCHED, type Host, setUp } from "./setup.js";

const SCOPES: readonly Scope[] = ["defaults", "candidates", "all", "experiments"];

const HELP = `What the compilers of GPUs make of every convolution kernel. Needs no GPU.

npm run bench:isa -- --setup amd64[,arm64]      once, for all GPUs but AMD's; arm64 is for Mali's alone. Fetches
    amd64: ${FETCHED.amd64}
    arm64: ${FETCHED.arm64}
npm run bench:isa [-- --gpu NAMES] [--filter TEXT] [--variants WHICH] [--json FILE]

  --gpu NAMES        separated by commas: ${Object.keys(GPUS).join(" ")}
                     (default: ${FAST_GPUS.join(",")}; Mali's take minutes a kernel)
  --family NAME      the same
  --filter TEXT      only kernels with all of these words in their name, for example "64->32 winograd"
  --variants WHICH   ${SCOPES.join(", ")}: the library's choice, what tune() would try too (default), what any device
                     gets, what none gets yet (subgroup matrices); or variants as a JSON array
  --json FILE        writes the figures

slots/MAC: slots of the vector unit in the hot loop for each multiply-accumulate that a direct convolution would do.
Ends with an error where a kernel that the library chooses (*) is refused, spills vector registers in its hot loop
(anywhere on AMD and Apple), or takes longer than ${COMPILE_LIMIT_MS / 1000} s to compile.
`;

const OPTIONS = ["--gpu", "--family", "--filter", "--variants", "--json", "--setup"];

function readOptions(words: readonly string[]): Map<string, string> | undefined {
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) {
    const [name, value] = [words[at]!, words[at + 1]];
    if (name === "--help") return undefined;
    if (!OPTIONS.includes(name)) throw new Error(`${name} is not known; --help lists what there is`);
    if (value === undefined) throw new Error(`${name} needs a value`);
    options.set(name, value);
  }
  return options;
}

async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (!options) {
    process.stdout.write(HELP);
    return 0;
  }
  const hosts = options.get("--setup");
  if (hosts !== undefined) {
    await setUp(hosts.split(",").map(requireHost), (step) => process.stdout.write(`${step}\n`));
    return 0;
  }
  const named = options.get("--gpu") ?? options.get("--family");
  const gpus = named?.split(",") ?? [...FAST_GPUS];
  for (const name of gpus) requireGpu(name);
  const scope = requireScope(options.get("--variants") ?? "candidates");
  const filter = options.get("--filter");
  const all: KernelFigures[] = [];
  for (const name of gpus) {
    const figures = figuresOf(name, await compileFor(name, { filter, scope }));
    if (figures.length === 0) continue;
    process.stdout.write(`${all.length ? "\n" : ""}${name} (${requireGpu(name).title})\n${tableOf(figures)}`);
    all.push(...figures);
  }
  if (all.length === 0) throw new Error(`No kernel has all the words of --filter "${filter}"`);
  if (gpus.length > 1) {
    process.stdout.write(
      "\nAll of them: slots/MAC, loads (L) and uniform loads (U) for 1,000 multiply-accumulates, registers, spills of one " +
        `trip (of the whole shader), waves\n${overviewOf(all)}`,
    );
  }
  const ratios = networkRatios(all);
  if (ratios.length > 0) {
    process.stdout.write(
      `\nNetworks that are thin or have large kernels: slots for their multiply-accumulates beside those of 64->64, in the hot loops and of whole kernels\n${ratiosTable(ratios)}`,
    );
  }
  process.stdout.write("\n* the library's choice on this GPU. slots/MAC in () is of a whole shader without a loop.\n");
  const json = options.get("--json");
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(all, null, 1)}\n`);
  const found = troubles(all);
  for (const sentence of found) process.stderr.write(`esrgan-webgpu: ${sentence}\n`);
  return found.length > 0 ? 1 : 0;
}

function requireHost(name: string): Host {
  if (name === "amd64" || name === "arm64") return name;
  throw new Error(`--setup takes amd64 and arm64, got "${name}"`);
}

function requireScope(name: string): Scope {
  if (name.startsWith("[")) return name as Scope;
  const found = SCOPES.find((scope) => scope === name);
  if (!found) throw new Error(`--variants must be one of ${SCOPES.join(", ")}, got "${name}"`);
  return found;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`esrgan-webgpu: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
