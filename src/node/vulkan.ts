// Owns what this library knows of Vulkan on Linux: where driver files lie, how one driver is chosen, and how a machine without a Vulkan
// loader gets one. WebGPU is not here.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { homeFolder } from "./cache-folder.js";

const LOADER_NAME = "libvulkan.so.1";
const RTLD_NOW = 2;
const RTLD_NODELETE = 0x1000; // the same in glibc and musl; os.constants.dlopen lacks it

/** The driver (ICD) files that the Vulkan loader would read, in its order: the user's choice, or those in the system's folders. */
export function systemDrivers(env: NodeJS.ProcessEnv = process.env): string[] {
  const chosen = env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES;
  if (chosen) return chosen.split(":").filter(Boolean);
  const home = homeFolder(env);
  const roots = [
    env.XDG_CONFIG_HOME || (home && join(home, ".config")),
    ...(env.XDG_CONFIG_DIRS || "/etc/xdg").split(":"),
    "/etc",
    env.XDG_DATA_HOME || (home && join(home, ".local/share")),
    ...(env.XDG_DATA_DIRS || "/usr/local/share:/usr/share").split(":"),
  ];
  const files = roots.flatMap((root) => (root ? jsonFiles(join(root, "vulkan/icd.d")) : []));
  return [...new Set(files)];
}

function jsonFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/**
 * Makes a Vulkan loader available to this process: the system's, else the given one.
 *
 * Dawn asks for the loader by its bare name. Where the system has none, one that was loaded before from elsewhere answers to that name,
 * if it stays: process.dlopen takes back what is not a Node module, unless it is marked as not to be unloaded.
 */
export function loadVulkan(fallback: string | undefined): boolean {
  return [LOADER_NAME, fallback].some((path) => path !== undefined && loads(path));
}

function loads(path: string): boolean {
  try {
    process.dlopen({ exports: {} }, path, RTLD_NOW | RTLD_NODELETE);
    return true;
  } catch (error) {
    return /self-register/.test(String(error)); // it was loaded, and only then found not to be a Node module
  }
}

/** What restricts the Vulkan loader to one driver file. */
export function driverEnvironment(icdFile: string): Record<"VK_DRIVER_FILES" | "VK_ICD_FILENAMES", string> {
  return { VK_DRIVER_FILES: icdFile, VK_ICD_FILENAMES: icdFile }; // loaders from 1.3.207 on, and those before
}

// Of all copies of the library in this process, whose environment the choice is.
const TURN = Symbol.for("esrgan-webgpu.driver-choice");

/** Runs `action` with the Vulkan loader restricted to one driver file, once those before it are done. */
export function withDriver<T>(icdFile: string | undefined, action: () => Promise<T>): Promise<T> {
  if (icdFile === undefined) return action();
  const shared = globalThis as { [TURN]?: Promise<unknown> };
  const turn = (shared[TURN] ?? Promise.resolve()).then(() => withEnvironment(driverEnvironment(icdFile), action));
  shared[TURN] = turn.catch(() => {});
  return turn;
}

async function withEnvironment<T>(changes: Record<string, string>, action: () => Promise<T>): Promise<T> {
  const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, changes);
  try {
    return await action();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
