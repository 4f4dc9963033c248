// A process of its own that tries Vulkan drivers one after another, as a driver that is broken may take its process with it.
// Owns the trial; which drivers to try and what to make of the answers is in probe-drivers.ts, which starts this file with Node.
// Plain JavaScript, so that it runs unbuilt too. Arguments: the parent's id, the URL of the webgpu package, a Vulkan loader or "", driver files as
// JSON (null is whatever the system has by itself). Each line it writes is JSON: {"driver": n} before a driver is tried, then an adapter each or
// what its driver said was wrong, at last {"done": true}.
import { writeSync } from "node:fs";

const [parent, webgpuUrl, loader, driverList] = process.argv.slice(2);
if (process.ppid !== Number(parent)) process.exit(1); // killed before it could set up the guard that ends this process
const say = (message) => writeSync(1, `${JSON.stringify(message)}\n`);

// See vulkan.ts for what this does; importing it would need a build.
for (const path of loader ? ["libvulkan.so.1", loader] : []) {
  try {
    process.dlopen({ exports: {} }, path, 0x1002);
  } catch (error) {
    if (/self-register/.test(String(error))) break;
  }
}

const { create, globals } = await import(webgpuUrl);
const kept = []; // objects of Dawn must not be collected while in use

for (const [index, driver] of JSON.parse(driverList).entries()) {
  say({ driver: index });
  if (driver !== null) {
    process.env.VK_DRIVER_FILES = driver;
    process.env.VK_ICD_FILENAMES = driver;
  }
  for (const name of await adapterNames(driver)) {
    const found = await tryAdapter(name, driver).catch((error) => {
      say({ problem: error.message });
    });
    if (found) say({ adapter: found });
  }
}
say({ done: true });
process.exit(0); // at once: a driver may hang or crash while it is taken down

/** Dawn lists its adapters only in the message of its complaint that a wished one is not there. */
async function adapterNames(driver) {
  try {
    const gpu = create(options(driver, "no adapter has this name"));
    kept.push(gpu);
    await gpu.requestAdapter();
    return [];
  } catch (error) {
    const names = [...new Set([...error.message.matchAll(/name: '(.*)'$/gm)].map((match) => match[1]))];
    if (names.length === 0) say({ problem: error.message });
    return names;
  }
}

function options(driver, name) {
  return driver === null ? [`adapter=${name}`] : ["backend=vulkan", `adapter=${name}`];
}

/** Describes an adapter if it can also compute: some drivers give a device and fail at the first shader. */
async function tryAdapter(name, driver) {
  const gpu = create(options(driver, name));
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return undefined;
  const device = await adapter.requestDevice();
  kept.push(gpu, adapter, device);

  const { GPUBufferUsage, GPUMapMode } = globals;
  const storage = device.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size: 4, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const code =
    "@group(0) @binding(0) var<storage, read_write> x: u32; @compute @workgroup_size(1) fn main() { x = 42; }";
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
  const entries = [{ binding: 0, resource: { buffer: storage } }];
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(storage, 0, staging, 0, 4);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  if (new Uint32Array(staging.getMappedRange())[0] !== 42) return undefined;

  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const software = isFallbackAdapter || /llvmpipe|lavapipe|swiftshader/i.test(`${name} ${description}`);
  return { name, description, vendor, architecture, software, features: [...adapter.features].sort() };
}
