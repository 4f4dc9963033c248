// Owns running AMD's shader compiler, the one RDNA GPUs use on Linux, on a machine without such a GPU: Mesa's driver told to
// compile for a family, and a Vulkan layer (stand-in.c) that stands in for the GPU.

import { execFile, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkout } from "../cli/checkout.js";

/** GPU families by the compiler's names. */
export const FAMILIES: Readonly<Record<string, string>> = { navi21: "RDNA2", navi31: "RDNA3" };

const folder = join(checkout, ".cache", "bench", "isa");
const LAYER = "VK_LAYER_ESRGAN_stand_in";
const DRIVER_FOLDER = "/usr/share/vulkan/icd.d";
const WANTED =
  "needs Mesa's AMD driver 25 or later, gcc and Vulkan's headers (on Debian: mesa-vulkan-drivers, gcc, libvulkan-dev)";

/**
 * What the compiler printed for the kernels whose names hold all words of `filter`, in the sections of section.ts.
 * @throws Error with one sentence on what is missing, or on how the compiler failed
 */
export async function compileFor(family: string, filter: string): Promise<string> {
  const driver = findDriver();
  await buildLayer();
  const program = fileURLToPath(new URL("./kernels.js", import.meta.url));
  const outputFile = join(folder, `${family}.txt`);
  const output = openSync(outputFile, "w");
  const env = {
    ...process.env,
    RADV_FORCE_FAMILY: family,
    RADV_DEBUG: "shaderstats,asm",
    MESA_SHADER_CACHE_DISABLE: "1",
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver,
    VK_LAYER_PATH: folder,
    VK_INSTANCE_LAYERS: LAYER,
  };
  // A file takes the lines of both processes' writers in order, a pipe would not.
  const child = spawn(process.execPath, [program, filter], { env, stdio: ["ignore", output, output] });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  closeSync(output);
  const text = readFileSync(outputFile, "utf8");
  if (code === 0) return text;
  const lines = text.trim().split("\n");
  const last = lines.find((line) => /^\w*Error: /.test(line)) ?? lines.at(-1) ?? "";
  throw new Error(
    `AMD's compiler for ${family} ended with exit code ${code}; bench:isa ${WANTED}: ${last.slice(0, 300)}`,
  );
}

function findDriver(): string {
  const files = existsSync(DRIVER_FOLDER) ? readdirSync(DRIVER_FOLDER) : [];
  const found = files.find((name) => /^radeon_icd.*\.json$/.test(name));
  if (!found) throw new Error(`There is no AMD driver in ${DRIVER_FOLDER}; bench:isa ${WANTED}`);
  return join(DRIVER_FOLDER, found);
}

async function buildLayer(): Promise<void> {
  const source = join(checkout, "bench", "isa", "stand-in.c");
  const library = join(folder, "stand-in.so");
  mkdirSync(folder, { recursive: true });
  const built = statSync(library, { throwIfNoEntry: false });
  if (!built || built.mtimeMs < statSync(source).mtimeMs) {
    const flags = ["-O1", "-Wall", "-Wextra", "-Wno-cast-function-type", "-shared", "-fPIC"];
    await promisify(execFile)("gcc", [...flags, "-o", library, source]).catch((error: Error & { stderr?: string }) => {
      const why = error.stderr?.trim().split("\n")[0] || error.message;
      throw new Error(`The Vulkan layer cannot be compiled (${why}); bench:isa ${WANTED}`);
    });
  }
  const layer = {
    name: LAYER,
    type: "GLOBAL",
    library_path: "./stand-in.so",
    api_version: "1.4.300",
    implementation_version: "1",
    description: "stands in for a GPU: shaders are compiled, nothing runs",
  };
  writeFileSync(join(folder, "stand-in.json"), JSON.stringify({ file_format_version: "1.1.2", layer }));
}
