// Tries the Vulkan drivers of this machine, once a process: which of them give adapters that compute. Imports nothing of the library, whose
// modules take longer to load than drivers to try, so that one can go on beside the other; so its errors are plain ones.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { saysOutOfMemory } from "./memory-words.js";
import { type ProbedAdapter, probeDrivers } from "./probe-drivers.js";
import { findSwiftShader, type SwiftShader } from "./swiftshader.js";
import { systemDrivers } from "./vulkan.js";

/** A WebGPU adapter that this machine has and that was seen to compute. */
export interface AdapterInfo extends ProbedAdapter {
  /** The Vulkan driver file it comes from; undefined on systems without Vulkan. */
  readonly driverFile: string | undefined;
}

let isShortOfMemory = false;

/** Whether a driver that gave no adapter said, or its process, that memory ran out. */
export function triedWithoutMemory(): boolean {
  return isShortOfMemory;
}

let tried: Promise<AdapterInfo[]> | undefined;

/**
 * The adapters of all drivers, in the drivers' order. `onTemporary` hears of a folder that has to be removed where this process is killed.
 * @throws Error if the package webgpu is not installed
 */
export function tryDrivers(onTemporary?: (folder: string) => unknown): Promise<AdapterInfo[]> {
  tried ??= tryAll(onTemporary);
  return tried;
}

async function tryAll(onTemporary?: (folder: string) => unknown): Promise<AdapterInfo[]> {
  const url = webgpuUrl();
  const swiftShader = findSwiftShader(onTemporary);
  const drivers = driverFiles(swiftShader);
  const found = await probeDrivers(url, swiftShader?.loader, drivers, undefined, (said) => {
    isShortOfMemory ||= saysOutOfMemory(said);
  });
  return found.flatMap((list, at) => list.map((info) => ({ ...info, driverFile: drivers[at] ?? undefined })));
}

function driverFiles(swiftShader: SwiftShader | undefined): (string | null)[] {
  if (process.platform !== "linux") return [null]; // Metal or D3D12: nothing to choose
  return [...systemDrivers(), ...(swiftShader ? [swiftShader.icdFile] : [])];
}

/** Where the package webgpu is. @throws Error if it is not installed */
export function webgpuUrl(): string {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve("webgpu")).href;
  } catch (cause) {
    const message = "WebGPU in Node needs the npm package webgpu, which is not installed: npm install webgpu";
    throw new Error(message, { cause });
  }
}
