// The meter on classes that stand for WebGPU's: nothing here needs a device.
import { beforeEach, describe, expect, test } from "vitest";
import { installMeter, type Meter, type WebGpuClasses } from "../../bench/peers/page/meter.js";

function fakeClasses() {
  class GPUBuffer {
    constructor(readonly size: number) {}
    destroy() {
      return "destroyed";
    }
  }
  class GPUTexture {
    readonly depthOrArrayLayers = 1;
    constructor(
      readonly width: number,
      readonly height: number,
      readonly format: string,
    ) {}
    destroy() {}
  }
  class GPUQueue {
    submit() {}
  }
  class GPUComputePassEncoder {
    readonly calls: number[][] = [];
    dispatchWorkgroups(...counts: number[]) {
      this.calls.push(counts);
    }
    dispatchWorkgroupsIndirect() {}
  }
  class GPUDevice extends EventTarget {
    readonly queue = new GPUQueue();
    readonly adapterInfo = { vendor: "acme", architecture: "anvil", device: "", description: "" };
    lose: (info: { reason: string; message: string }) => void = () => {};
    readonly lost = new Promise<{ reason: string; message: string }>((resolve) => {
      this.lose = resolve;
    });
    createBuffer({ size }: { size: number }) {
      if (size < 0) throw new TypeError("negative");
      return new GPUBuffer(size);
    }
    createTexture({ size, format }: { size: [number, number]; format: string }) {
      return new GPUTexture(...size, format);
    }
    createComputePipeline() {}
    async createComputePipelineAsync() {}
  }
  class GPUAdapter {
    async requestDevice(options?: { fail: boolean }) {
      if (options?.fail) throw new Error("no device");
      return new GPUDevice();
    }
  }
  return { GPUAdapter, GPUDevice, GPUBuffer, GPUTexture, GPUQueue, GPUComputePassEncoder };
}

let classes: ReturnType<typeof fakeClasses>;
let device: InstanceType<ReturnType<typeof fakeClasses>["GPUDevice"]>;
let meter: Meter;

beforeEach(async () => {
  classes = fakeClasses();
  meter = installMeter(classes as unknown as WebGpuClasses);
  device = await new classes.GPUAdapter().requestDevice();
});

describe("meter", () => {
  test("counts bytes that are held, the most at a time, and each destruction once", () => {
    const first = device.createBuffer({ size: 100 });
    const second = device.createBuffer({ size: 50 });
    expect([meter.liveBytes, meter.peakBytes]).toEqual([150, 150]);
    expect(first.destroy()).toBe("destroyed");
    first.destroy();
    expect([meter.liveBytes, meter.peakBytes]).toEqual([50, 150]);
    device.createBuffer({ size: 70 });
    second.destroy();
    expect([meter.liveBytes, meter.peakBytes]).toEqual([70, 150]);
  });

  test.each([
    ["rgba8unorm", 4],
    ["bgra8unorm-srgb", 4],
    ["r32float", 4],
    ["rg16float", 4],
    ["rgba16float", 8],
    ["rgba32float", 16],
    ["r8unorm", 1],
  ])("counts a texture of %s as %i bytes a pixel", (format, bytes) => {
    const texture = device.createTexture({ size: [3, 5], format });
    expect(meter.liveBytes).toBe(15 * bytes);
    texture.destroy();
    expect(meter.liveBytes).toBe(0);
  });

  test("counts dispatches of both kinds, submits and pipelines, and passes everything on", async () => {
    const pass = new classes.GPUComputePassEncoder();
    pass.dispatchWorkgroups(4, 5, 6);
    pass.dispatchWorkgroups(1);
    pass.dispatchWorkgroupsIndirect();
    device.queue.submit();
    device.createComputePipeline();
    await device.createComputePipelineAsync();
    expect(pass.calls).toEqual([[4, 5, 6], [1]]);
    expect([meter.dispatches, meter.submits, meter.pipelines]).toEqual([3, 1, 2]);
  });

  test("counts nothing for what WebGPU refused", async () => {
    expect(() => device.createBuffer({ size: -1 })).toThrow("negative");
    await expect(new classes.GPUAdapter().requestDevice({ fail: true })).rejects.toThrow("no device");
    expect([meter.liveBytes, meter.devices.length]).toEqual([0, 1]);
  });

  test("knows every device, its adapter, its errors and its loss", async () => {
    await new classes.GPUAdapter().requestDevice();
    expect(meter.devices).toHaveLength(2);
    expect(meter.adapters).toEqual(["acme anvil"]);
    const error = Object.assign(new Event("uncapturederror"), { error: { message: "a buffer is too large" } });
    device.dispatchEvent(error);
    device.lose({ reason: "unknown", message: "it hung" });
    await device.lost;
    expect(meter.errors).toEqual(["a buffer is too large", "The device was lost: it hung"]);
  });

  test("takes a device that was destroyed for no error", async () => {
    device.lose({ reason: "destroyed", message: "" });
    await device.lost;
    expect(meter.errors).toEqual([]);
  });
});
