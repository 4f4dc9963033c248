// What adapters share: a pass in the background, sizes that change, a device that is lost, members of engines that are gone.
import { describe, expect, it, vi } from "vitest";
import { type FrameOptions, FrameUpscaler } from "../../engines/frame-upscaler.js";
import { member } from "../../engines/member.js";
import { openDevice } from "../../src/node/index.js";
import { compactWeights, modelOf } from "../cases/networks.js";
import { countCalls } from "../gpu/calls.js";

const MODEL = modelOf(compactWeights({ scale: 2, blocks: 1 }));

async function setUp(options: FrameOptions = {}, format: GPUTextureFormat = "rgba8unorm") {
  const { device, destroy } = await openDevice();
  const onError = vi.fn();
  const calls = countCalls(device);
  const frames = new FrameUpscaler({ model: MODEL, onError, ...options }, { output: "rgba8unorm" });
  const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.RENDER_ATTACHMENT;
  const inputs = [
    [16, 12],
    [24, 8],
  ].map((size) => device.createTexture({ size, format, usage }));
  let result: GPUTexture | undefined;
  const frame = (which = 0) => {
    const encoder = device.createCommandEncoder();
    result = frames.upscale(device, encoder, inputs[which]!);
    device.queue.submit([encoder.finish()]);
    return result && [result.width, result.height];
  };
  return { device, frames, frame, texture: () => result, calls, onError, destroy };
}

describe("FrameUpscaler", () => {
  it("lets frames pass until a pass is ready, and the old one go on while the size changes", async () => {
    const { frames, frame, calls, onError, destroy } = await setUp();
    expect(frame()).toBeUndefined();
    await frames.ready();
    expect(frame()).toEqual([32, 24]);
    const live = calls.live();
    for (let i = 0; i < 3; i++) expect(frame(1)).toEqual([32, 24]);
    await frames.ready();
    expect(frame(1)).toEqual([48, 16]);
    expect(frame(1)).toEqual([48, 16]);
    expect(calls.live()).toBe(live);
    frames.destroy();
    expect(calls.live()).toBe(2); // the inputs
    expect(onError).not.toHaveBeenCalled();
    destroy();
  });

  it("prepares what is wanted by then, where the size changes in mid-flight", async () => {
    const { frames, frame, destroy } = await setUp();
    frame(0);
    frame(1);
    await frames.ready();
    expect(frame(1)).toEqual([48, 16]);
    frames.destroy();
    destroy();
  });

  it("lets frames pass once the device was lost, and says so once", async () => {
    const { device, frames, frame, onError, destroy } = await setUp();
    frame();
    await frames.ready();
    device.destroy();
    await device.lost;
    for (let i = 0; i < 3; i++) expect(frame()).toBeUndefined();
    expect(onError.mock.calls.map(([error]) => error.code)).toEqual(["device-lost"]);
    await expect(frames.ready()).rejects.toMatchObject({ code: "device-lost" });
    destroy();
  });

  it("keeps the range of HDR frames, and says once which formats have none", async () => {
    for (const format of ["rgba16float", "rgba8unorm"] as const) {
      const { frames, frame, texture, onError, destroy } = await setUp({ range: "hdr" }, format);
      frame();
      const ready = frames.ready();
      if (format === "rgba16float") {
        await ready;
        expect(frame()).toEqual([32, 24]);
        expect(texture()!.format).toBe("rgba16float");
      } else {
        await expect(ready).rejects.toThrow(
          /^The range "hdr" needs an input of rgba16float or rgba32float, got rgba8unorm$/,
        );
        expect(frame()).toBeUndefined();
      }
      expect(onError).toHaveBeenCalledTimes(format === "rgba16float" ? 0 : 1);
      frames.destroy();
      destroy();
    }
  });

  it("says once why a model cannot be had, and lets frames pass", async () => {
    const { frames, frame, onError, destroy } = await setUp({ model: new Uint8Array(8) });
    frame();
    await expect(frames.ready()).rejects.toMatchObject({ code: "bad-weights" });
    expect(frame()).toBeUndefined();
    expect(onError).toHaveBeenCalledTimes(1);
    frames.destroy();
    destroy();
  });
});

describe("member", () => {
  it("names the engine, the version and what was tested", () => {
    const engine = { name: "three", version: "0.190", tested: "0.187" };
    expect(member(engine, { backend: { device: 1 } }, "renderer.backend.device")).toBe(1);
    expect(() => member(engine, { backend: {} }, "renderer.backend.device")).toThrow(
      "three 0.190 has no renderer.backend.device; esrgan-webgpu was tested with 0.187",
    );
  });
});
