// Tries the Vulkan drivers of this machine, once a process: which of them give adapters that compute. Imports nothing of the library, whose
// modules take longer to load than drivers to try, so that one can go on beside the other; so its errors are plain ones.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { probeDrivers } from "./probe-drivers.js";
import { findSwiftShader } from "./swiftshader.js";
import { systemDrivers } from "./vulkan.js";
let tried;
/** The adapters of all drivers, in the drivers' order. @throws Error if the package webgpu is not installed, or SwiftShader's is damaged */
export function tryDrivers() {
    tried ??= tryAll();
    return tried;
}
async function tryAll() {
    const url = webgpuUrl();
    const swiftShader = findSwiftShader();
    const drivers = process.platform === "linux" ? [...systemDrivers(), ...(swiftShader ? [swiftShader.icdFile] : [])] : [null];
    const found = await probeDrivers(url, swiftShader?.loader, drivers);
    return found.flatMap((list, at) => list.map((info) => ({ ...info, driverFile: drivers[at] ?? undefined })));
}
/** Where the package webgpu is. @throws Error if it is not installed */
export function webgpuUrl() {
    try {
        return pathToFileURL(createRequire(import.meta.url).resolve("webgpu")).href;
    }
    catch (cause) {
        const message = "WebGPU in Node needs the npm package webgpu, which is not installed: npm install webgpu";
        throw new Error(message, { cause });
    }
}
