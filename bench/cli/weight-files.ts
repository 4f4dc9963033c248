// Owns which files a path to weights stands for.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { EsrganError } from "../../src/errors.js";

const ENDING = /\.(?:safetensors|pth|pt)$/i;

/**
 * The file, or the weight files in the folder in order of their names.
 * @throws EsrganError "bad-input" where there is nothing at the path, or no weight file in the folder
 */
export function weightFiles(path: string): string[] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) throw new EsrganError("bad-input", `There is no file or folder ${path}`);
  if (!status.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => ENDING.test(name));
  if (names.length === 0) {
    throw new EsrganError("bad-input", `No weights (.safetensors, .pth, .pt) are in the folder ${path}`);
  }
  return names.sort().map((name) => join(path, name));
}
