// A process of Node that runs one peer as a page's frame does. Owns what a page has and Node has not: navigator.gpu, by Dawn, on the
// adapter that its parent names, scripts that share globals, and fetch() of files.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { runInThisContext } from "node:vm";
import { gpuOf, loadDawn } from "../../../src/node/adapters.js";
import { runPeer } from "../page/run-peer.js";
import type { ProcessTask } from "./run.js";

const task = await new Promise<ProcessTask>((resolve) =>
  process.once("message", (given) => resolve(given as ProcessTask)),
);
const { job, peer, network, packages, adapter } = task;
const navigator = {
  gpu: gpuOf(await loadDawn(), adapter),
  hardwareConcurrency: availableParallelism(),
  userAgent: `Node ${process.versions.node}`,
  platform: process.platform,
};
Object.defineProperty(globalThis, "navigator", { value: navigator });
// TensorFlow.js asks for modules of Node's where it finds itself in Node.
Object.assign(globalThis, { require: createRequire(packages) });
takeSharedMemory();
fetchFiles();

const result = await runPeer(job, peer, network, {
  packages,
  loadScript: async (path) => {
    runInThisContext(readFileSync(path, "utf8"), { filename: path });
  },
});
process.send!(result, () => process.exit());

/** Browsers write buffers from the memory that ONNX Runtime's threads share; Dawn's package for Node refuses that, so it is copied. */
function takeSharedMemory(): void {
  const { prototype } = globalThis.GPUQueue;
  const { writeBuffer } = prototype;
  prototype.writeBuffer = function (buffer, offset, data, ...range) {
    const isShared = data instanceof Uint8Array && data.buffer instanceof SharedArrayBuffer;
    writeBuffer.call(this, buffer, offset, isShared ? data.slice() : (data as ArrayBuffer), ...range);
  };
}

/** Node fetches no files, which is where the packages lie. */
function fetchFiles(): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (resource, ...settings) => {
    const path = String(resource).replace(/^file:\/\//, "");
    if (!path.startsWith(packages)) return fetch(resource, ...settings);
    const headers = { "content-type": path.endsWith(".wasm") ? "application/wasm" : "text/plain" };
    return new Response(readFileSync(path), { headers });
  };
}
