// Owns running the shader compiler of a GPU that the machine does not have: Mesa's driver for it, two
// Vulkan layers (stand-in.c for memory and execution, statistics.c for what the compiler says), and for
// all but AMD's, which has a mode of its own, a library that stands in for the device (device/).

import { execFile, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkout } from "../cli/checkout.js";
import { hostOf, requireGpu, type TargetGpu } from "./gpus.js";
import type { Scope } from "./kernels.js";
import { COMPILE_LIMIT_MS } from "./report.js";
import { progressOf, sectionEnd } from "./section.js";
import {
  arm64Node,
  compilerFor,
  driverRoot,
  includeFolder,
  isaFolder,
  isSetUp,
  qemuProgram,
  TRIPLES,
} from "./setup.js";

const sources = join(checkout, "bench", "isa");
const DRIVER_FOLDER = "/usr/share/vulkan/icd.d";
const AMD_WANTED =
  "needs Mesa's AMD driver 25 or later, gcc and Vulkan's headers (on Debian: mesa-vulkan-drivers, gcc, libvulkan-dev)";

/** A program and its surroundings: what starts Node on a GPU's driver. */
interface Launch {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What is missing where it fails. */
  readonly wanted: string;
}

/** What to compile. */
export interface CompileRequest {
  /** Words that a kernel's name must hold. */
  readonly filter?: string | undefined;
  readonly scope?: Scope | undefined;
}

// Under emulation a compiler takes at least ten times as long.
const EMULATED_LIMIT_MS = 20 * COMPILE_LIMIT_MS;

/**
 * What the compiler printed for the kernels, in the sections of section.ts. After a kernel that takes too
 * long, or that the driver crashes on, it goes on with the next.
 * @throws Error with one sentence on what is missing, or on how the compiler failed
 */
export async function compileFor(name: string, { filter = "", scope = "candidates" }: CompileRequest): Promise<string> {
  const gpu = requireGpu(name);
  mkdirSync(isaFolder, { recursive: true });
  const { command, env, wanted } = await (gpu.driver === "radeon" ? onAmd(name) : onStandIn(name, gpu));
  const program = fileURLToPath(new URL("./kernels.js", import.meta.url));
  const limitMs = hostOf(gpu) === "arm64" ? EMULATED_LIMIT_MS : COMPILE_LIMIT_MS;
  let text = "";
  for (let begun = 0; ; ) {
    const words = [...command, program, filter, scope, String(begun), String(limitMs)];
    const { code, output } = await runToEnd(words, env, join(isaFolder, `${name}.txt`));
    text += output;
    if (code === 0) return text;
    const progress = progressOf(text);
    if (progress.begun === begun) {
      const lines = output.trim().split("\n");
      const last = lines.find((line) => /^\w*Error: /.test(line)) ?? lines.at(-1) ?? "";
      throw new Error(
        `The compiler for ${name} ended with exit code ${code}; bench:isa ${wanted}: ${last.slice(0, 300)}`,
      );
    }
    if (progress.isOpen) text += `\n${sectionEnd({ ms: 0, refused: "the driver crashed" })}\n`;
    begun = progress.begun;
  }
}

async function runToEnd(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  file: string,
): Promise<{ code: number | null; output: string }> {
  // A file takes the lines of both processes' writers in order, a pipe would not.
  const output = openSync(file, "w");
  const child = spawn(words[0]!, words.slice(1), {
    env: { ...process.env, MESA_SHADER_CACHE_DISABLE: "1", ...env },
    stdio: ["ignore", output, output],
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  closeSync(output);
  return { code, output: readFileSync(file, "utf8") };
}

/** AMD's driver has a mode in which it compiles for a GPU that is not there. */
async function onAmd(family: string): Promise<Launch> {
  const files = existsSync(DRIVER_FOLDER) ? readdirSync(DRIVER_FOLDER) : [];
  const found = files.find((file) => /^radeon_icd.*\.json$/.test(file));
  if (!found) throw new Error(`There is no AMD driver in ${DRIVER_FOLDER}; bench:isa ${AMD_WANTED}`);
  const folder = join(isaFolder, "system");
  // Those of the set-up where there are any, else the system's.
  const headers = existsSync(includeFolder) ? ["-isystem", includeFolder] : [];
  const layer = await buildLayer(folder, "stand-in", { ...compilerFor("amd64"), flags: headers }, AMD_WANTED);
  return {
    command: [process.execPath],
    env: {
      RADV_FORCE_FAMILY: family,
      RADV_DEBUG: "shaderstats,asm",
      ...driverSettings(join(DRIVER_FOLDER, found)),
      VK_LAYER_PATH: folder,
      VK_INSTANCE_LAYERS: layer,
    },
    wanted: AMD_WANTED,
  };
}

/** The others run by their own dynamic linker, as they want a newer C library than the system may have. */
async function onStandIn(name: string, gpu: TargetGpu): Promise<Launch> {
  const host = hostOf(gpu);
  const wanted = `needs the drivers for ${host}: npm run bench:isa -- --setup ${host}`;
  if (!isSetUp(host)) throw new Error(`There is no driver for ${name}; bench:isa ${wanted}`);
  const root = driverRoot(host);
  const folder = join(isaFolder, host);
  const compiler = compilerFor(host);
  // Before the cross compiler's own, which know fewer devices.
  const flags = ["-isystem", includeFolder, "-isystem", join(includeFolder, "drm"), ...compiler.flags];
  const withHeaders = { ...compiler, flags };
  const device = join(folder, "device.so");
  await compileLibrary(device, deviceSources(), withHeaders, wanted);
  const layers = [
    await buildLayer(folder, "statistics", withHeaders, wanted),
    await buildLayer(folder, "stand-in", withHeaders, wanted),
  ];
  const libraries = join(root, "usr", "lib", TRIPLES[host]);
  const driver = join(folder, `${gpu.driver}.json`);
  const library_path = join(libraries, `libvulkan_${gpu.driver}.so`);
  writeWhole(driver, JSON.stringify({ file_format_version: "1.0.1", ICD: { library_path, api_version: "1.4.300" } }));
  const linker = join(libraries, host === "amd64" ? "ld-linux-x86-64.so.2" : "ld-linux-aarch64.so.1");
  return {
    command: [
      ...(host === "arm64" ? [qemuProgram, "-L", root] : []),
      linker,
      ...["--library-path", libraries, "--preload", device],
      host === "arm64" ? arm64Node : process.execPath,
    ],
    env: {
      ISA_GPU: name,
      // It tests bounds by loading value by value, which NVIDIA's own driver does not.
      ...(gpu.driver === "nouveau" ? { ISA_DAWN: "disable_robustness" } : {}),
      NVK_I_WANT_A_BROKEN_VULKAN_DRIVER: "1", // it wants to hear that on GPUs it does not know
      ...driverSettings(driver),
      VK_LAYER_PATH: folder,
      VK_INSTANCE_LAYERS: layers.join(":"),
    },
    wanted,
  };
}

function driverSettings(file: string): NodeJS.ProcessEnv {
  return { VK_DRIVER_FILES: file, VK_ICD_FILENAMES: file };
}

function deviceSources(): string[] {
  const folder = join(sources, "device");
  const files = readdirSync(folder).map((file) => join(folder, file));
  return files.sort();
}

type Compiler = ReturnType<typeof compilerFor>;

/** Compiles bench/isa/<name>.c into a layer of `folder`; its name for the loader. */
async function buildLayer(folder: string, name: string, compiler: Compiler, wanted: string): Promise<string> {
  await compileLibrary(join(folder, `${name}.so`), [join(sources, `${name}.c`)], compiler, wanted);
  const layer = {
    name: `VK_LAYER_ESRGAN_${name.replace("-", "_")}`,
    type: "GLOBAL",
    library_path: `./${name}.so`,
    api_version: "1.4.300",
    implementation_version: "1",
    description: "shaders are compiled, nothing runs",
  };
  writeWhole(join(folder, `${name}.json`), JSON.stringify({ file_format_version: "1.1.2", layer }));
  return layer.name;
}

/** Headers among the files count as what it is made of. */
async function compileLibrary(
  library: string,
  files: readonly string[],
  { program, flags, env }: Compiler,
  wanted: string,
): Promise<void> {
  const built = statSync(library, { throwIfNoEntry: false });
  if (built && files.every((file) => statSync(file).mtimeMs <= built.mtimeMs)) return;
  mkdirSync(join(library, ".."), { recursive: true });
  const warnings = ["-Wall", "-Wextra", "-Wno-cast-function-type"];
  const made = `${library}.${process.pid}`;
  const words = ["-O1", ...warnings, "-shared", "-fPIC", ...flags, "-o", made, ...files.filter(isCode)];
  await promisify(execFile)(program, words, { env }).catch((error: Error & { stderr?: string }) => {
    const why = error.stderr?.trim().split("\n")[0] || error.message;
    throw new Error(`${library} cannot be compiled (${why}); bench:isa ${wanted}`);
  });
  renameSync(made, library);
}

const isCode = (file: string) => file.endsWith(".c");

/** Whole or not at all: several may be at work in one folder. */
function writeWhole(file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, text);
  renameSync(fresh, file);
}
