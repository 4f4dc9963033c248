// Owns the search for an adapter in the environment's own WebGPU, and why there is none: one sentence for each reason. Devices are opened in
// browser.ts, and outside browsers in src/node.

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
  if (!gpu) return { adapter: undefined, reason: whyNoWebGpu() };
  try {
    const adapter = (await gpu.requestAdapter(options)) ?? (await gpu.requestAdapter({ forceFallbackAdapter: true }));
    if (!adapter) return { adapter: undefined, reason: whyNoAdapter() };
    // Older browsers have no info on it.
    const info: Partial<GPUAdapterInfo> = adapter.info ?? {};
    const isFallback = (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
    return { adapter, name: nameOf(info), software: isFallback || isSoftware(info) };
  } catch (cause) {
    return { adapter: undefined, reason: `WebGPU refused to give an adapter: ${String(cause)}`, cause };
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

function whyNoWebGpu(): string {
  const { isSecureContext, origin } = globalThis as { isSecureContext?: boolean; origin?: string };
  if (isSecureContext === false) {
    return `Browsers have WebGPU only in pages served over HTTPS or from localhost, and this one comes from ${origin}`;
  }
  const isPage = typeof isSecureContext === "boolean";
  return isPage
    ? "This browser has no WebGPU (navigator.gpu is missing): a current Chrome, Edge, Firefox or Safari may have it"
    : "This environment has no WebGPU (navigator.gpu is missing)";
}

/** A GPU that draws WebGL and is no adapter was left out by the browser. */
function whyNoAdapter(): string {
  const gpu = webglRenderer();
  return gpu === undefined
    ? "WebGPU is there but offers no adapter: this machine has no GPU, or the browser's graphics acceleration is off"
    : `The browser does not offer its GPU (${gpu}) to WebGPU, as it is on the browser's blocklist or its driver is too ` +
        "old: update the driver and the browser";
}

/** The GPU behind WebGL, if it is one. */
function webglRenderer(): string | undefined {
  try {
    if (typeof OffscreenCanvas === "undefined") return undefined;
    const gl = new OffscreenCanvas(1, 1).getContext("webgl", { failIfMajorPerformanceCaveat: true });
    if (!gl) return undefined;
    const names = gl.getExtension("WEBGL_debug_renderer_info");
    const name = String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
    gl.getExtension("WEBGL_lose_context")?.loseContext();
    return isSoftware({ description: name }) ? undefined : name;
  } catch {
    return undefined;
  }
}
