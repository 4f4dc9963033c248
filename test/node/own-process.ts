// Runs a text as a program of its own that uses the built library, as a user's would be, for tests of what may take its process down.
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the library, where it changed. */
export function build(): void {
  execFileSync(process.execPath, [join(root, "tools/build.mjs"), "--if-stale"]);
}

/** What such a program wrote, and how it ended; `gc()` is there to call. */
export function runProgram(text: string): {
  stdout: string;
  stderr: string;
  code: number | null;
  signal: string | null;
} {
  const words = ["--expose-gc", "--input-type=module", "--eval", text];
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, words, {
    cwd: root,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { stdout, stderr, code: status, signal };
}
