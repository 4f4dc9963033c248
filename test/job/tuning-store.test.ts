// What is kept of measurements: that looking for it holds nobody up.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepTuningIn, loadKept } from "../../src/gpu/tuning-store.js";

const device = { createComputePipelineAsync() {} } as unknown as GPUDevice;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("is not waited for longer than a second, and leaves no timer", async () => {
  keepTuningIn(device, { load: async () => "found", save: async () => {} });
  expect(await loadKept(device, "a")).toBe("found");
  expect(vi.getTimerCount()).toBe(0);
  keepTuningIn(device, { load: () => Promise.reject(new Error("broken")), save: async () => {} });
  expect(await loadKept(device, "a")).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
  keepTuningIn(device, { load: () => new Promise(() => {}), save: async () => {} });
  const never = loadKept(device, "a");
  await vi.advanceTimersByTimeAsync(1000);
  expect(await never).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});
