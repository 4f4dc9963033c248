// Finds SwiftShader, a Vulkan driver that needs no GPU, in the npm package @sparticuz/chromium and unpacks it once into the user's
// cache folder. What Vulkan then does with it is not here.
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { untar } from "./untar.js";

export interface SwiftShader {
  /** The driver's ICD file, for VK_DRIVER_FILES. */
  readonly icdFile: string;
  /** A Vulkan loader, for machines without one. */
  readonly loader: string;
}

const PACKAGE = "@sparticuz/chromium";
const ICD_FILE = "vk_swiftshader_icd.json";
const LOADER = "libvulkan.so.1";
const NEEDED = [ICD_FILE, LOADER, "libvk_swiftshader.so"];
const MAX_UNPACKED_BYTES = 256 * 2 ** 20; // the archive of version 147 holds 15 MiB

let found: SwiftShader | undefined;

/** SwiftShader's files on this machine, unpacked first if need be; undefined where the package is not installed. */
export function findSwiftShader(): SwiftShader | undefined {
  found ??= locate();
  return found;
}

function locate(): SwiftShader | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined; // what the package was built for
  const home = packageFolder(PACKAGE);
  if (home === undefined) return undefined;
  const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
  const folder = unpackOnce(join(home, "bin", "swiftshader.tar.br"), `swiftshader-${version}`);
  return { icdFile: join(folder, ICD_FILE), loader: join(folder, LOADER) };
}

/** The folder of an installed package, however its exports hide it. */
function packageFolder(name: string): string | undefined {
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve(name));
  } catch {
    return undefined;
  }
  while (!folder.endsWith(join(...name.split("/")))) {
    if (folder === dirname(folder)) return undefined;
    folder = dirname(folder);
  }
  return folder;
}

function unpackOnce(archive: string, key: string): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "esrgan-webgpu", key);
  if (isWhole(folder)) return folder;
  let fresh: string;
  try {
    mkdirSync(dirname(folder), { recursive: true });
    fresh = mkdtempSync(`${folder}.`);
  } catch {
    // No home folder to write to. A private folder for this process, as a shared one could be filled by another user.
    fresh = mkdtempSync(join(tmpdir(), "esrgan-webgpu-"));
    process.once("exit", () => rmSync(fresh, { recursive: true, force: true }));
    unpack(archive, fresh);
    return fresh;
  }
  try {
    unpack(archive, fresh);
    try {
      renameSync(fresh, folder);
    } catch (error) {
      // Another process was faster, or a folder is there that lost files: then it is replaced.
      if (!isWhole(folder)) {
        rmSync(folder, { recursive: true, force: true });
        renameSync(fresh, folder);
      } else if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

function unpack(archive: string, folder: string): void {
  const tar = brotliDecompressSync(readFileSync(archive), { maxOutputLength: MAX_UNPACKED_BYTES });
  for (const { name, kind, data } of untar(tar, archive)) {
    if (kind === "file" && NEEDED.includes(name)) writeFileSync(join(folder, name), data, { mode: 0o755 });
  }
}

function isWhole(folder: string): boolean {
  try {
    return NEEDED.every((name) => statSync(join(folder, name)).size > 0);
  } catch {
    return false;
  }
}
