// The command bench:peers: brings the peers, the weights, the server and a browser together and prints what came of it. Owns that order.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { isNamed } from "../../src/node/adapters.js";
import { listAdapters } from "../../src/node/index.js";
import { startBrowser } from "./browser.js";
import { installPeers, versionOf } from "./installed.js";
import type { Job, NetworkJob, PagePeer, Row } from "./job.js";
import { compareWithNcnn, OURS } from "./ncnn.js";
import { runInProcesses } from "./node/run.js";
import { HELP, type Options, parseOptions, UsageError } from "./options.js";
import { firstRatioTo, ratioTo, table } from "./report.js";
import { startServer } from "./server.js";

/** Where things lie: the repository, and what its sources were compiled to. */
export interface Folders {
  readonly root: string;
  readonly compiled: string;
}

const PACKAGES = ["onnxruntime-web", "@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-webgpu"];
const PAGE_OURS: PagePeer = "esrgan-webgpu";

/** Runs the command; gives its exit status. */
export async function main(words: readonly string[], folders: Folders): Promise<number> {
  try {
    const options = parseOptions(words);
    if (!options.help) return await run(options, folders);
    process.stdout.write(HELP);
    return 0;
  } catch (error) {
    console.error(`bench:peers: ${(error as Error).message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(options: Options, folders: Folders): Promise<number> {
  const leftOut: string[] = [];
  const before = loadavg();
  const page = await runPage(options, folders, leftOut);
  const processes = await runProcesses(options, folders, leftOut);
  const machine = { cpu: cpus()[0]?.model ?? "", cores: availableParallelism(), loadBefore: before, load: loadavg() };
  const loads = [before, machine.load].map((load) => load[0]!.toFixed(1)).join(" to ");
  console.log(`${options.size}x${options.size} pixels; ${machine.cpu}, ${machine.cores} cores, load average ${loads}`);
  for (const [rows, ours] of [[page, PAGE_OURS] as const, [processes, OURS] as const]) {
    if (rows.length === 0) continue;
    console.log(`\nadapter: ${adaptersOf(rows).join(", ")}\n${table(rows, ours)}`);
  }
  for (const line of leftOut) console.log(`\n######## NOT RUN: ${line}`);
  if (options.json !== undefined) {
    const { size } = options;
    const rows = [...withRatios(page, PAGE_OURS), ...withRatios(processes, OURS)];
    const report = { size, machine, versions: page.length > 0 ? versions(folders) : {}, rows, leftOut };
    await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  const adapters = adaptersOf(page);
  if (adapters.length > 1) console.error(`bench:peers: the peers ran on different adapters: ${adapters.join(", ")}`);
  const all = [...page, ...processes];
  return all.length > 0 && adapters.length <= 1 && all.every(({ failure }) => failure === undefined) ? 0 : 1;
}

function adaptersOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap(({ adapter }) => adapter ?? []))];
}

function withRatios(
  rows: readonly Row[],
  oursName: string,
): (Row & { ratio: number | undefined; firstRatio: number | undefined })[] {
  return rows.map((row) => {
    const ours = rows.find(({ peer, network }) => peer === oursName && network === row.network);
    return { ...row, ratio: ratioTo(ours, row), firstRatio: firstRatioTo(ours, row) };
  });
}

function versions({ root }: Folders): Record<string, string> {
  return Object.fromEntries(PACKAGES.map((name) => [name, versionOf(join(root, "bench/peers"), name)]));
}

async function runPage(options: Options, { root, compiled }: Folders, leftOut: string[]): Promise<Row[]> {
  let peers = options.peers.filter((peer) => peer !== "ncnn");
  if (options.node !== undefined && peers.includes("ort-wasm")) {
    peers = peers.filter((peer) => peer !== "ort-wasm");
    leftOut.push("ort-wasm, whose threads start from blob: URLs, which Node does not import");
  }
  if (peers.length === 0) return [];
  const here = join(root, "bench/peers");
  await installPeers(here, progress);
  const folder = await mkdtemp(join(tmpdir(), "esrgan-webgpu-peers-"));
  try {
    const networks: NetworkJob[] = [];
    const mounts: Record<string, string> = {
      "/index.html": join(here, "page/index.html"),
      "/frame.html": join(here, "page/frame.html"),
      "/bench/": join(compiled, "bench"),
      "/src/": join(root, "dist"),
      "/models/": join(root, "models"),
      "/peers/": join(here, "node_modules"),
    };
    if (options.networks.includes("anime-6b")) {
      networks.push({ name: "anime-6b", weights: "/models/anime-6b/anime-6b.safetensors" });
    }
    if (options.networks.includes("esrgan-thick") && options.thick === undefined) {
      leftOut.push("esrgan-thick, as --thick does not say where its model.json is");
    } else if (options.networks.includes("esrgan-thick")) {
      const converted = join(folder, "esrgan-thick.safetensors");
      await convert(root, options.thick!, converted);
      mounts["/esrgan-thick.safetensors"] = converted;
      mounts["/esrgan-thick/"] = dirname(resolve(options.thick!));
      const layersModel = "/esrgan-thick/model.json";
      networks.push({ name: "esrgan-thick", weights: "/esrgan-thick.safetensors", layersModel });
    }
    if (networks.length === 0) return [];
    const job = { size: options.size, repeats: options.repeats, peers, networks };
    if (options.node === undefined) return await runJob(job, mounts, options);
    const packages = mounts["/peers/"]!;
    return await runInProcesses({
      job,
      mounts,
      packages: join(packages, "/"),
      adapter: options.node,
      onProgress: progress,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** To float32, as the layers model has it: every peer shall have the same weights. */
async function convert(root: string, from: string, to: string): Promise<void> {
  progress("converting esrgan-thick ...");
  const script = join(root, "tools/convert-weights.py");
  try {
    await promisify(execFile)("python3", [script, from, "-o", to, "--dtype", "f32"]);
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(`${from} cannot be converted: ${stderr?.trim() || message}`);
  }
}

async function runJob(job: Job, mounts: Readonly<Record<string, string>>, options: Options): Promise<Row[]> {
  const server = await startServer({ job, mounts, onProgress: progress });
  try {
    if (options.serve) {
      progress(`open ${server.url} in the browser to measure`);
      return await server.rows;
    }
    const browser = await startBrowser(server.url, options.adapter, options.browser);
    try {
      const page = await browser.newPage();
      const broken = new Promise<never>((_, reject) => {
        page.on("error", reject); // the page's process is gone
        page.on("pageerror", (error) => reject(new Error(`The page failed: ${String(error)}`)));
        page.on("response", (response) => {
          if (response.status() >= 400) reject(new Error(`The page asked for ${response.url()}, which is not there`));
        });
        browser.on("disconnected", () => reject(new Error("The browser ended")));
      });
      await Promise.race([page.goto(server.url), broken]);
      return await Promise.race([server.rows, broken]);
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}

async function runProcesses(options: Options, { root }: Folders, leftOut: string[]): Promise<Row[]> {
  if (!options.peers.includes("ncnn") || !options.networks.includes("anime-6b")) return [];
  if (options.ncnn === undefined) {
    leftOut.push("realesrgan-ncnn-vulkan, as --ncnn does not say where the program is");
    return [];
  }
  const program = resolve(options.ncnn);
  if (!existsSync(program)) throw new Error(`There is no ${program}, which --ncnn names`);
  const wish = options.ncnnAdapter;
  const adapter = (await listAdapters()).find((info) => wish === undefined || isNamed(info, wish));
  if (!adapter) throw new Error(`There is no adapter ${options.ncnnAdapter ?? ""} for realesrgan-ncnn-vulkan`);
  return compareWithNcnn({
    program,
    models: options.ncnnModels && resolve(options.ncnnModels),
    ours: [process.execPath, join(root, "dist/node/bin.js")],
    adapter,
    size: options.size,
    repeats: options.repeats,
    onProgress: progress,
  });
}

function progress(line: string): void {
  console.error(`bench:peers: ${line}`);
}
