// The part that has the Upscaler and all behind it: asked for beside the model, and no reason to wait for what was aborted. Here it never comes.

import { beforeEach, expect, it, vi } from "vitest";
import { createUpscaler, upscale } from "../src/index.js";
import { loadPart } from "../src/load-part.js";
import { compactWeights, modelOf } from "./cases/networks.js";

vi.mock("../src/load-part.js", () => ({ loadPart: vi.fn(() => new Promise(() => {})) }));

const DEVICE = {
  limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27, maxComputeWorkgroupsPerDimension: 65_535 },
  features: new Set(),
  adapterInfo: { vendor: "acme" },
  createComputePipelineAsync: () => {},
} as unknown as GPUDevice;
const PIXEL = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 } as const;
const MODEL = modelOf(compactWeights());
const never = () => new Promise<never>(() => {});

beforeEach(() => {
  vi.mocked(loadPart).mockClear();
});

it.each([
  ["createUpscaler", () => createUpscaler(DEVICE, { model: never })],
  ["upscale", () => upscale(DEVICE, PIXEL, { model: never })],
])("is asked for by %s while the model loads", async (_, call) => {
  call().catch(() => {});
  expect(loadPart).toHaveBeenCalledOnce();
});

it.each([
  ["createUpscaler", (signal: AbortSignal) => createUpscaler(DEVICE, { model: MODEL, load: { signal } })],
  ["upscale", (signal: AbortSignal) => upscale(DEVICE, PIXEL, { model: MODEL, signal })],
])("that does not come is not waited for where %s is aborted", async (_, call) => {
  const stop = new AbortController();
  const done = call(stop.signal);
  setTimeout(() => stop.abort("enough"));
  await expect(done).rejects.toBe("enough");
});
