// The devices that the other GPU tests stand on.
import { describe, expect, test } from "vitest";
import { f16Device, softwareDevice, takeUncaughtErrors } from "./device.js";

/** Doubles a number on the device, with the scalar type given. */
async function double(device: GPUDevice, type: "f32" | "f16", x: number): Promise<number> {
  const storage = device.createBuffer({
    size: 4,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  const staging = device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  device.queue.writeBuffer(storage, 0, new Float32Array([x]));
  const code = `${type === "f16" ? "enable f16;" : ""}
    @group(0) @binding(0) var<storage, read_write> x: f32;
    @compute @workgroup_size(1) fn main() { x = f32(${type}(x) * 2); }`;
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module: device.createShaderModule({ code }) },
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [{ binding: 0, resource: { buffer: storage } }];
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(storage, 0, staging, 0, 4);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  return new Float32Array(staging.getMappedRange())[0]!;
}

describe("the test devices", () => {
  test("compute in f32", async () => {
    expect(await double(await softwareDevice(), "f32", 2.1)).toBe(Math.fround(2.1) * 2);
  });

  test("compute in f16", async (context) => {
    const device = await f16Device();
    if (!device) return context.skip("no adapter with shader-f16");
    expect(await double(device, "f16", 2.1)).toBe(4.19921875); // 2 * the f16 nearest to 2.1
  });

  test("report an error that nobody caught", async () => {
    const device = await softwareDevice();
    device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE });
    expect(await takeUncaughtErrors()).toHaveLength(1);
  });
});
