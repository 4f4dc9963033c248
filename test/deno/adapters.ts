// Stands in for src/node/adapters.ts when the GPU tests run under Deno: the same functions, but devices come from Deno's own navigator.gpu,
// which is wgpu, and not from Dawn. Owns no choice of an adapter: there is the one that the Vulkan driver of the environment gives.
import { deviceRequirements, EsrganError } from "../../src/index.js";
import type { AdapterInfo, OpenDeviceOptions, OpenedDevice } from "../../src/node/adapters.js";

/** The adapter of navigator.gpu, in a list. Never empty: without an adapter these tests fail. */
export async function listAdapters(): Promise<AdapterInfo[]> {
  return [describeAdapter(await requestAdapter())];
}

export async function openDevice({ features = [] }: OpenDeviceOptions = {}): Promise<OpenedDevice> {
  const adapter = await requestAdapter();
  const { requiredLimits } = deviceRequirements(adapter);
  // Nothing that was not asked for: the tests' first device is one without shader-f16, as SwiftShader's is.
  const device = await adapter.requestDevice({ requiredFeatures: [...features], requiredLimits });
  const info = describeAdapter(adapter);
  return { device, adapter, name: info.name, info, destroy: () => device.destroy() };
}

async function requestAdapter(): Promise<GPUAdapter> {
  if (!("Deno" in globalThis)) throw new Error("This file is for tests under Deno");
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new EsrganError("unsupported-device", "Deno found no WebGPU adapter");
  return adapter;
}

function describeAdapter({ info, features }: GPUAdapter): AdapterInfo {
  const { vendor, architecture, description, isFallbackAdapter } = info;
  return {
    name: description,
    description,
    vendor,
    architecture,
    software: isFallbackAdapter,
    features: [...features],
    driverFile: undefined,
  };
}
