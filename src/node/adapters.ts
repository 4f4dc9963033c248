// Finds WebGPU adapters for Node through the npm package webgpu (Dawn), and opens devices on them. Owns the choice among real GPUs,
// the system's software drivers and SwiftShader. Browsers have their own navigator.gpu and need none of this.

import { isMainThread } from "node:worker_threads";
import { deviceRequirements, EsrganError, keepTuningIn } from "../index.js";
import { requireOptions } from "../options.js";
import { slowDownPolling } from "./dawn-polling.js";
import { type AdapterInfo, triedWithoutMemory, tryDrivers, webgpuUrl } from "./driver-trial.js";
import { fileReason } from "./file-status.js";
import { memoryLimitHint } from "./memory-words.js";
import { keepOpen } from "./open-devices.js";
import { isAboutMemory, outOfMemory } from "./out-of-memory.js";
import { findSwiftShader, swiftShaderProblem } from "./swiftshader.js";
import { TUNING_FILES } from "./tuning-files.js";
import { loadVulkan, withDriver } from "./vulkan.js";

export type { AdapterInfo };

/** Which device openDevice() looks for. */
export interface OpenDeviceOptions {
  /** Part of an adapter's name, in any case: "swiftshader", "lavapipe", "nvidia". Default: the fastest kind that works. */
  adapter?: string;
  /**
   * Considers only adapters that have these features, for example ["shader-f16"]; the device has them too. With options for Dawn, which
   * decide what an adapter offers, and for experimental ones, which need such an option, they are asked of the adapter that is found.
   */
  features?: readonly GPUFeatureName[];
  /** Options for Dawn itself, for example "disable-dawn-features=timestamp_quantization". */
  dawnOptions?: readonly string[];
}

const OPTIONS: readonly (keyof OpenDeviceOptions)[] = ["adapter", "features", "dawnOptions"];

/** A device, and what is known of it. */
export interface OpenedDevice {
  /** Yours until destroy(). */
  readonly device: GPUDevice;
  /** What the device was opened on. */
  readonly adapter: GPUAdapter;
  /** The adapter's name, for example "SwiftShader Device (Subzero)". */
  readonly name: string;
  /** What the driver says of itself. */
  readonly info: AdapterInfo;
  /** Destroys the device, at once but for kernels that compile at the moment: it waits for those. */
  destroy(): void;
}

export interface Dawn {
  create(options: readonly string[]): GPU;
  readonly globals: Record<string, unknown>;
}

/**
 * Every adapter that works on this machine, the preferred one first: real GPUs, then Mesa's lavapipe, then SwiftShader, which
 * took three times as long for the default model and lacks f16.
 * @throws EsrganError "unsupported-device" if the package webgpu is not installed
 */
export async function listAdapters(): Promise<AdapterInfo[]> {
  const adapters = await tryDrivers().catch(unsupported);
  const distinct = new Map([...adapters].reverse().map((info) => [`${info.name}\n${info.description}`, info])); // the first of each
  return [...distinct.values()].reverse().sort((a, b) => rank(a) - rank(b));
}

function unsupported(cause: unknown): never {
  throw new EsrganError("unsupported-device", (cause as Error).message, { cause });
}

function rank(info: AdapterInfo): number {
  return !info.software ? 0 : /llvmpipe/i.test(info.name) ? 1 : 2;
}

/** Whether a person who writes `wish` means this adapter. */
export function isNamed(info: AdapterInfo, wish: string): boolean {
  const names = [info.name, info.description, info.vendor, info.architecture];
  if (/llvmpipe/i.test(info.name)) names.push("lavapipe"); // the driver's name; its device has the older one
  return names.some((name) => name.toLowerCase().includes(wish.trim().toLowerCase()));
}

/**
 * Opens a device on the preferred adapter, or on the one that is named, with the features and limits that the library can use.
 * @throws EsrganError "unsupported-device" if there is no such adapter, and in worker threads; "bad-input" for options that are none
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<OpenedDevice> {
  requireOptions(options, OPTIONS, "openDevice");
  requireMainThread();
  const [all, dawn] = await Promise.all([listAdapters(), loadDawn()]);
  const isListed = (feature: GPUFeatureName) => !options.dawnOptions?.length && !isExperimental(feature);
  const features = (options.features ?? []).filter(isListed);
  const fit = all.filter((info) => features.every((feature) => info.features.includes(feature)));
  const info = fit.find((each) => options.adapter === undefined || isNamed(each, options.adapter));
  if (!info) throw noAdapter(all, options);
  return withDriver(info.driverFile, () => open(dawn, info, options));
}

/** What Dawn waits for when a worker ends, by terminate() or with the process, it answers with an abort of the process. */
function requireMainThread(): void {
  if (isMainThread) return;
  throw new EsrganError(
    "unsupported-device",
    "WebGPU cannot be used in a worker thread of Node, as ending one at work ends the whole process: open the device in the main thread, " +
      "or in a process of its own (fork() of node:child_process)",
  );
}

/** Dawn offers these by an option of its own alone, which trying the drivers has none of. */
function isExperimental(feature: GPUFeatureName): boolean {
  return feature.startsWith("chromium-experimental-");
}

// By driver and options, and never let go: Dawn looks through it whether anything is done, for as long as anything of its devices waits.
const gpus = new Map<string, GPU>();

/** What a page calls navigator.gpu, with this adapter alone. */
export function gpuOf(dawn: Dawn, info: AdapterInfo, dawnOptions: readonly string[] = []): GPU {
  const backend = info.driverFile === undefined ? [] : ["backend=vulkan"];
  const options = [...backend, `adapter=${info.name}`, ...dawnOptions];
  const key = JSON.stringify([info.driverFile, ...options]);
  const gpu = gpus.get(key) ?? dawn.create(options);
  gpus.set(key, gpu);
  return gpu;
}

async function open(
  dawn: Dawn,
  info: AdapterInfo,
  { features = [], dawnOptions = [] }: OpenDeviceOptions,
): Promise<OpenedDevice> {
  const adapter = await openable(info, async () =>
    gpuOf(dawn, info, dawnOptions).requestAdapter({ powerPreference: "high-performance" }),
  );
  if (!adapter)
    throw new EsrganError(
      "unsupported-device",
      `The adapter ${info.name} was found but can no longer be opened${memoryLimitHint()}`,
    );
  const missing = features.filter((feature) => !adapter.features.has(feature));
  if (missing.length > 0) {
    throw new EsrganError("unsupported-device", `The adapter ${info.name} does not offer ${missing.join(" and ")}`);
  }
  const { requiredFeatures, requiredLimits } = deviceRequirements(adapter);
  const device = await openable(info, () =>
    adapter.requestDevice({ requiredFeatures: [...new Set([...requiredFeatures, ...features])], requiredLimits }),
  );
  keepTuningIn(device, TUNING_FILES);
  const destroy = keepOpen(device, adapter, info.software ? slowDownPolling() : () => {});
  return { device, adapter, name: info.name, info, destroy };
}

/** What Dawn gives, or what it says is wrong with its options, the driver or the device. */
async function openable<T>({ name }: AdapterInfo, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (isAboutMemory(cause)) throw outOfMemory(`the adapter ${name} was opened`, cause);
    const [why] = (cause as Error).message.split("\n");
    throw new EsrganError("unsupported-device", `The adapter ${name} cannot be opened: ${why}`, { cause });
  }
}

function noAdapter(all: readonly AdapterInfo[], options: OpenDeviceOptions): EsrganError {
  if (all.length === 0 && (triedWithoutMemory() || isAboutMemory(swiftShaderProblem()))) {
    return outOfMemory("WebGPU adapters were looked for, and none was found", swiftShaderProblem());
  }
  const wishes = [
    ...(options.adapter === undefined ? [] : [`named "${options.adapter}"`]),
    ...(options.features?.length ? [`with ${options.features.join(" and ")}`] : []),
  ].join(" ");
  const message = all.length
    ? `No WebGPU adapter ${wishes} was found, only ${all.map((info) => info.name).join(", ")}`
    : process.platform === "linux"
      ? "No WebGPU adapter was found: install a Vulkan driver (on Debian mesa-vulkan-drivers 25 or later), or the npm package " +
        "@sparticuz/chromium, which carries one that needs no GPU (x64 only)"
      : "No WebGPU adapter was found on this machine";
  const cause = swiftShaderProblem();
  const problem = cause ? `; SwiftShader of @sparticuz/chromium cannot be unpacked: ${fileReason(cause)}` : "";
  return new EsrganError("unsupported-device", message + problem + (all.length > 0 ? "" : memoryLimitHint()), {
    cause,
  });
}

/** Dawn, with WebGPU's classes and constants (GPUBufferUsage, ...) put where browsers have them. @throws EsrganError "unsupported-device" */
export async function loadDawn(): Promise<Dawn> {
  let url: string;
  try {
    url = webgpuUrl();
    if (process.platform === "linux") loadVulkan(findSwiftShader()?.loader);
  } catch (cause) {
    unsupported(cause);
  }
  let dawn: Dawn;
  try {
    dawn = (await import(url)) as Dawn;
  } catch (cause) {
    if (isAboutMemory(cause)) throw outOfMemory("the npm package webgpu was loaded", cause);
    const message = `The npm package webgpu does not load on this ${process.platform} ${process.arch} machine`;
    throw new EsrganError("unsupported-device", message, { cause });
  }
  for (const [name, value] of Object.entries(dawn.globals)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return dawn;
}
