// Owns where the checkout is, seen from the compiled benchmark in .cache/bench/code/bench/cli.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const checkout = fileURLToPath(new URL("../../../../..", import.meta.url));

/** The root of the compiled code, which has the folders bench/, src/ and test/cases/. */
export const compiled = fileURLToPath(new URL("../..", import.meta.url));

/** The library's name and version. */
export function manifest(): { name: string; version: string } {
  const { name, version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
    name: string;
    version: string;
  };
  return { name, version };
}
