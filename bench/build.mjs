// Compiles the benchmark and the parts of the library and the test cases that it imports into .cache/bench/code, where Node and
// the page find them under the same paths as in the checkout. Does nothing where that is up to date.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, ".cache", "bench");
const stampFile = join(folder, "stamp");
const SOURCES = [
  "src",
  "test/cases",
  "bench/harness",
  "bench/cli",
  "bench/page",
  "bench/quality",
  "bench/isa",
  "bench/roofline",
];
const SETTINGS = ["tsconfig.json", "bench/tsconfig.json"];

/** The folder of the compiled code; it holds bench/, src/ and test/cases/. */
export const codeFolder = join(folder, "code");

export async function buildBench() {
  const stamp = hashOfSources();
  if (readIfThere(stampFile) === stamp) return;
  const fresh = join(folder, `code-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    await tsc(["-p", join(root, "bench/tsconfig.json"), "--outDir", fresh]);
    rmSync(codeFolder, { recursive: true, force: true });
    renameSync(fresh, codeFolder);
    writeFileSync(stampFile, stamp);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function hashOfSources() {
  const hash = createHash("sha256");
  const files = SOURCES.flatMap((name) =>
    readdirSync(join(root, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of [...files.sort(), ...SETTINGS.map((name) => join(root, name))]) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function tsc(args) {
  const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
  const compiler = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.tsc);
  const child = spawn(process.execPath, [compiler, ...args], { cwd: root, stdio: ["ignore", 2, 2] });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error("The TypeScript compiler found errors."))));
  });
}
