// Where a result goes: what -o and the inputs' names say, and what must not happen to files that are there. Nothing is written here.
import { statSync } from "node:fs";
import { dirname, join, parse } from "node:path";
import { EsrganError } from "../index.js";
import { UsageError } from "./cli-arguments.js";
import { pictureFormat } from "./image-file.js";

/**
 * Checks before the work what -o says about where results go.
 * @throws UsageError if it is one file for several inputs
 * @throws EsrganError "bad-input" if its folder is not there or its ending is no format's
 */
export function checkOutput(output: string | undefined, inputs: readonly string[]): void {
  if (output === undefined || isFolder(output)) return;
  if (/[\\/]$/.test(output) || (parse(output).ext === "" && inputs.length > 1)) throw noFolder(output);
  if (inputs.length > 1) {
    throw new UsageError(`The output ${output} is one file for ${inputs.length} inputs, which need a folder`);
  }
  pictureFormat(output);
  if (!isFolder(dirname(output))) throw noFolder(dirname(output));
}

/** Where each input's result goes, in order. @throws EsrganError "bad-input" if a file would be written twice or is an input itself */
export function outputPaths(output: string | undefined, inputs: readonly string[], scale: number): string[] {
  const takenBy = new Map<string, string>();
  return inputs.map((input) => {
    const name = `${parse(input).name}-${scale}x.png`;
    const path = output === undefined ? join(dirname(input), name) : isFolder(output) ? join(output, name) : output;
    const other = takenBy.get(path);
    if (other !== undefined) {
      throw new EsrganError("bad-input", `Both ${other} and ${input} would be written to ${path}`);
    }
    takenBy.set(path, input);
    const same = inputs.find((each) => isSameFile(each, path));
    if (same !== undefined)
      throw new EsrganError("bad-input", `The output ${path} is the same file as the input ${same}`);
    return path;
  });
}

function noFolder(path: string): EsrganError {
  return new EsrganError("bad-input", `The folder ${path} does not exist`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Also by another name: a link, or another spelling where case does not count. */
function isSameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }));
  return first !== undefined && second !== undefined && first.ino === second.ino && first.dev === second.dev;
}
