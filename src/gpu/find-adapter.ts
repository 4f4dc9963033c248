// Owns the search for an adapter in the environment's own WebGPU. Why there is none says no-adapter.ts. Devices are opened in browser.ts, and
// outside browsers in src/node.

import { isSoftware } from "./capabilities.js";

/** What there is of WebGPU here. */
export interface Support {
  /** Whether there is an adapter at all. */
  readonly supported: boolean;
  /** Why not, or which adapter: one sentence. */
  readonly reason: string;
  /** Whether all there is computes on the CPU, some hundred times slower than a GPU. */
  readonly software: boolean;
}

export type Search =
  | { readonly adapter: GPUAdapter; readonly name: string; readonly software: boolean }
  | { readonly adapter: undefined; readonly reason: string; readonly cause?: unknown };

/** The adapter to use; one that computes on the CPU where there is no other. Never throws. */
export async function findAdapter(options: GPURequestAdapterOptions = {}): Promise<Search> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (!gpu) return { adapter: undefined, reason: await whyNone("whyNoWebGpu") };
  try {
    const adapter = (await gpu.requestAdapter(options)) ?? (await gpu.requestAdapter({ forceFallbackAdapter: true }));
    if (!adapter) return { adapter: undefined, reason: await whyNone("whyNoAdapter") };
    // Older browsers have no info on it.
    const info: Partial<GPUAdapterInfo> = adapter.info ?? {};
    const isFallback = (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
    return { adapter, name: nameOf(info), software: isFallback || isSoftware(info) };
  } catch (cause) {
    return { adapter: undefined, reason: `WebGPU refused to give an adapter: ${String(cause)}`, cause };
  }
}

/** The reason, or less of one where the part with the reasons does not load. */
async function whyNone(which: "whyNoWebGpu" | "whyNoAdapter"): Promise<string> {
  try {
    return (await import("./no-adapter.js"))[which]();
  } catch {
    return "There is no WebGPU adapter";
  }
}

/**
 * Whether this environment has a WebGPU adapter, and if not, why: one sentence. Never throws.
 * @example
 * const { supported, reason } = await isSupported();
 * if (!supported) status.textContent = reason;
 */
export async function isSupported(): Promise<Support> {
  const found = await findAdapter();
  if (!found.adapter) return { supported: false, reason: found.reason, software: false };
  const { name, software } = found;
  return { supported: true, reason: software ? onlySoftware(name) : `WebGPU adapter: ${name}`, software };
}

/** What is said of an adapter that computes on the CPU. */
export function onlySoftware(name: string): string {
  return `The only WebGPU adapter is software (${name}), which computes on the CPU and is slow`;
}

function nameOf({ description, vendor, architecture }: Partial<GPUAdapterInfo>): string {
  return description || [vendor, architecture].filter(Boolean).join(" ") || "unnamed";
}
