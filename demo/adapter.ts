// Owns whether this browser computes, on what, and what a visitor should know of it.

import { isSupported } from "esrgan-webgpu";

export interface FoundAdapter {
  readonly isUsable: boolean;
  readonly name: string;
  /** One sentence where nothing can be computed or all is slow, else empty. */
  readonly notice: string;
}

export async function findAdapter(): Promise<FoundAdapter> {
  const [{ supported, software, reason }, name] = await Promise.all([isSupported(), adapterName()]);
  if (!supported) return { isUsable: false, name, notice: `${reason}. Pictures cannot be computed here.` };
  return { isUsable: true, name, notice: software ? `${reason}: keep pictures small.` : "" };
}

async function adapterName(): Promise<string> {
  const info = (await navigator.gpu?.requestAdapter())?.info;
  return info?.description || [info?.vendor, info?.architecture].filter(Boolean).join(" ") || "does not say its name";
}
