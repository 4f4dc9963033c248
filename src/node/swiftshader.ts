// Finds SwiftShader, a Vulkan driver that needs no GPU, in the npm package @sparticuz/chromium. What Vulkan then does with it is not here.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { cachedFolder, findPackage } from "./cache-folder.js";
import { untar } from "./untar.js";

export interface SwiftShader {
  /** The driver's ICD file, for VK_DRIVER_FILES. */
  readonly icdFile: string;
  /** A Vulkan loader, for machines without one. */
  readonly loader: string;
}

const ICD_FILE = "vk_swiftshader_icd.json";
const LOADER = "libvulkan.so.1";
const NEEDED = [ICD_FILE, LOADER, "libvk_swiftshader.so"];
const MAX_UNPACKED_BYTES = 256 * 2 ** 20; // the archive of version 147 holds 15 MiB

let found: SwiftShader | undefined;
let problem: Error | undefined;

/**
 * SwiftShader's files on this machine, unpacked first if need be; undefined where the package is not installed, or cannot be unpacked: then
 * swiftShaderProblem() says why. `onTemporary` hears of a folder that has to be removed where this process is killed.
 */
export function findSwiftShader(onTemporary?: (folder: string) => unknown): SwiftShader | undefined {
  try {
    if (!problem) found ??= locate(onTemporary);
  } catch (error) {
    problem = error as Error;
  }
  return found;
}

/** Why there is no SwiftShader although its package is installed. */
export function swiftShaderProblem(): Error | undefined {
  return problem;
}

function locate(onTemporary?: (folder: string) => unknown): SwiftShader | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined; // what the package was built for
  const chromium = findPackage("@sparticuz/chromium");
  if (!chromium) return undefined;
  const archive = join(chromium.folder, "bin", "swiftshader.tar.br");
  const fill = (fresh: string) => unpack(archive, fresh);
  const folder = cachedFolder(`swiftshader-${chromium.version}`, NEEDED, fill, onTemporary);
  return { icdFile: join(folder, ICD_FILE), loader: join(folder, LOADER) };
}

function unpack(archive: string, folder: string): void {
  const tar = brotliDecompressSync(readFileSync(archive), { maxOutputLength: MAX_UNPACKED_BYTES });
  for (const { name, kind, data } of untar(tar, archive)) {
    if (kind === "file" && NEEDED.includes(name)) writeFileSync(join(folder, name), data, { mode: 0o755 });
  }
}
