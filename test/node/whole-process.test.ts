// What a program may do at any moment, and its process has to stay whole: Dawn takes it down where it is collected or ended at work.
import { beforeAll, expect, test } from "vitest";
import { build, runProgram } from "./own-process.js";

beforeAll(build);

const collect = `
  for (let i = 0; i < 30; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }`;

// Dawn is looked for what is done from the event loop, and crashes the process where it was collected by then.
test.each([
  "device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ }).mapAsync(GPUMapMode.READ)",
  "device.queue.onSubmittedWorkDone()",
  "(device.pushErrorScope('validation'), device.popErrorScope())",
  "device.createShaderModule({ code: '' }).getCompilationInfo()",
])("a device is destroyed while it waits for %s", (waiting) => {
  const ended = runProgram(`
    import { openDevice } from "esrgan-webgpu/node";
    for (let i = 0; i < 10; i++) {
      const { device, destroy } = await openDevice({ adapter: "swiftshader" });
      ${waiting}.catch(() => {});
      destroy();
    }
    ${collect}
    console.log("whole");`);
  expect(ended).toMatchObject({ stdout: "whole\n", code: 0, signal: null });
});

// Threads of Dawn compile, and what they use is taken down at the exit: with lavapipe some of these crashed.
test.each([
  ["process.exit(3)", 3],
  ["setImmediate(() => { throw new Error('uncaught'); })", 1],
])("a kernel compiles at %s", (ending, code) => {
  const ended = runProgram(`
    import { listAdapters, openDevice } from "esrgan-webgpu/node";
    const hasLavapipe = (await listAdapters()).some(({ name }) => name.startsWith("llvmpipe"));
    const { device } = await openDevice({ adapter: hasLavapipe ? "lavapipe" : "swiftshader" });
    const { destroy } = device;
    device.destroy = () => {
      destroy.call(device);
      console.log("waited for");
    };
    const sums = Array.from({ length: 100 }, (_, i) => "a = fma(a, vec4f(" + i + ".5), x[id.x + " + i + "u]);");
    const code = "@group(0) @binding(0) var<storage, read_write> x: array<vec4f>; @compute @workgroup_size(8) " +
      "fn main(@builtin(global_invocation_id) id: vec3u) { var a = x[id.x]; " + sums.join("") + " x[id.x] = a; }";
    const module = device.createShaderModule({ code });
    device.createComputePipelineAsync({ layout: "auto", compute: { module } });
    setTimeout(() => ${ending}, 5);`);
  expect(ended).toMatchObject({ stdout: "waited for\n", code, signal: null });
});

test("a worker thread is refused a device, and may end at any moment", () => {
  const ended = runProgram(`
    import { Worker } from "node:worker_threads";
    import { openDevice } from "esrgan-webgpu/node";
    const opening = 'import("esrgan-webgpu/node").then(({ openDevice }) => openDevice({ adapter: "swiftshader" }))';
    const worker = new Worker(opening + ".catch((error) => console.log(error.code, error.message))", { eval: true });
    await new Promise((resolve) => worker.on("exit", resolve));
    const { destroy } = await openDevice({ adapter: "swiftshader" });
    destroy();`);
  expect(ended.stdout).toMatch(/^unsupported-device WebGPU cannot be used in a worker thread of Node, .*\n$/);
  expect(ended).toMatchObject({ code: 0, signal: null });
});
