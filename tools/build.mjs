// Builds dist/ from src/ and engines/ with the TypeScript compiler, and the JavaScript module that carries the default model's weights.
// Both appear whole or not at all: somebody may be running the old ones. With --if-stale it does what is needed only.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const stampFile = join(root, ".cache", "build");
const weightsFile = join(root, "models/general-x4v3/general-x4v3.safetensors");
const weightsModule = join(root, "models/general-x4v3/general-x4v3.js");

/** Builds what is out of date. */
export async function buildIfStale() {
  if (existsSync(weightsFile)) {
    const made = statSync(weightsModule, { throwIfNoEntry: false });
    if (!made || made.mtimeMs < statSync(weightsFile).mtimeMs) writeWeightsModule();
  }
  const stamp = hashOfSources();
  if (existsSync(join(dist, "index.js")) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  await compile();
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

function hashOfSources() {
  const hash = createHash("sha256");
  const sources = ["src", "engines"]
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of [
    ...sources.sort(),
    join(root, "tsconfig.json"),
    join(root, "tsconfig.build.json"),
    join(root, "tsconfig.engines.json"),
    fileURLToPath(import.meta.url),
  ]) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** The weights as base64 text, which every bundler, browser and Node can import without a loader, a server or a flag. */
function writeWeightsModule() {
  const base64 = readFileSync(weightsFile).toString("base64");
  const fresh = `${weightsModule}.${process.pid}`;
  writeFileSync(fresh, `// Made by tools/build.mjs from general-x4v3.safetensors.\nexport default "${base64}";\n`);
  renameSync(fresh, weightsModule);
}

async function compile() {
  const fresh = join(root, `.cache/dist-${process.pid}`);
  const old = join(root, `.cache/dist-old-${process.pid}`);
  mkdirSync(dirname(fresh), { recursive: true });
  try {
    await tsc(["-p", join(root, "tsconfig.build.json"), "--outDir", fresh]);
    await bundle(join(fresh, "node/cli.js"));
    await compileEngines(fresh);
    if (existsSync(dist)) renameSync(dist, old);
    try {
      renameSync(fresh, dist);
    } catch (error) {
      if (!existsSync(dist)) throw error; // else another build was faster, of the same sources
    }
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

/** The adapters of engines/ take the library by its name, so the compiler writes it once more beside them. */
async function compileEngines(fresh) {
  const both = `${fresh}-engines`;
  try {
    await tsc(["-p", join(root, "tsconfig.engines.json"), "--outDir", both]);
    renameSync(join(both, "engines"), join(fresh, "engines"));
  } finally {
    rmSync(both, { recursive: true, force: true });
  }
}

/**
 * Puts the command's modules, the library's among them, into this one: each file by itself takes Node half a millisecond. What the driver trial
 * loads before stays outside, and so does all that is found by its path.
 */
async function bundle(file) {
  const isModule = (id) => id.startsWith(".") || isAbsolute(id);
  const isOutside = (id) => !isModule(id) || /(driver-trial|swiftshader|vulkan|general-x4v3)\.js$/.test(id);
  const bundled = await rolldown({ input: file, platform: "node", external: isOutside });
  await bundled.write({ file, format: "esm", codeSplitting: false });
  await bundled.close();
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes("--if-stale")) rmSync(stampFile, { force: true });
  await buildIfStale().catch((error) => {
    console.error(`esrgan-webgpu: ${error.message}`);
    process.exitCode = 1;
  });
}
