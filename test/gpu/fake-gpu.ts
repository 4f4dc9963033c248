// A software adapter that gives itself out for a GPU, and may refuse kernels or compute them wrongly, for tests of what follows from that.

import { onTestFinished } from "vitest";
import { keepTuningIn, type TuningStore } from "../../src/gpu/tuning-store.js";
import { ownDevice } from "./upscalers.js";

export interface FakeGpu {
  readonly device: GPUDevice;
  /** Labels of the pipelines that were asked for. */
  readonly pipelines: string[];
  /** Labels of the command encoders that were made. */
  readonly encoders: readonly string[];
}

export interface Faults {
  /** The adapter's vendor, which decides the kernels. */
  readonly vendor?: string;
  /** Kernels that the device does not compile, by their labels. */
  readonly refuses?: RegExp;
  /** Kernels that compute something else than they say. */
  readonly isWrongIn?: RegExp;
}

/** Destroyed after the test. */
export async function fakeGpu({ vendor = "acme", refuses, isWrongIn }: Faults = {}): Promise<FakeGpu> {
  const { device } = await ownDevice();
  const info = { vendor, architecture: "", description: "", isFallbackAdapter: false };
  Object.defineProperty(device, "adapterInfo", { value: info, configurable: true });
  // Nothing of it may be taken for another device's, nor be there in the next run.
  keepTuningIn(device, storeIn(new Map()));
  const pipelines: string[] = [];
  const { createComputePipelineAsync, createShaderModule } = device;
  device.createComputePipelineAsync = (descriptor) => {
    const label = descriptor.label ?? "";
    pipelines.push(label);
    if (refuses?.test(label)) return Promise.reject(new Error("scratch space is larger than supported"));
    return createComputePipelineAsync.call(device, descriptor);
  };
  device.createShaderModule = ({ code, ...descriptor }) => {
    const isWrong = isWrongIn?.test(descriptor.label ?? "");
    return createShaderModule.call(device, { ...descriptor, code: isWrong ? miscompiled(code) : code });
  };
  const encoders = encoderLabels(device);
  const uncaught: string[] = [];
  device.addEventListener("uncapturederror", ({ error }) => uncaught.push(error.message));
  onTestFinished(async () => {
    await device.queue.onSubmittedWorkDone();
    if (uncaught.length > 0) throw new Error(`WebGPU reported errors that nobody caught:\n${uncaught.join("\n")}`);
  });
  return { device, pipelines, encoders };
}

/** A convolution whose sums come out half as large again. */
function miscompiled(code: string): string {
  const wrong = code.replace(/const ALPHA = ([^;]+);/, "const ALPHA = 1.5f * $1;");
  if (wrong === code) throw new Error("this kernel cannot be made to compute something else");
  return wrong;
}

/** Keeps what is measured, as JSON would. */
export function storeIn(values: Map<string, unknown>): TuningStore {
  return {
    load: async (key) => values.get(key),
    save: async (key, value) => {
      values.set(key, JSON.parse(JSON.stringify(value)));
    },
  };
}

/** Labels of the command encoders that are made on any device until the test ends. */
export function encoderLabels(device: GPUDevice): readonly string[] {
  const labels: string[] = [];
  const { createCommandEncoder } = device;
  device.createCommandEncoder = (descriptor) => {
    labels.push(descriptor?.label ?? "");
    return createCommandEncoder.call(device, descriptor);
  };
  onTestFinished(() => {
    device.createCommandEncoder = createCommandEncoder;
  });
  return labels;
}
