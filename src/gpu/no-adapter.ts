// Owns what is said where there is no adapter: one sentence for each reason. A part of its own, which pages with an adapter do not load.

import { isSoftware } from "./capabilities.js";

export function whyNoWebGpu(): string {
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
export function whyNoAdapter(): string {
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
