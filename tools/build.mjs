// Builds dist/ from src/ and engines/ with the TypeScript compiler, the files in it that are one by themselves, and the JavaScript modules
// that carry weights.
// Both appear whole or not at all: somebody may be running the old ones. With --if-stale it does what is needed only.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { writeWeightsModule } from "./inline-weights.mjs";
import { minifyWgslOf } from "./minify-wgsl.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const stampFile = join(root, ".cache", "build");
/** Weights that modules carry, by those modules. */
const inlined = {
  "models/general-x4v3/general-x4v3.js": "models/general-x4v3/general-x4v3.safetensors",
  "models/classics/fsrcnn-s-x3.weights.js": "models/classics/fsrcnn-s-x3.safetensors",
  "models/classics/espcn-x3.weights.js": "models/classics/espcn-x3.safetensors",
};

/** Builds what is out of date. */
export async function buildIfStale() {
  for (const [module, weights] of Object.entries(inlined)) {
    const from = statSync(join(root, weights), { throwIfNoEntry: false });
    const made = statSync(join(root, module), { throwIfNoEntry: false });
    if (from && !(made?.mtimeMs >= from.mtimeMs)) writeWeightsModule(join(root, weights), join(root, module));
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
    join(root, "tools/minify-wgsl.mjs"),
  ]) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

async function compile() {
  const fresh = join(root, `.cache/dist-${process.pid}`);
  const old = join(root, `.cache/dist-old-${process.pid}`);
  mkdirSync(dirname(fresh), { recursive: true });
  try {
    await tsc(["-p", join(root, "tsconfig.build.json"), "--outDir", fresh]);
    minifyShaders(fresh);
    await bundleCommand(join(fresh, "node/cli.js"));
    await bundleWorkerScript(join(fresh, "worker/script.js"));
    await bundleLibrary(join(fresh, "bundle/esrgan-webgpu.js"));
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

function minifyShaders(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    const file = join(folder, name);
    if (name.endsWith(".js")) writeFileSync(file, minifyWgslOf(readFileSync(file, "utf8")));
  }
}

// Beside the library, and never a part of another file.
const WEIGHTS = /general-x4v3\.js$/;

/**
 * The command's modules, the library's among them: each file by itself takes Node half a millisecond. What the driver trial loads before stays
 * outside, and so does all that is found by its path.
 */
async function bundleCommand(file) {
  const isModule = (id) => id.startsWith(".") || isAbsolute(id);
  const isOutside = (id) => !isModule(id) || WEIGHTS.test(id) || /(driver-trial|swiftshader|vulkan)\.js$/.test(id);
  await bundle(file, { platform: "node", external: isOutside });
}

/** The worker's script imports nothing, also not later: bundlers that write workers as classic scripts could not split it. */
async function bundleWorkerScript(file) {
  const instead = { name: "page-weights", resolveId: pageWeights };
  // What has neither import nor export is taken for CommonJS by those who look at files alone.
  await bundle(file, { plugins: [instead] }, { minify: true, footer: "export {};" });
}

function pageWeights(id, importer) {
  return id.endsWith("/named-weights.js") ? join(dirname(importer), "../worker/page-weights.js") : null;
}

/** The library in one file, which need not be built into anything: the worker's script and the weights are where they were from here, too. */
async function bundleLibrary(file) {
  await bundle(file, { external: WEIGHTS }, { minify: true, sourcemap: true });
}

/** Puts all that a module of dist/ imports into it. */
async function bundle(file, input, output) {
  const bundled = await rolldown({ input: file, ...input });
  await bundled.write({ file, format: "esm", codeSplitting: false, ...output });
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
