// That the GPU tests run on Deno's WebGPU when they should, and that it does what the library relies on. Owns no test of a kernel.

import { describe, expect, it } from "vitest";
import { MAP_READ, USAGE } from "../../src/gpu/buffers.js";
import { capabilitiesOf } from "../../src/gpu/capabilities.js";
import { compilePipeline } from "../../src/gpu/pipeline-cache.js";
import { softwareDevice, takeUncaughtErrors } from "../gpu/device.js";
import { openDevice } from "./adapters.js";

describe("the device of the GPU tests", () => {
  it("is Deno's own", async () => {
    expect("Deno" in globalThis).toBe(true);
    expect(await softwareDevice()).toBeInstanceOf(globalThis.GPUDevice);
  });

  it("is known for what it is", async () => {
    const device = await softwareDevice();
    const { description, isFallbackAdapter } = device.adapterInfo;
    expect(description).not.toBe("");
    expect(capabilitiesOf(device)).toMatchObject({ kind: isFallbackAdapter ? "software" : "gpu", description });
  });
});

describe("errors", () => {
  /** What making a buffer says, and in which of the scopes that the library puts around it. */
  async function errorsOfBuffer(descriptor: GPUBufferDescriptor) {
    const device = await softwareDevice();
    device.pushErrorScope("validation");
    device.pushErrorScope("out-of-memory");
    const buffer = device.createBuffer(descriptor);
    const memory = device.popErrorScope();
    const validation = device.popErrorScope();
    buffer.destroy();
    return { memory: await memory, validation: await validation };
  }

  it("are none where nothing is wrong", async () => {
    expect(await errorsOfBuffer({ size: 16, usage: USAGE.storage })).toEqual({ memory: null, validation: null });
  });

  it.each([
    ["usages that exclude each other", () => ({ size: 16, usage: USAGE.storage | USAGE.mapRead })],
    ["more than the limit", (limit: number) => ({ size: 4 * Math.floor(limit / 4 + 1), usage: USAGE.storage })],
  ])("of a buffer with %s are caught by the scope for validation", async (_, descriptor) => {
    const { maxBufferSize } = (await softwareDevice()).limits;
    const { memory, validation } = await errorsOfBuffer(descriptor(maxBufferSize));
    expect(memory).toBeNull();
    expect(validation).toBeInstanceOf(GPUValidationError);
  });

  it("of a shader refuse its pipeline and say what is wrong", async () => {
    const code = "@compute @workgroup_size(1) fn main() { let x: f32 = 1u; }";
    const compiling = compilePipeline(await softwareDevice(), { label: "wrong", code, bindings: [] });
    const error: Error = await compiling.then(
      () => expect.fail("it compiled"),
      (refusal) => refusal,
    );
    expect(error).toMatchObject({ code: "internal", message: expect.stringContaining('refused the kernel "wrong"') });
    // WebGPU lets an implementation say it of the module, of the pipeline or of both.
    expect([error.message, ...(await takeUncaughtErrors())].join("\n")).toContain("`f32`");
  });
});

describe("the end of things", () => {
  it("a destroyed buffer cannot be mapped", async () => {
    const device = await softwareDevice();
    const buffer = device.createBuffer({ size: 16, usage: USAGE.mapRead | USAGE.copyDst });
    buffer.destroy();
    device.pushErrorScope("validation");
    const mapping = buffer.mapAsync(MAP_READ);
    await expect(mapping).rejects.toThrow();
    await device.popErrorScope();
  });

  it("a destroyed device is lost, and says that it was destroyed", async () => {
    const { device } = await openDevice();
    device.destroy();
    expect(await device.lost).toMatchObject({ reason: "destroyed" });
  });
});
