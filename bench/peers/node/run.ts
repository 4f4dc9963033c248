// Runs the peers in processes of Node, one after another, where a machine with a GPU has no browser that reaches it. What is measured
// and compared is as in the page.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type AdapterInfo, isNamed, listAdapters } from "../../../src/node/adapters.js";
import { driverEnvironment } from "../../../src/node/vulkan.js";
import type { Job, PagePeer, Row } from "../job.js";
import { comparePeers } from "../page/compare-peers.js";
import type { PeerResult } from "../page/run-peer.js";
import { startServer } from "../server.js";

/** What a process is told to run. */
export interface ProcessTask {
  readonly job: Job;
  readonly peer: PagePeer;
  readonly network: string;
  /** The folder of the peers' packages, with a slash at its end. A path, as ONNX Runtime takes URLs of files for another site's. */
  readonly packages: string;
  readonly adapter: AdapterInfo;
}

export interface ProcessesOptions {
  readonly job: Job;
  /** Paths of the job's weights, as for the page. */
  readonly mounts: Readonly<Record<string, string>>;
  readonly packages: string;
  /** Part of an adapter's name. */
  readonly adapter: string;
  onProgress(line: string): void;
}

/** @throws Error with one sentence where there is no such adapter */
export async function runInProcesses({ job, mounts, packages, adapter, onProgress }: ProcessesOptions): Promise<Row[]> {
  const info = (await listAdapters()).find((each) => isNamed(each, adapter));
  if (!info) throw new Error(`There is no adapter ${adapter}`);
  const server = await startServer({ job, mounts, onProgress });
  try {
    const at = (path: string) => new URL(path, server.url).href;
    const networks = job.networks.map(({ name, weights, layersModel }) => ({
      name,
      weights: at(weights),
      ...(layersModel === undefined ? {} : { layersModel: at(layersModel) }),
    }));
    const there = { job: { ...job, networks }, packages, adapter: info };
    return await comparePeers(job, {
      run: (peer, network) => inProcess({ ...there, peer, network }),
      tell: onProgress,
    });
  } finally {
    await server.close();
  }
}

function inProcess(task: ProcessTask): Promise<PeerResult> {
  const { driverFile } = task.adapter;
  // As for the library's own devices: one driver, and no shader that another run has left on disk.
  const driver = driverFile === undefined ? {} : driverEnvironment(driverFile);
  const child = fork(fileURLToPath(new URL("process.js", import.meta.url)), {
    env: { ...process.env, ...driver, MESA_SHADER_CACHE_DISABLE: "true" },
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const words = lastWords(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("message", (result) => resolve(result as PeerResult));
    child.once("exit", (code, signal) => resolve({ failure: `Its process ended (${signal ?? code}): ${words()}` }));
    child.send(task);
  });
}

/** The end of what the process has written of itself. */
function lastWords(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (chunk) => {
    text = `${text}${chunk}`.slice(-2000);
  });
  return () => text.trim().split("\n").at(-1) ?? "";
}
