// Waiting on a device, with devices that answer nothing: what an implementation does not settle must not hang.

import { describe, expect, it, vi } from "vitest";
import { untilLost } from "../../src/gpu/device-loss.js";

function deviceAndLoss(): { device: GPUDevice; lose: (info: { reason: string; message: string }) => void } {
  let lose!: (info: { reason: string; message: string }) => void;
  const lost = new Promise<{ reason: string; message: string }>((resolve) => {
    lose = resolve;
  });
  return { device: { lost } as unknown as GPUDevice, lose };
}

const NEVER = new Promise<never>(() => {});

describe("untilLost", () => {
  it("gives what the promise gives", async () => {
    const { device } = deviceAndLoss();
    expect(await untilLost(device, Promise.resolve(5))).toBe(5);
    await expect(untilLost(device, Promise.reject(new Error("theirs")))).rejects.toThrow("theirs");
  });

  it("fails all that wait when the device is lost, and whoever comes later", async () => {
    const { device, lose } = deviceAndLoss();
    const waiting = [untilLost(device, NEVER), untilLost(device, NEVER)];
    lose({ reason: "unknown", message: "driver reset" });
    const refusal = { code: "device-lost", message: "The GPU device was lost (unknown: driver reset)" };
    for (const each of waiting) await expect(each).rejects.toMatchObject(refusal);
    await expect(untilLost(device, NEVER)).rejects.toMatchObject(refusal);
  });

  it("says so where no reason is given", async () => {
    const { device, lose } = deviceAndLoss();
    lose({ reason: "", message: "" });
    await expect(untilLost(device, NEVER)).rejects.toMatchObject({
      message: "The GPU device was lost (no reason given)",
    });
  });

  it("tells a failure that the loss caused from one of its own", async () => {
    const { device, lose } = deviceAndLoss();
    let refuse!: (error: Error) => void;
    const compiling = new Promise<never>((_, reject) => {
      refuse = reject;
    });
    const waiting = untilLost(device, compiling);
    // In the order of some implementations: what was under way fails first, then the device says that it is lost.
    refuse(new Error("instance dropped"));
    lose({ reason: "destroyed", message: "" });
    await expect(waiting).rejects.toMatchObject({ code: "device-lost" });
  });

  it("fails once the limit has passed in turns of the event loop, and not before", async () => {
    vi.useFakeTimers();
    try {
      const { device } = deviceAndLoss();
      const settled = vi.fn();
      const waiting = untilLost(device, NEVER, { ms: 3000, what: "a result of 8 bytes" });
      waiting.then(settled, settled);
      await vi.advanceTimersByTimeAsync(2900);
      expect(settled).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(200);
      await expect(waiting).rejects.toMatchObject({
        code: "device-lost",
        message: "The GPU device has kept a result of 8 bytes waiting for 3 s, so it counts as lost",
      });
      expect(await untilLost(device, Promise.resolve(5), { ms: 3000, what: "it" })).toBe(5);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
