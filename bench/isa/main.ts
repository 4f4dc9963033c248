// `npm run bench:isa`: what AMD's compiler makes of every convolution kernel, as a table. Fails where a kernel that the library
// would choose spills registers to memory.

import { writeFileSync } from "node:fs";
import { compileFor, FAMILIES } from "./compiler.js";
import { figuresOf, type KernelFigures, tableOf, troubles } from "./report.js";

const HELP = `What AMD's compiler makes of every convolution kernel, for RDNA2 and RDNA3. Needs no GPU.

npm run bench:isa [-- --family NAME] [--filter TEXT] [--json FILE]

  --family NAME    ${Object.keys(FAMILIES).join(" or ")} only
  --filter TEXT    only kernels with all of these words in their name, for example "64->32 winograd"
  --json FILE      writes the figures

slots/MAC: slots of the vector unit in the hot loop for each multiply-accumulate that a direct convolution would do.
Ends with an error where a kernel that the library chooses (*) spills vector registers or uses scratch memory.
`;

async function main(words: readonly string[]): Promise<number> {
  const options = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) {
    const [name, value] = [words[at]!, words[at + 1]];
    if (name === "--help") {
      process.stdout.write(HELP);
      return 0;
    }
    if (!["--family", "--filter", "--json"].includes(name))
      throw new Error(`${name} is not known; --help lists what there is`);
    if (value === undefined) throw new Error(`${name} needs a value`);
    options.set(name, value);
  }
  const family = options.get("--family");
  if (family !== undefined && !Object.hasOwn(FAMILIES, family)) {
    throw new Error(`--family must be one of ${Object.keys(FAMILIES).join(", ")}, got "${family}"`);
  }
  const all: KernelFigures[] = [];
  for (const name of family === undefined ? Object.keys(FAMILIES) : [family]) {
    const figures = figuresOf(name, await compileFor(name, options.get("--filter") ?? ""));
    if (figures.length === 0) continue;
    process.stdout.write(`${all.length ? "\n" : ""}${name} (${FAMILIES[name]})\n${tableOf(figures)}`);
    all.push(...figures);
  }
  if (all.length === 0) throw new Error(`No kernel has all the words of --filter "${options.get("--filter")}"`);
  process.stdout.write(
    "\n* the library's choice on this family. slots/MAC in () is of a whole shader without a loop.\n",
  );
  const json = options.get("--json");
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(all, null, 1)}\n`);
  const found = troubles(all);
  for (const sentence of found) process.stderr.write(`esrgan-webgpu: ${sentence}\n`);
  return found.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`esrgan-webgpu: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
